package libvm

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"unsafe"
)

// Func is a function of a guest.
type Func struct {
	context *Context
	raw     C.VM_Func
	sort    FuncType
}

// Type returns the function's type; it is empty if the function does not exist any more.
func (f *Func) Type() FuncType {
	_ = f.known()
	return f.sort
}

// known reads the type of a reference when it is needed first.
func (f *Func) known() error {
	if f.sort.Params == nil && f.sort.Results == nil {
		return f.readType()
	}
	return nil
}

func (f *Func) readType() error {
	c := f.context
	var raw *C.VM_FuncType
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_FuncTypeCreateFromFunc(c.raw, f.raw, &raw, failed) })
	if err != nil {
		return err
	}
	defer C.VM_FuncTypeDelete(raw)
	f.sort = funcType(raw)
	return nil
}

// Call calls the function. Arguments are int32, uint32, bool, int64, uint64, float32, float64, int (an i32 or i64), V128, *Func, and
// any object for an externref. Results are int32, int64, float32, float64, V128, *Func or the object.
func (f *Func) Call(args ...any) ([]any, error) { return f.CallContext(nil, args...) }

// counted returns a number with its noun.
func counted(count int, noun string) string {
	if count == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", count, noun)
}

// CallContext calls the function, and ends the guest when ctx is done: the error is then also that of ctx. The engine must be
// interruptible.
func (f *Func) CallContext(ctx context.Context, args ...any) (results []any, err error) {
	if err := f.known(); err != nil {
		return nil, err
	}
	sort := f.sort
	if len(args) != len(sort.Params) {
		return nil, failure(StatusWrongCount, fmt.Sprintf("the function %s takes %s, and got %d", sort, counted(len(sort.Params), "argument"), len(args)))
	}
	err = f.invoke(ctx, len(sort.Params), len(sort.Results), func(values []C.VM_Value) error {
		for i, arg := range args {
			if err := f.context.value(&values[i], sort.Params[i], arg); err != nil {
				return fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		return nil
	}, func(values []C.VM_Value) error {
		results, err = f.context.resultsOf(values[:len(sort.Results)])
		return err
	})
	return results, err
}

// invoke calls the function with values that `before` fills in and `after` reads.
func (f *Func) invoke(ctx context.Context, params, results int, before func([]C.VM_Value) error, after func([]C.VM_Value) error) error {
	c := f.context
	alone, err := c.enter()
	if err != nil {
		return err
	}
	defer c.leave()
	values := c.room(alone, max(params, results))
	clear(values[:params]) // of what an earlier call left
	err = before(values)
	for _, ref := range refsOf(values[:params]) {
		defer C.VM_RefRelease(ref)
	}
	if err == nil {
		err = c.within(ctx, func() error { return c.finish(f.call(values, params, results)) })
	}
	if err != nil {
		return err
	}
	return after(values)
}

// call calls the function with values, which then are the results.
func (f *Func) call(values []C.VM_Value, params, results int) C.Answer {
	c := f.context
	first := (*C.VM_Value)(unsafe.SliceData(values))
	return C.libvm_go_call(&c.anchor, c.raw, f.raw, first, C.size_t(params), C.size_t(results))
}

// room returns room for values: the context's own, unless another call uses the context.
func (c *Context) room(alone bool, count int) []C.VM_Value {
	if !alone {
		return make([]C.VM_Value, count)
	}
	if cap(c.values) < count {
		c.values = make([]C.VM_Value, count)
	}
	return c.values[:count]
}

// refsOf returns the references to objects among values.
func refsOf(values []C.VM_Value) (refs []C.VM_Ref) {
	for i := range values {
		if values[i]._type == C.VM_VALTYPE_EXTERNREF {
			refs = append(refs, *content[C.VM_Ref](&values[i]))
		}
	}
	return refs
}
