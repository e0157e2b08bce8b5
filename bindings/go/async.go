package libvm

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// errPending is what a host function that has suspended the guest returns; it never leaves the package.
var errPending = failure(Status(C.VM_STATUS_PENDING), "pending")

// The suspended calls by number, to cancel them. A call that runs keeps what it needs reachable, and is removed when it ends.
var suspended sync.Map // of context.CancelFunc

// AsyncFunction registers a function that runs in a goroutine of its own while the guest is suspended. A call of the guest waits for it;
// an execution (Func.Start) goes on when it returns. The first parameter may be a context.Context, which is done when the guest is
// not waiting any more. The error of the call has the status and the text of an error that it returns. Other parameters and results are
// those of Context.Function without *Caller, references and Buffer; bytes are copies.
func (c *Context) AsyncFunction(module, name string, function any) error {
	made, err := asynchronous(function)
	if err != nil {
		return fmt.Errorf("%s.%s: %w", module, name, err)
	}
	return c.register(module, name, made)
}

// AsyncFunction adds such a function: see Context.AsyncFunction.
func (m *HostModule) AsyncFunction(name string, function any) error {
	made, err := asynchronous(function)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return m.add(name, made)
}

func asynchronous(function any) (*hostFunction, error) {
	f := reflect.ValueOf(function)
	if f.Kind() != reflect.Func || f.IsNil() || f.Type().IsVariadic() {
		return nil, failure(StatusWrongType, fmt.Sprintf("%T is not a function that can be a host function", function))
	}
	first := 0
	if f.Type().NumIn() > 0 && f.Type().In(0) == contextType {
		first = 1
	}
	s, err := shapeOf(f.Type(), first)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(s.signature(), "cr*") {
		return nil, failure(StatusWrongType, "an asynchronous host function has no references and no Buffer")
	}
	call := func(c *Context, raw *C.VM_Caller, args, _ []C.VM_Value) error {
		ctx, cancel := context.WithCancel(context.Background())
		given := make([]reflect.Value, 0, first+len(s.readers))
		if first == 1 {
			given = append(given, reflect.ValueOf(ctx))
		}
		for i, read := range s.readers {
			value := read(nil, &args[i])
			if value.Type() == bytesType {
				value = reflect.ValueOf(append([]byte{}, value.Bytes()...))
			}
			given = append(given, value)
		}
		number := lastNumber.Add(1)
		suspended.Store(number, cancel)
		var token C.VM_Token
		if status := C.libvm_go_suspend(raw, C.uintptr_t(number), &token); status != C.VM_STATUS_PENDING {
			suspended.Delete(number)
			cancel()
			return failure(Status(status), "the guest cannot be suspended here")
		}
		go func() {
			defer cancel()
			defer suspended.Delete(number)
			s.complete(token, f, given)
		}()
		return errPending
	}
	return &hostFunction{signature: s.signature(), flags: C.VM_FUNCTION_MAY_SUSPEND, call: call}, nil
}

// complete runs the function and completes the call. A guest that is not waiting any more does not need the results.
func (s *shape) complete(token C.VM_Token, f reflect.Value, given []reflect.Value) {
	completed := false
	fail := func(err error) {
		status, message := failed(err)
		completed = true
		_ = withText(message, func(message *C.char) error {
			C.VM_CompleteWithFailure(token, C.VM_Status(status), message, nil)
			return nil
		})
	}
	defer func() {
		if !completed {
			fail(failure(StatusTrap, fmt.Sprintf("the asynchronous host function panicked: %v", recover())))
		}
	}()
	found := f.Call(given)
	if s.fails {
		if err, _ := found[len(found)-1].Interface().(error); err != nil {
			fail(err)
			return
		}
	}
	values := make([]C.VM_Value, len(s.types))
	for i, sort := range s.types {
		if err := (*Caller)(nil).put(&values[i], sort, found[i]); err != nil {
			fail(err)
			return
		}
	}
	completed = true
	C.VM_Complete(token, (*C.VM_Value)(unsafe.SliceData(values)), C.size_t(len(values)), nil)
}

//export libvmGoCancel
func libvmGoCancel(number C.uintptr_t) {
	if cancel, ok := suspended.LoadAndDelete(uintptr(number)); ok {
		cancel.(context.CancelFunc)()
	}
}

// Execution is a call of a guest that was started, and goes on while its host functions run elsewhere.
type Execution struct {
	handle
	context *Context
	sort    FuncType
}

// Start starts a call, and runs it until a host function suspends it or it ends. A context runs one execution at a time.
func (f *Func) Start(args ...any) (*Execution, error) {
	if err := f.known(); err != nil {
		return nil, err
	}
	sort := f.sort
	if len(args) != len(sort.Params) {
		return nil, failure(StatusWrongCount, fmt.Sprintf("the function %s takes %s, and got %d", sort, counted(len(sort.Params), "argument"), len(args)))
	}
	c := f.context
	var raw *C.VM_Execution
	if _, err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	values := make([]C.VM_Value, max(len(args), 1))
	defer func() {
		for _, ref := range refsOf(values) {
			C.VM_RefRelease(ref)
		}
	}()
	for i, arg := range args {
		if err := c.value(&values[i], sort.Params[i], arg); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	if err := c.finish(C.libvm_go_start(&c.anchor, c.raw, f.raw, &values[0], C.size_t(len(args)), &raw)); err != nil {
		return nil, err
	}
	made := &Execution{context: c, sort: sort}
	made.owner = newOwner(unsafe.Pointer(raw), freeExecution)
	return made, nil
}

// Wait runs the execution until it has ended, and returns the results. When ctx is done it returns; the execution can then be waited
// for again, or closed, which cancels it.
func (e *Execution) Wait(ctx context.Context) (results []any, err error) {
	const slice = 20 * time.Millisecond // how late an end of ctx without a deadline is noticed
	for {
		wait := C.uint64_t(C.UINT64_MAX)
		if ctx != nil && ctx.Done() != nil {
			if ctx.Err() != nil {
				return nil, &Error{Status: StatusWouldBlock, Message: "the execution has not ended: " + ctx.Err().Error(), cause: ctx.Err()}
			}
			wait = C.uint64_t(slice / time.Millisecond)
		}
		ended := false // it may also have failed with StatusWouldBlock
		err = e.use(func(raw unsafe.Pointer) error {
			c := e.context
			err := c.run(func() C.Answer { return C.libvm_go_wait(&c.anchor, (*C.VM_Execution)(raw), wait) })
			ended = C.VM_ExecutionGetState((*C.VM_Execution)(raw)) >= C.VM_EXECUTION_DONE
			return err
		})
		if ended || statusOf(err) != StatusWouldBlock {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return e.results()
}

func (e *Execution) results() (results []any, err error) {
	values := make([]C.VM_Value, len(e.sort.Results)+1)
	err = e.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_ExecutionGetResults((*C.VM_Execution)(raw), &values[0], C.size_t(len(e.sort.Results)), &failed), failed)
	})
	if err != nil {
		return nil, err
	}
	return e.context.resultsOf(values[:len(e.sort.Results)])
}

// Instance returns the instance that an execution of Context.StartInstantiate has made.
func (e *Execution) Instance() (*Instance, error) {
	made := &Instance{context: e.context}
	err := e.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_ExecutionGetInstance((*C.VM_Execution)(raw), &made.raw, &failed), failed)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// ExitCode returns the exit code of a program of WASI whose execution has ended: 0 if its function has returned.
func (e *Execution) ExitCode() (int, error) {
	var code C.int32_t
	err := e.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_ExecutionGetExitCode((*C.VM_Execution)(raw), &code, &failed), failed)
	})
	return int(code), err
}

// Cancel cancels the execution: it fails with StatusCancelled.
func (e *Execution) Cancel() error {
	return e.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_ExecutionCancel((*C.VM_Execution)(raw), &failed), failed)
	})
}

// Close frees the execution, and cancels it if it has not ended. A Wait that runs in another goroutine returns.
func (e *Execution) Close() {
	_ = e.Cancel() // it may have ended, or be closed
	e.close()
}

func freeExecution(raw unsafe.Pointer) { C.VM_ExecutionDelete((*C.VM_Execution)(raw)) }
