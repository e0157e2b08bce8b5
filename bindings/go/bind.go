package libvm

// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"
)

// None is the result of a function without results.
type None struct{}

// Result is the type of a result in Go: a number, or None.
type Result interface{ Number | None }

// Bind0 returns a function of a guest as one of Go, with the types checked once. It is faster than Func.Call.
func Bind0[R Result](f *Func) (func() (R, error), error) {
	if err := bindable[R](f); err != nil {
		return nil, err
	}
	return func() (R, error) {
		values, err := f.begin()
		if err != nil {
			return *new(R), err
		}
		return end[R](f, values, 0)
	}, nil
}

// Bind1 is Bind0 for a function with one parameter.
func Bind1[R Result, A Number](f *Func) (func(A) (R, error), error) {
	sort := valType[A]()
	if err := bindable[R](f, sort); err != nil {
		return nil, err
	}
	return func(a A) (R, error) {
		values, err := f.begin()
		if err != nil {
			return *new(R), err
		}
		store(&values[0], sort, a)
		return end[R](f, values, 1)
	}, nil
}

// Bind2 is Bind0 for a function with two parameters.
func Bind2[R Result, A, B Number](f *Func) (func(A, B) (R, error), error) {
	first, second := valType[A](), valType[B]()
	if err := bindable[R](f, first, second); err != nil {
		return nil, err
	}
	return func(a A, b B) (R, error) {
		values, err := f.begin()
		if err != nil {
			return *new(R), err
		}
		store(&values[0], first, a)
		store(&values[1], second, b)
		return end[R](f, values, 2)
	}, nil
}

// Bind3 is Bind0 for a function with three parameters.
func Bind3[R Result, A, B, D Number](f *Func) (func(A, B, D) (R, error), error) {
	first, second, third := valType[A](), valType[B](), valType[D]()
	if err := bindable[R](f, first, second, third); err != nil {
		return nil, err
	}
	return func(a A, b B, d D) (R, error) {
		values, err := f.begin()
		if err != nil {
			return *new(R), err
		}
		store(&values[0], first, a)
		store(&values[1], second, b)
		store(&values[2], third, d)
		return end[R](f, values, 3)
	}, nil
}

// begin begins a call of a function whose types were checked, and returns room for its values.
func (f *Func) begin() (*[3]C.VM_Value, error) {
	c := f.context
	alone, ok := c.uses.enter()
	if !ok {
		return nil, errClosed
	}
	if alone && cap(c.values) >= 3 {
		return (*[3]C.VM_Value)(c.values[:3]), nil
	}
	return (*[3]C.VM_Value)(c.room(alone, 3)), nil
}

// end calls the function. It leaves the context before it may go on with a panic of a host function.
func end[R Result](f *Func, values *[3]C.VM_Value, params int) (result R, err error) {
	c := f.context
	results := C.size_t(1)
	if unsafe.Sizeof(result) == 0 {
		results = 0
	}
	answer := C.libvm_go_call(&c.anchor, c.raw, f.raw, &values[0], C.size_t(params), results)
	if answer.status == C.VM_STATUS_OK {
		load(&values[0], &result)
	}
	c.leave()
	return result, c.finish(answer)
}

// store writes a number whose type in wasm is known.
func store[T Number](v *C.VM_Value, sort ValType, number T) {
	*v = C.VM_Value{_type: C.VM_ValType(sort)}
	if unsafe.Sizeof(number) == 1 { // a bool
		*content[int32](v) = int32(*(*uint8)(unsafe.Pointer(&number)))
	} else {
		*content[T](v) = number
	}
}

// load reads a result whose type is known.
func load[R Result](v *C.VM_Value, to *R) {
	switch unsafe.Sizeof(*to) {
	case 0:
	case 1:
		*(*bool)(unsafe.Pointer(to)) = *content[int32](v) != 0
	default:
		*to = *content[R](v)
	}
}

// bindable compares a function's type with that of Go.
func bindable[R Result](f *Func, params ...ValType) error {
	wanted := FuncType{Params: params}
	if resultCount[R]() == 1 {
		var zero R
		wanted.Results = []ValType{typeOfResult(any(zero))}
	}
	if err := f.known(); err != nil {
		return err
	}
	found := f.sort
	if slices.Equal(wanted.Params, found.Params) && slices.Equal(wanted.Results, found.Results) {
		return nil
	}
	return failure(StatusWrongType, fmt.Sprintf("the function is %s, and %s is needed", found, wanted))
}

func resultCount[R Result]() int {
	var zero R
	if _, none := any(zero).(None); none {
		return 0
	}
	return 1
}

func typeOfResult(zero any) ValType {
	switch zero.(type) {
	case int32, uint32, bool:
		return I32
	case int64, uint64:
		return I64
	case float32:
		return F32
	default:
		return F64
	}
}

func valType[T Number]() ValType {
	var zero T
	return typeOfResult(any(zero))
}
