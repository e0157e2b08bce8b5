package libvm

// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
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
	return func() (R, error) { return bound[R](f, 0, func(*[3]C.VM_Value) {}) }, nil
}

// Bind1 is Bind0 for a function with one parameter.
func Bind1[R Result, A Number](f *Func) (func(A) (R, error), error) {
	if err := bindable[R](f, valType[A]()); err != nil {
		return nil, err
	}
	return func(a A) (R, error) { return bound[R](f, 1, func(values *[3]C.VM_Value) { put(&values[0], a) }) }, nil
}

// Bind2 is Bind0 for a function with two parameters.
func Bind2[R Result, A, B Number](f *Func) (func(A, B) (R, error), error) {
	if err := bindable[R](f, valType[A](), valType[B]()); err != nil {
		return nil, err
	}
	return func(a A, b B) (R, error) {
		return bound[R](f, 2, func(values *[3]C.VM_Value) {
			put(&values[0], a)
			put(&values[1], b)
		})
	}, nil
}

// Bind3 is Bind0 for a function with three parameters.
func Bind3[R Result, A, B, D Number](f *Func) (func(A, B, D) (R, error), error) {
	if err := bindable[R](f, valType[A](), valType[B](), valType[D]()); err != nil {
		return nil, err
	}
	return func(a A, b B, d D) (R, error) {
		return bound[R](f, 3, func(values *[3]C.VM_Value) {
			put(&values[0], a)
			put(&values[1], b)
			put(&values[2], d)
		})
	}, nil
}

// bound calls a function whose types were checked.
func bound[R Result](f *Func, params int, fill func(*[3]C.VM_Value)) (result R, err error) {
	c := f.context
	alone, err := c.enter()
	if err != nil {
		return result, err
	}
	defer c.leave()
	values := c.room(alone, 3)
	fill((*[3]C.VM_Value)(values))
	if err = c.finish(f.call(values, params, resultCount[R]())); err == nil {
		take(&values[0], &result)
	}
	return result, err
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
