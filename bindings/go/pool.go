package libvm

// #include "shim.h"
import "C"

import (
	"sync"
	"unsafe"
)

// ContextPool keeps contexts that were prepared alike: taking one is cheaper than creating it.
type ContextPool struct {
	raw     *C.VM_ContextPool
	owner   *owner
	uses    uses
	engine  *Engine
	config  *ContextConfig
	prepare func(*Context) error

	mu   sync.Mutex
	idle map[*C.VM_Context]*Context // those that are not taken
}

// poolCall is a call of a pool, as callbacks find it.
type poolCall struct {
	anchor   C.uint64_t // the first field, as in a Context
	pool     *ContextPool
	cause    error
	panicked any
}

// NewContextPool creates a pool. config may be nil. limit is how many contexts there can be, 0 for any number. prepare is called once
// with each new context, by the goroutine that needs it, to register what all of them have; it may not instantiate modules, except by
// RegisterWasm, and may be nil.
func (e *Engine) NewContextPool(config *ContextConfig, limit int, prepare func(*Context) error) (*ContextPool, error) {
	if limit < 0 {
		return nil, failure(StatusInvalidArgument, "the limit of the pool is negative")
	}
	made := &ContextPool{engine: e, config: config, prepare: prepare, idle: map[*C.VM_Context]*Context{}}
	err := e.use(func(engine unsafe.Pointer) error {
		return config.with(func(raw *C.VM_ContextConfig) error {
			return checkAnswer(C.libvm_go_pool_create((*C.VM_Engine)(engine), raw, C.size_t(limit), &made.raw))
		})
	})
	if err != nil {
		return nil, err
	}
	made.owner = newOwner(unsafe.Pointer(made.raw), freePool)
	return made, nil
}

// Close frees the pool with the contexts that are not taken, after the calls that use it. Those that are taken stay.
func (p *ContextPool) Close() {
	if p.uses.close() {
		p.delete()
	}
}

func (p *ContextPool) delete() {
	p.owner.release()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = nil
}

func freePool(raw unsafe.Pointer) { C.VM_ContextPoolDelete((*C.VM_ContextPool)(raw)) }

// do runs a function of libvm on the pool, and goes on with the panic or error of prepare.
func (p *ContextPool) do(run func(call *C.uint64_t) C.Answer) error {
	if _, ok := p.uses.enter(); !ok {
		return errClosed
	}
	defer func() {
		if p.uses.leave() {
			p.delete()
		}
	}()
	call := &poolCall{pool: p}
	err := checkAnswer(run(&call.anchor))
	if call.panicked != nil {
		panic(call.panicked)
	}
	if err != nil && call.cause != nil {
		err = &Error{Status: statusOf(err), Message: "the pool cannot prepare a context: " + call.cause.Error(), cause: call.cause}
	}
	return err
}

// Take takes a context that was returned, or a new one. It fails with StatusLimit if all are taken.
func (p *ContextPool) Take() (*Context, error) {
	var raw *C.VM_Context
	if err := p.do(func(call *C.uint64_t) C.Answer { return C.libvm_go_pool_take(call, p.raw, &raw) }); err != nil {
		return nil, err
	}
	p.mu.Lock()
	taken := p.idle[raw]
	delete(p.idle, raw)
	p.mu.Unlock()
	if taken == nil { // the pool was closed meanwhile
		freeContext(unsafe.Pointer(raw))
		return nil, errClosed
	}
	taken.owner = newOwner(unsafe.Pointer(raw), freeContext)
	taken.uses.state.Store(0)
	return taken, nil
}

// Return returns a context to its pool: it is reset, and must not be used any more: its methods fail until it is taken again. One in
// which more was registered than by prepare is deleted.
func (p *ContextPool) Return(context *Context) error {
	if context == nil {
		return failure(StatusNullArgument, "the context is nil")
	}
	if !context.uses.state.CompareAndSwap(0, closed) {
		if context.uses.state.Load()&closed != 0 {
			return errClosed
		}
		return failure(StatusBusy, "the context is in use")
	}
	context.owner.disarm()
	p.mu.Lock()
	if p.idle != nil {
		p.idle[context.raw] = context // before another goroutine can take it
	}
	p.mu.Unlock()
	err := p.do(func(call *C.uint64_t) C.Answer {
		return C.libvm_go_pool_return(call, &context.anchor, p.raw, context.raw)
	})
	if err != nil {
		p.mu.Lock()
		delete(p.idle, context.raw)
		p.mu.Unlock()
		context.owner = newOwner(unsafe.Pointer(context.raw), freeContext)
		context.uses.state.Store(0)
	}
	return err
}

// Fill creates contexts in advance, until the pool has so many, taken ones included.
func (p *ContextPool) Fill(count int) error {
	if count < 0 {
		return failure(StatusInvalidArgument, "the number of contexts is negative")
	}
	return p.do(func(call *C.uint64_t) C.Answer { return C.libvm_go_pool_fill(call, p.raw, C.size_t(count)) })
}

// Idle returns how many contexts are unused, and Taken how many are taken; 0 if the pool is closed.
func (p *ContextPool) Idle() int {
	return p.count(func() C.size_t { return C.VM_ContextPoolGetIdleCount(p.raw) })
}

// Taken returns how many contexts are taken; 0 if the pool is closed.
func (p *ContextPool) Taken() int {
	return p.count(func() C.size_t { return C.VM_ContextPoolGetTakenCount(p.raw) })
}

func (p *ContextPool) count(run func() C.size_t) (count int) {
	_ = p.do(func(*C.uint64_t) C.Answer {
		count = int(run())
		return C.Answer{}
	})
	return count
}

func poolCallOf(anchor *C.uint64_t) *poolCall { return (*poolCall)(unsafe.Pointer(anchor)) }

//export libvmGoPoolPrepare
func libvmGoPoolPrepare(anchor *C.uint64_t, raw *C.VM_Context) C.VM_Status {
	call := poolCallOf(anchor)
	p := call.pool
	made := p.engine.context(p.config)
	made.raw = raw
	if p.prepare != nil {
		made.uses.state.Store(1) // it cannot be deleted here
		returned := false
		func() {
			defer func() {
				if !returned {
					call.panicked = recover()
				}
			}()
			call.cause = p.prepare(made)
			returned = true
		}()
		if call.panicked == nil && call.cause == nil && made.uses.state.Load() != 1 {
			call.cause = failure(StatusInvalidArgument, "the function that prepares it has closed it, or still uses it")
		}
		if call.panicked != nil || call.cause != nil {
			made.uses.state.Store(closed)
			status, _ := failed(call.cause)
			return C.VM_Status(status)
		}
	}
	made.uses.state.Store(closed) // until it is taken
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle != nil {
		p.idle[raw] = made
	}
	return C.VM_STATUS_OK
}

//export libvmGoPoolForget
func libvmGoPoolForget(anchor *C.uint64_t, raw *C.VM_Context) {
	p := poolCallOf(anchor).pool
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.idle, raw)
}
