package libvm

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// ContextConfig configures a context. A field that is zero leaves the default.
type ContextConfig struct {
	Name string // in messages and the log
	// Limits: bytes of all memories and of one, elements of all tables, instances, nested calls between host and guest, references
	// and open files.
	MemoryLimit, MemorySizeLimit, TableLimit, ReferenceLimit uint64
	InstanceLimit, CallDepthLimit, OpenFileLimit             int
	// UnknownImportsTrap lets a module be instantiated whose imports nothing provides; calls of them trap.
	UnknownImportsTrap bool
	// NeverBlock refuses calls that would block the thread.
	NeverBlock bool
	// Statistics counts calls: see Context.Statistics and Context.PluginStatistics.
	Statistics bool
	// HookRetryLimit is how often hooks may return Retry in one invocation.
	HookRetryLimit int
	// OnLimit is asked before a growth exceeds one of the limits, and returns the new limit; less than LimitRequest.Wanted refuses the
	// growth. It must not use the context.
	OnLimit func(LimitRequest) uint64
	// Trace receives each call between the host and guests. It must not use the context.
	Trace func(TraceEvent)
	// File is a configuration file whose limits hold where no other field sets them.
	File *Config
}

// Context runs guests. See the package's documentation for goroutines and life.
type Context struct {
	// What C gets instead of a pointer to the context: it has no pointers in it, and is the first field, so that its address is the
	// context's.
	anchor C.uint64_t

	raw    *C.VM_Context
	owner  *owner
	engine *Engine
	uses   uses
	// Room for the values of a call, if no other call uses the context.
	values []C.VM_Value

	timeout time.Duration

	mu sync.RWMutex
	// What C refers to by number. It is reachable through the context only, and so is what host functions close over.
	functions map[uintptr]*hostFunction
	recent    [16]atomic.Pointer[hostFunction] // that were called
	streams   map[uintptr]*stream
	externs   map[uintptr]any
	hooks     map[uintptr]HookFunc
	recording io.Writer
	// Why it could not be written.
	recordingFailed error
	// The functions of its configuration.
	onLimit func(LimitRequest) uint64
	trace   func(TraceEvent)
	// Why a call fails: the error or panic of a host function.
	cause    error
	panicked any
	hasCause atomic.Bool
}

// Numbers of functions, streams and objects are never used again.
var lastNumber atomic.Uintptr

// NewContext creates a context.
func (e *Engine) NewContext() (*Context, error) { return e.NewContextWith(nil) }

// NewContextWith creates a context with a configuration.
func (e *Engine) NewContextWith(config *ContextConfig) (*Context, error) {
	made := e.context(config)
	err := e.use(func(engine unsafe.Pointer) error {
		return config.with(func(raw *C.VM_ContextConfig) error {
			var failed *C.VM_Error
			return check(C.VM_ContextCreate((*C.VM_Engine)(engine), raw, &made.raw, &failed), failed)
		})
	})
	if err != nil {
		return nil, err
	}
	made.owner = newOwner(unsafe.Pointer(made.raw), freeContext)
	return made, nil
}

// context makes the part of a context that is Go's.
func (e *Engine) context(config *ContextConfig) *Context {
	made := &Context{engine: e, functions: map[uintptr]*hostFunction{}}
	if config != nil {
		made.onLimit, made.trace = config.OnLimit, config.Trace
	}
	return made
}

// with passes the configuration as one of C, nil for the defaults.
func (c *ContextConfig) with(run func(*C.VM_ContextConfig) error) error {
	if c == nil {
		return run(nil)
	}
	var raw *C.VM_ContextConfig
	var failed *C.VM_Error
	if err := check(C.VM_ContextConfigCreate(&raw, &failed), failed); err != nil {
		return err
	}
	defer C.VM_ContextConfigDelete(raw)
	if err := c.apply(raw); err != nil {
		return err
	}
	return run(raw)
}

func (c *ContextConfig) apply(raw *C.VM_ContextConfig) error {
	var failed *C.VM_Error
	set := func(wanted bool, run func() C.VM_Status) error {
		if !wanted {
			return nil
		}
		err := check(run(), failed)
		failed = nil
		return err
	}
	if c.InstanceLimit < 0 || c.CallDepthLimit < 0 || c.OpenFileLimit < 0 || c.HookRetryLimit < 0 {
		return failure(StatusInvalidArgument, "a limit of the ContextConfig is negative")
	}
	if c.File != nil {
		err := c.File.use(func(file unsafe.Pointer) error {
			return check(C.VM_ConfigApplyToContextConfig((*C.VM_Config)(file), raw, &failed), failed)
		})
		if err != nil {
			return err
		}
	}
	if c.OnLimit != nil {
		if err := checkAnswer(C.libvm_go_set_limit_callback(raw)); err != nil {
			return err
		}
	}
	if c.Trace != nil {
		if err := checkAnswer(C.libvm_go_set_trace(raw)); err != nil {
			return err
		}
	}
	if c.Name != "" {
		name := func(name *C.char) error { return check(C.VM_ContextConfigSetName(raw, name, &failed), failed) }
		if err := withText(c.Name, name); err != nil {
			return err
		}
	}
	for _, each := range []struct {
		wanted bool
		run    func() C.VM_Status
	}{
		{c.MemoryLimit > 0, func() C.VM_Status { return C.VM_ContextConfigSetMemoryLimit(raw, C.uint64_t(c.MemoryLimit), &failed) }},
		{c.MemorySizeLimit > 0, func() C.VM_Status {
			return C.VM_ContextConfigSetMemorySizeLimit(raw, C.uint64_t(c.MemorySizeLimit), &failed)
		}},
		{c.TableLimit > 0, func() C.VM_Status { return C.VM_ContextConfigSetTableLimit(raw, C.uint64_t(c.TableLimit), &failed) }},
		{c.ReferenceLimit > 0, func() C.VM_Status {
			return C.VM_ContextConfigSetReferenceLimit(raw, C.uint64_t(c.ReferenceLimit), &failed)
		}},
		{c.InstanceLimit > 0, func() C.VM_Status { return C.VM_ContextConfigSetInstanceLimit(raw, C.size_t(c.InstanceLimit), &failed) }},
		{c.CallDepthLimit > 0, func() C.VM_Status {
			return C.VM_ContextConfigSetCallDepthLimit(raw, C.size_t(c.CallDepthLimit), &failed)
		}},
		{c.OpenFileLimit > 0, func() C.VM_Status { return C.VM_ContextConfigSetOpenFileLimit(raw, C.size_t(c.OpenFileLimit), &failed) }},
		{c.UnknownImportsTrap, func() C.VM_Status { return C.VM_ContextConfigSetUnknownImportsTrap(raw, true, &failed) }},
		{c.NeverBlock, func() C.VM_Status { return C.VM_ContextConfigSetMayBlock(raw, false, &failed) }},
		{c.HookRetryLimit > 0, func() C.VM_Status {
			return C.VM_ContextConfigSetHookRetryLimit(raw, C.uint32_t(c.HookRetryLimit), &failed)
		}},
		{c.Statistics, func() C.VM_Status { return C.VM_ContextConfigSetStatistics(raw, true, &failed) }},
	} {
		if err := set(each.wanted, each.run); err != nil {
			return err
		}
	}
	return nil
}

// Engine returns the context's engine.
func (c *Context) Engine() *Engine { return c.engine }

// enter keeps the context from being deleted until leave. It returns whether no other call uses the context: then this one has c.values.
func (c *Context) enter() (alone bool, err error) {
	alone, ok := c.uses.enter()
	if !ok {
		return false, errClosed
	}
	return alone, nil
}

func (c *Context) leave() {
	if c.uses.leave() {
		c.delete()
	}
}

// Close frees the context and everything that runs in it, after the calls that use it.
func (c *Context) Close() {
	if c.uses.close() {
		c.delete()
	}
}

func (c *Context) delete() {
	c.owner.disarm()
	C.libvm_go_delete_context(&c.anchor, c.raw)
	c.forget()
}

// forget drops what callbacks of the context find.
func (c *Context) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.functions, c.streams, c.externs, c.hooks, c.recording = nil, nil, nil, nil, nil
	for i := range c.recent {
		c.recent[i].Store(nil)
	}
}

func freeContext(raw unsafe.Pointer) { C.VM_ContextDelete((*C.VM_Context)(raw)) }

// of returns the context whose anchor C has.
func of(anchor *C.uint64_t) *Context { return (*Context)(unsafe.Pointer(anchor)) }

// do runs a function of libvm on the context that calls nothing of the host's.
func (c *Context) do(run func(error **C.VM_Error) C.VM_Status) error {
	if _, err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	var failed *C.VM_Error
	return check(run(&failed), failed)
}

// run runs a function of libvm that may call host functions, and goes on with the panic or error of such a function.
func (c *Context) run(call func() C.Answer) error {
	if _, err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	return c.finish(call())
}

// finish is the end of a call: it carries over what host functions failed with.
func (c *Context) finish(answer C.Answer) error {
	if answer.status == C.VM_STATUS_OK && !c.hasCause.Load() {
		return nil
	}
	return c.finishWithCause(answer)
}

// finishWithCause is the end of a call that failed, or in which something of Go failed. A panic goes on also if a plug-in or a stream has
// dealt with the failure; an error does not.
func (c *Context) finishWithCause(answer C.Answer) error {
	if answer.status == C.VM_STATUS_OK {
		if _, panicked := c.takeCause(); panicked != nil {
			panic(panicked)
		}
		return nil
	}
	err := checkAnswer(answer).(*Error)
	if err.Status == StatusBusy || err.Status == StatusReentrant {
		c.mu.RLock()
		cause := c.cause
		c.mu.RUnlock()
		if statusOf(cause) != err.Status {
			return err // a call that runs goes on, and the cause is its own
		}
	}
	cause, panicked := c.takeCause()
	if panicked != nil {
		panic(panicked)
	}
	err.cause = cause
	return err
}

func (c *Context) takeCause() (cause error, panicked any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cause, panicked = c.cause, c.panicked
	c.cause, c.panicked = nil, nil
	c.hasCause.Store(false)
	return cause, panicked
}

// within runs a call that a context.Context ends.
func (c *Context) within(ctx context.Context, run func() error) error {
	if ctx == nil || ctx.Done() == nil {
		return run()
	}
	if err := ctx.Err(); err != nil {
		status := StatusCancelled
		if err == context.DeadlineExceeded {
			status = StatusTimeout
		}
		return &Error{Status: status, Message: "the call was not started: " + err.Error(), cause: err}
	}
	if !c.engine.interruptible {
		return failure(StatusUnsupported, "a context.Context can end calls only if the engine was created with EngineConfig.Interruptible")
	}
	if deadline, ok := ctx.Deadline(); ok {
		if left := time.Until(deadline); c.timeout == 0 || left < c.timeout {
			if err := c.setTimeout(max(left, 1)); err != nil {
				return err
			}
			defer func() { _ = c.setTimeout(c.timeout) }()
		}
	}
	var id C.uint64_t
	if err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextGetCancelId(c.raw, &id, failed) }); err != nil {
		return err
	}
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		C.VM_Cancel(id, nil) // the call may have ended
		close(cancelled)
	})
	defer func() {
		if !stop() {
			<-cancelled
		}
	}()
	return endedBy(ctx, run())
}

// SetTimeout limits the time of each call from now on; 0 for none. The engine must be interruptible.
func (c *Context) SetTimeout(timeout time.Duration) error {
	if timeout < 0 {
		return failure(StatusInvalidArgument, "the timeout is negative")
	}
	err := c.setTimeout(timeout)
	if err == nil {
		c.timeout = timeout
	}
	return err
}

func (c *Context) setTimeout(timeout time.Duration) error {
	ms := (timeout + time.Millisecond - 1) / time.Millisecond
	return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextSetTimeout(c.raw, C.uint64_t(ms), failed) })
}

// SetComputeLimit limits the time that guests compute in each call from now on, without the time in which they are suspended.
func (c *Context) SetComputeLimit(limit time.Duration) error {
	if limit < 0 {
		return failure(StatusInvalidArgument, "the compute limit is negative")
	}
	ms := (limit + time.Millisecond - 1) / time.Millisecond
	return c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_ContextSetComputeLimit(c.raw, C.uint64_t(ms), failed)
	})
}

// SetFuel sets the fuel that guests can use up. The engine must meter fuel.
func (c *Context) SetFuel(units uint64) error {
	return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextSetFuel(c.raw, C.uint64_t(units), failed) })
}

// AddFuel adds to the fuel.
func (c *Context) AddFuel(units uint64) error {
	return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextAddFuel(c.raw, C.uint64_t(units), failed) })
}

// Fuel returns the fuel that is left.
func (c *Context) Fuel() (uint64, error) {
	var units C.uint64_t
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextGetFuel(c.raw, &units, failed) })
	return uint64(units), err
}

// Reset removes all instances, so that the context can be used as if it were new; what is registered stays.
func (c *Context) Reset() error {
	return c.run(func() C.Answer { return C.libvm_go_reset(&c.anchor, c.raw) })
}

// Statistics counts what guests of a context have done. The numbers of calls and their times need ContextConfig.Statistics.
type Statistics struct {
	Traps, Fuel, HostCalls, HostFailures, GuestCalls, Suspensions uint64
	MemoryBytes, MemoryHighWater                                  uint64
	HostTime, GuestTime                                           time.Duration
}

// Statistics returns the statistics.
func (c *Context) Statistics() (Statistics, error) {
	raw := C.VM_Statistics{size: C.uint32_t(unsafe.Sizeof(C.VM_Statistics{}))}
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextGetStatistics(c.raw, &raw, failed) })
	return Statistics{
		Traps: uint64(raw.traps), Fuel: uint64(raw.fuel), HostCalls: uint64(raw.host_calls), HostFailures: uint64(raw.host_failures),
		GuestCalls: uint64(raw.guest_calls), Suspensions: uint64(raw.suspensions),
		MemoryBytes: uint64(raw.memory_bytes), MemoryHighWater: uint64(raw.memory_high_water),
		HostTime: time.Duration(raw.host_nanoseconds), GuestTime: time.Duration(raw.guest_nanoseconds),
	}, err
}

// Tier returns how the guests of the context run: TierInterpreter or TierCompiled.
func (c *Context) Tier() (Tier, error) {
	var tier C.VM_Tier
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextGetTier(c.raw, &tier, failed) })
	return Tier(tier) + 1, err
}

// PluginStatistics counts the calls of a plug-in's functions.
type PluginStatistics struct {
	Calls, Failures, GuestCalls, Suspensions uint64
	Time                                     time.Duration
}

// PluginStatistics returns the statistics of a plug-in in the context, which was created with ContextConfig.Statistics.
func (c *Context) PluginStatistics(plugin string) (PluginStatistics, error) {
	raw := C.VM_PluginStatistics{size: C.uint32_t(unsafe.Sizeof(C.VM_PluginStatistics{}))}
	err := withText(plugin, func(plugin *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_ContextGetPluginStatistics(c.raw, plugin, &raw, failed)
		})
	})
	return PluginStatistics{
		Calls: uint64(raw.calls), Failures: uint64(raw.failures), GuestCalls: uint64(raw.guest_calls),
		Suspensions: uint64(raw.suspensions), Time: time.Duration(raw.nanoseconds),
	}, err
}
