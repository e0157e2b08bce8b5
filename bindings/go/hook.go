package libvm

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

// HookAnswer is what a hook decides.
type HookAnswer int32

// The answers of hooks.
const (
	Continue HookAnswer = C.VM_STATUS_OK       // The next hook is called.
	Complete HookAnswer = C.VM_STATUS_COMPLETE // The hooks after this one are not called.
	Retry    HookAnswer = C.VM_STATUS_RETRY    // All hooks are called again, from the first one.
)

func (a HookAnswer) check() error {
	if a == Continue || a == Complete || a == Retry {
		return nil
	}
	return failure(StatusBadAnswer, fmt.Sprintf("the hook has answered %d, which is none of Continue, Complete and Retry", a))
}

// HookPosition is where a hook of the host stands.
type HookPosition int32

// The positions of hooks of the host: before and after those of the plug-ins.
const (
	HookFirst HookPosition = C.VM_HOOK_FIRST
	HookLast  HookPosition = C.VM_HOOK_LAST
)

// HookFunc is a hook: the event is valid until it returns. An error ends the invocation.
type HookFunc func(event *Event) (HookAnswer, error)

// Event contains what the host and the hooks of a point pass to each other: values by key.
type Event struct {
	handle
	raw    *C.VM_Event    // of a hook; nil for the host's own, and after the hook has returned
	values map[string]any // of an asynchronous hook
	set    map[string]any // what it has changed; nil for what it has removed
	point  string
}

// NewEvent creates an event for a point without values.
func NewEvent(point string) (*Event, error) {
	var raw *C.VM_Event
	err := withText(point, func(point *C.char) error {
		var failed *C.VM_Error
		return check(C.VM_EventCreate(point, &raw, &failed), failed)
	})
	if err != nil {
		return nil, err
	}
	made := &Event{point: point}
	made.owner = newOwner(unsafe.Pointer(raw), freeEvent)
	return made, nil
}

// Close frees the event, unless it is that of a hook.
func (e *Event) Close() { e.close() }

func freeEvent(raw unsafe.Pointer) { C.VM_EventDelete((*C.VM_Event)(raw)) }

// Point returns the name of the event's point.
func (e *Event) Point() string { return e.point }

// with passes the event to a function of libvm.
func (e *Event) with(run func(*C.VM_Event) C.VM_Status) error {
	if e.raw != nil {
		return check(run(e.raw), nil)
	}
	return e.use(func(raw unsafe.Pointer) error { return check(run((*C.VM_Event)(raw)), nil) })
}

// Get returns a value: a string, []byte, int64, or an unsafe.Pointer that a host in C has set.
func (e *Event) Get(key string) (value any, err error) {
	if e.values != nil {
		value, ok := e.values[key]
		if !ok {
			return nil, failure(StatusNotFound, fmt.Sprintf("the event has no value `%s`", key))
		}
		return value, nil
	}
	err = withText(key, func(key *C.char) error {
		return e.with(func(raw *C.VM_Event) C.VM_Status {
			var found C.VM_EventType
			var data C.VM_Bytes
			var integer C.int64_t
			var pointer unsafe.Pointer
			status := C.libvm_go_event_type(raw, key, &found)
			if status == C.VM_STATUS_OK {
				status = C.libvm_go_event_get(raw, key, found, &data, &integer, &pointer)
			}
			switch found {
			case C.VM_EVENT_TYPE_STRING:
				value = string(view(data.data, data.size))
			case C.VM_EVENT_TYPE_BYTES:
				value = append([]byte{}, view(data.data, data.size)...)
			case C.VM_EVENT_TYPE_INTEGER:
				value = int64(integer)
			default:
				value = pointer
			}
			return status
		})
	})
	if err != nil {
		return nil, named(err, "the event has no value `%s`", key)
	}
	return value, nil
}

// Set sets a value: a string, []byte, int, int64, or an unsafe.Pointer to memory of C.
func (e *Event) Set(key string, value any) error {
	if number, ok := value.(int); ok {
		value = int64(number)
	}
	switch value.(type) {
	case string, []byte, int64, unsafe.Pointer:
	default:
		return failure(StatusWrongType, fmt.Sprintf("a %T cannot be a value of an event; string, []byte, int, int64 or unsafe.Pointer is needed", value))
	}
	if e.values != nil {
		e.values[key], e.set[key] = value, value
		return nil
	}
	return withText(key, func(key *C.char) error {
		return e.with(func(raw *C.VM_Event) C.VM_Status { return setValue(raw, key, value) })
	})
}

func setValue(raw *C.VM_Event, key *C.char, value any) (status C.VM_Status) {
	switch value := value.(type) {
	case string:
		err := withText(value, func(value *C.char) error {
			status = C.libvm_go_event_set(raw, key, C.VM_EVENT_TYPE_STRING, unsafe.Pointer(value), 0, 0)
			return nil
		})
		if err != nil {
			status = C.VM_STATUS_INVALID_ARGUMENT
		}
	case []byte:
		data := unsafe.Pointer(unsafe.SliceData(value))
		status = C.libvm_go_event_set(raw, key, C.VM_EVENT_TYPE_BYTES, data, C.size_t(len(value)), 0)
	case int64:
		status = C.libvm_go_event_set(raw, key, C.VM_EVENT_TYPE_INTEGER, nil, 0, C.int64_t(value))
	case unsafe.Pointer:
		status = C.libvm_go_event_set_pointer(raw, key, value)
	}
	return status
}

// Remove removes a value.
func (e *Event) Remove(key string) error {
	if e.values != nil {
		if _, err := e.Get(key); err != nil {
			return err
		}
		delete(e.values, key)
		e.set[key] = nil
		return nil
	}
	err := withText(key, func(key *C.char) error {
		return e.with(func(raw *C.VM_Event) C.VM_Status { return C.libvm_go_event_remove(raw, key) })
	})
	return named(err, "the event has no value `%s`", key)
}

// Keys returns the keys of the values in the order of their bytes.
func (e *Event) Keys() ([]string, error) {
	if e.values != nil {
		return sortedKeys(e.values), nil
	}
	keys := []string{}
	err := e.with(func(raw *C.VM_Event) C.VM_Status {
		for {
			var key *C.char
			switch status := C.libvm_go_event_key(raw, C.size_t(len(keys)), &key); status {
			case C.VM_STATUS_OK:
				keys = append(keys, C.GoString(key))
			case C.VM_STATUS_NOT_FOUND:
				return C.VM_STATUS_OK
			default:
				return status
			}
		}
	})
	return keys, err
}

// named replaces the error of StatusNotFound with one that says what was asked for.
func named(err error, format, key string) error {
	if statusOf(err) == StatusNotFound {
		return failure(StatusNotFound, fmt.Sprintf(format, key))
	}
	return err
}

// AddHook adds a hook at a point: one of the host's own, or one of libvm, such as "libvm.call.before". Hooks at libvm.context.closing
// are called by Close, and not if the garbage collector frees the context.
func (c *Context) AddHook(point string, position HookPosition, hook HookFunc) error {
	if hook == nil {
		return failure(StatusNullArgument, "the hook is nil")
	}
	number := lastNumber.Add(1)
	c.mu.Lock()
	if c.hooks == nil {
		c.hooks = map[uintptr]HookFunc{}
	}
	c.hooks[number] = hook
	c.mu.Unlock()
	err := withText(point, func(point *C.char) error {
		if _, err := c.enter(); err != nil {
			return err
		}
		defer c.leave()
		return checkAnswer(C.libvm_go_add_hook(c.raw, point, C.VM_HookPosition(position), C.uintptr_t(number)))
	})
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.hooks, number)
	}
	return err
}

// AddAsyncHook adds a hook that runs in a goroutine of its own while the context is free for others. The event is a copy, and what the
// hook sets in it is set when it has returned. ctx is done when the event is not waited for any more. Points of libvm have no such hooks.
func (c *Context) AddAsyncHook(point string, position HookPosition, hook func(ctx context.Context, event *Event) (HookAnswer, error)) error {
	if hook == nil {
		return failure(StatusNullArgument, "the hook is nil")
	}
	return c.AddHook(point, position, func(event *Event) (HookAnswer, error) {
		keys, err := event.Keys()
		if err != nil {
			return 0, err
		}
		own := &Event{point: event.point, values: map[string]any{}, set: map[string]any{}}
		for _, key := range keys {
			if own.values[key], err = event.Get(key); err != nil {
				return 0, err
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		number := lastNumber.Add(1)
		waiting := &waitingHook{cancel: cancel, event: own}
		waitingHooks.Store(number, waiting)
		var token C.VM_Token
		if status := C.libvm_go_event_suspend(event.raw, C.uintptr_t(number), &token); status != C.VM_STATUS_PENDING {
			waitingHooks.Delete(number)
			cancel()
			return 0, failure(Status(status), "the event cannot be suspended here")
		}
		go waiting.run(ctx, token, hook)
		return 0, errPending
	})
}

// waitingHook is an asynchronous hook that has not answered. It keeps what it needs reachable until it has, or is cancelled.
type waitingHook struct {
	cancel   context.CancelFunc
	mu       sync.Mutex // the goroutine has it while it runs the hook
	event    *Event
	err      error
	panicked any
	failed   bool // it has not returned
}

var waitingHooks sync.Map // of *waitingHook, by number

func (w *waitingHook) run(ctx context.Context, token C.VM_Token, hook func(context.Context, *Event) (HookAnswer, error)) {
	defer w.cancel()
	answer := HookAnswer(StatusTrap)
	func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.failed = true
		defer func() {
			if w.failed {
				w.panicked = recover()
				w.err = failure(StatusTrap, fmt.Sprintf("the hook panicked: %v", w.panicked))
			}
		}()
		answer, w.err = hook(ctx, w.event)
		if w.err == nil {
			w.err = answer.check()
		}
		w.failed = false
		if w.err != nil {
			status, _ := failed(w.err)
			answer = HookAnswer(status)
		}
	}()
	C.VM_CompleteEvent(token, C.VM_Status(answer), nil, nil) // nothing may wait for it any more
}

//export libvmGoResumeHook
func libvmGoResumeHook(anchor *C.uint64_t, number C.uintptr_t, event *C.VM_Event, answer C.VM_Status) C.VM_Status {
	found, ok := waitingHooks.LoadAndDelete(uintptr(number))
	if !ok {
		return C.VM_STATUS_INTERNAL
	}
	waiting := found.(*waitingHook)
	waiting.mu.Lock()
	defer waiting.mu.Unlock()
	if waiting.err != nil {
		of(anchor).failWith(waiting.err, waiting.panicked)
		return failEvent(event, waiting.err)
	}
	for key, value := range waiting.event.set {
		status := C.VM_Status(C.VM_STATUS_OK)
		err := withText(key, func(key *C.char) error {
			if value == nil {
				C.libvm_go_event_remove(event, key)
			} else {
				status = setValue(event, key, value)
			}
			return nil
		})
		if err == nil {
			err = check(status, nil)
		}
		if err != nil {
			return failEvent(event, fmt.Errorf("the value `%s` of the event: %w", key, err))
		}
	}
	return answer
}

//export libvmGoCancelHook
func libvmGoCancelHook(number C.uintptr_t) {
	if waiting, ok := waitingHooks.LoadAndDelete(uintptr(number)); ok {
		waiting.(*waitingHook).cancel()
	}
}

//export libvmGoHook
func libvmGoHook(anchor *C.uint64_t, number C.uintptr_t, raw *C.VM_Event) (status C.VM_Status) {
	c := of(anchor)
	c.mu.RLock()
	hook := c.hooks[uintptr(number)]
	c.mu.RUnlock()
	if hook == nil {
		return C.VM_STATUS_OK // the context is closing
	}
	event := &Event{raw: raw, point: text(raw.point)}
	returned := false
	defer func() {
		event.raw = nil
		if !returned {
			panicked := recover()
			c.failWith(nil, panicked)
			status = failEvent(raw, failure(StatusTrap, fmt.Sprintf("the hook panicked: %v", panicked)))
		}
	}()
	answer, err := hook(event)
	if err == nil {
		err = answer.check()
	}
	switch err {
	case nil:
		status = C.VM_Status(answer)
	case errPending:
		status = C.VM_STATUS_PENDING
	default:
		status = failEvent(raw, err)
		c.failWith(err, nil)
	}
	returned = true
	return status
}

// failEvent makes an error the failure of a hook.
func failEvent(raw *C.VM_Event, err error) C.VM_Status {
	answer := C.VM_Status(C.VM_STATUS_TRAP)
	status, message := failed(err)
	_ = withText(message, func(message *C.char) error {
		answer = C.libvm_go_event_fail(raw, C.VM_Status(status), message)
		return nil
	})
	return answer
}

// InvokeHooks calls the hooks at an event's point: the host's first ones, those of the plug-ins, and the host's last ones. It returns
// whether one of them has decided, with Complete. Others can use the context while an asynchronous hook runs.
func (c *Context) InvokeHooks(event *Event) (decided bool, err error) {
	if event == nil {
		return false, failure(StatusNullArgument, "the event is nil")
	}
	var decision C.VM_Status
	err = event.use(func(raw unsafe.Pointer) error {
		return c.run(func() C.Answer {
			return C.libvm_go_invoke_hooks(&c.anchor, c.raw, (*C.VM_Event)(raw), &decision)
		})
	})
	return err == nil && decision == C.VM_STATUS_COMPLETE, err
}

// SetHookTimeout limits how long an event waits for each hook that suspends it; 0 for any time.
func (c *Context) SetHookTimeout(timeout time.Duration) error {
	if timeout < 0 {
		return failure(StatusInvalidArgument, "the timeout is negative")
	}
	ms := (timeout + time.Millisecond - 1) / time.Millisecond
	return c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_ContextSetHookTimeout(c.raw, C.uint64_t(ms), failed)
	})
}

// DeclareHookPoint declares a point: hooks of plug-ins at others are then not called, and the report of the call that loads the plug-in
// has a line about each. The description may be empty.
func (r *PluginRegistry) DeclareHookPoint(point, description string) error {
	return withTexts([]string{point, description}, func(list **C.char, _ C.size_t) error {
		both := unsafe.Slice(list, 2)
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			return check(C.VM_PluginRegistryDeclareHookPoint((*C.VM_PluginRegistry)(raw), both[0], both[1], &failed), failed)
		})
	})
}
