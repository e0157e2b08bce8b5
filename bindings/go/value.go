package libvm

// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
	"unsafe"
)

// V128 is a vector, little-endian.
type V128 [16]byte

// Number is a type of Go that is one of wasm: i32, i64, f32 or f64.
type Number interface {
	int32 | uint32 | int64 | uint64 | float32 | float64 | bool
}

// The content of a value; cgo makes an array of a union.
func content[T any](v *C.VM_Value) *T { return (*T)(unsafe.Pointer(&v.of)) }

// take reads a number into what `to` points to.
func take(v *C.VM_Value, to any) {
	switch to := to.(type) {
	case *int32:
		*to = *content[int32](v)
	case *uint32:
		*to = *content[uint32](v)
	case *bool:
		*to = *content[int32](v) != 0
	case *int64:
		*to = *content[int64](v)
	case *uint64:
		*to = *content[uint64](v)
	case *float32:
		*to = *content[float32](v)
	case *float64:
		*to = *content[float64](v)
	}
}

func get[T Number](v *C.VM_Value) T {
	var made T
	take(v, &made)
	return made
}

func put[T Number](v *C.VM_Value, number T) {
	*v = C.VM_Value{}
	switch from := any(number).(type) {
	case int32:
		v._type, *content[int32](v) = C.VM_VALTYPE_I32, from
	case uint32:
		v._type, *content[uint32](v) = C.VM_VALTYPE_I32, from
	case bool:
		v._type = C.VM_VALTYPE_I32
		if from {
			*content[int32](v) = 1
		}
	case int64:
		v._type, *content[int64](v) = C.VM_VALTYPE_I64, from
	case uint64:
		v._type, *content[uint64](v) = C.VM_VALTYPE_I64, from
	case float32:
		v._type, *content[float32](v) = C.VM_VALTYPE_F32, from
	case float64:
		v._type, *content[float64](v) = C.VM_VALTYPE_F64, from
	}
}

// putAny makes a value of a number of any type of wasm.
func putAny(v *C.VM_Value, given any) bool {
	switch n := given.(type) {
	case int32:
		put(v, n)
	case uint32:
		put(v, n)
	case bool:
		put(v, n)
	case int64:
		put(v, n)
	case uint64:
		put(v, n)
	case float32:
		put(v, n)
	case float64:
		put(v, n)
	default:
		return false
	}
	return true
}

// value makes a value of a type from what a Go program has passed. Integers of every type are accepted where they fit.
func (c *Context) value(v *C.VM_Value, wanted ValType, given any) error {
	wrong := func() error {
		return failure(StatusWrongType, fmt.Sprintf("%s is needed, and %T was passed", wanted, given))
	}
	switch wanted {
	case I32:
		switch n := given.(type) {
		case int32:
			put(v, n)
		case uint32:
			put(v, n)
		case bool:
			put(v, n)
		case int:
			if n < math.MinInt32 || n > math.MaxUint32 {
				return failure(StatusWrongType, fmt.Sprintf("%d does not fit into an i32", n))
			}
			put(v, uint32(n))
		default:
			return wrong()
		}
	case I64:
		switch n := given.(type) {
		case int64:
			put(v, n)
		case uint64:
			put(v, n)
		case int:
			put(v, int64(n))
		default:
			return wrong()
		}
	case F32:
		n, ok := given.(float32)
		if !ok {
			return wrong()
		}
		put(v, n)
	case F64:
		n, ok := given.(float64)
		if !ok {
			return wrong()
		}
		put(v, n)
	case V128Type:
		n, ok := given.(V128)
		if !ok {
			return wrong()
		}
		*v = C.VM_Value{_type: C.VM_VALTYPE_V128}
		*content[V128](v) = n
	case FuncRef:
		*v = C.VM_Value{_type: C.VM_VALTYPE_FUNCREF}
		switch f := given.(type) {
		case nil:
		case *Func:
			if f != nil {
				*content[C.VM_Ref](v) = C.VM_FuncToRef(f.raw)
			}
		default:
			return wrong()
		}
	case ExternRef:
		*v = C.VM_Value{_type: C.VM_VALTYPE_EXTERNREF}
		if given == nil {
			return nil
		}
		number := c.keep(given)
		return checkAnswer(C.libvm_go_create_extern(&c.anchor, c.raw, C.uintptr_t(number), content[C.VM_Ref](v)))
	default:
		return wrong()
	}
	return nil
}

// keep keeps an object that a reference of wasm stands for.
func (c *Context) keep(object any) uintptr {
	number := lastNumber.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.externs == nil {
		c.externs = map[uintptr]any{}
	}
	c.externs[number] = object
	return number
}

// result makes a Go value, and releases a reference.
func (c *Context) result(v *C.VM_Value) (any, error) {
	switch ValType(v._type) {
	case I32:
		return get[int32](v), nil
	case I64:
		return get[int64](v), nil
	case F32:
		return get[float32](v), nil
	case F64:
		return get[float64](v), nil
	case V128Type:
		return *content[V128](v), nil
	case FuncRef:
		return c.function(v), nil
	case ExternRef:
		defer C.VM_RefRelease(*content[C.VM_Ref](v))
		return c.object(v)
	}
	return nil, nil
}

// function returns the function that a reference is; nil for the null reference.
func (c *Context) function(v *C.VM_Value) *Func {
	ref := *content[C.VM_Ref](v)
	if ref.context == 0 {
		return nil
	}
	return &Func{context: c, raw: C.VM_FuncFromRef(ref)} // a function lives as long as its instance
}

// resultsOf makes Go values of results, and releases the references among them also if one fails.
func (c *Context) resultsOf(values []C.VM_Value) (results []any, err error) {
	results = make([]any, len(values))
	for i := range values {
		var failed error
		if results[i], failed = c.result(&values[i]); failed != nil {
			err = failed
		}
	}
	if err != nil {
		return nil, err
	}
	return results, nil
}

// object returns the object that a reference stands for; nil for the null reference, and for one that Go has not made.
func (c *Context) object(v *C.VM_Value) (any, error) {
	var number C.uintptr_t
	if status := C.libvm_go_get_extern(c.raw, nil, *content[C.VM_Ref](v), &number); status == C.VM_STATUS_BUSY {
		return nil, failure(StatusBusy, "another goroutine used the context before the result was read")
	}
	return c.kept(number), nil
}

// kept returns the object with a number; nil for 0, and for a number that Go has not made.
func (c *Context) kept(number C.uintptr_t) any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.externs[uintptr(number)]
}

//export libvmGoFreeExtern
func libvmGoFreeExtern(anchor *C.uint64_t, number C.uintptr_t) {
	c := of(anchor)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.externs, uintptr(number))
}
