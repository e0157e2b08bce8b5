package libvm

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"reflect"
	"unsafe"
)

// Buffer is a part of the guest's memory that a host function may write to. It is valid until the function returns or calls the guest.
type Buffer []byte

// Fn is a host function whose types are known to the compiler: see Fn0 to Fn3.
type Fn struct{ made *hostFunction }

// Fn0 makes a host function of a Go function, without reflection when it is called.
func Fn0[R Result](f func(*Caller) (R, error)) Fn {
	return fn[R]("", func(c *Caller, args []C.VM_Value) (R, error) { return f(c) })
}

// Fn1 is Fn0 for a function with one parameter.
func Fn1[R Result, A Number](f func(*Caller, A) (R, error)) Fn {
	return fn[R](letter[A](), func(c *Caller, args []C.VM_Value) (R, error) { return f(c, get[A](&args[0])) })
}

// Fn2 is Fn0 for a function with two parameters.
func Fn2[R Result, A, B Number](f func(*Caller, A, B) (R, error)) Fn {
	return fn[R](letter[A]()+letter[B](), func(c *Caller, args []C.VM_Value) (R, error) {
		return f(c, get[A](&args[0]), get[B](&args[1]))
	})
}

// Fn3 is Fn0 for a function with three parameters.
func Fn3[R Result, A, B, D Number](f func(*Caller, A, B, D) (R, error)) Fn {
	return fn[R](letter[A]()+letter[B]()+letter[D](), func(c *Caller, args []C.VM_Value) (R, error) {
		return f(c, get[A](&args[0]), get[B](&args[1]), get[D](&args[2]))
	})
}

func fn[R Result](params string, call func(*Caller, []C.VM_Value) (R, error)) Fn {
	return Fn{&hostFunction{
		signature: "(" + params + ")" + resultLetter[R](),
		call: func(c *Context, raw *C.VM_Caller, args, results []C.VM_Value) error {
			caller := &Caller{c, raw}
			result, err := call(caller, args)
			caller.raw = nil
			if err == nil && len(results) > 0 {
				putAny(&results[0], any(result))
			}
			return err
		},
	}}
}

// plain makes a host function that uses neither the Caller nor errors.
func plain(signature string, call func(args, results []C.VM_Value)) *hostFunction {
	return &hostFunction{signature: signature, call: func(_ *Context, _ *C.VM_Caller, args, results []C.VM_Value) error {
		call(args, results)
		return nil
	}}
}

func adapt1[A Number](f func(A)) *hostFunction {
	return plain("("+letter[A]()+")", func(args, _ []C.VM_Value) { f(get[A](&args[0])) })
}

func adapt2[A Number](f func(A, A)) *hostFunction {
	return plain("("+letter[A]()+letter[A]()+")", func(args, _ []C.VM_Value) { f(get[A](&args[0]), get[A](&args[1])) })
}

func adapt0r[A Number](f func() A) *hostFunction {
	return plain("()"+letter[A](), func(_, results []C.VM_Value) { put(&results[0], f()) })
}

func adapt1r[A Number](f func(A) A) *hostFunction {
	return plain("("+letter[A]()+")"+letter[A](), func(args, results []C.VM_Value) { put(&results[0], f(get[A](&args[0]))) })
}

func adapt2r[A Number](f func(A, A) A) *hostFunction {
	return plain("("+letter[A]()+letter[A]()+")"+letter[A](), func(args, results []C.VM_Value) {
		put(&results[0], f(get[A](&args[0]), get[A](&args[1])))
	})
}

func letter[T Number]() string { return letters[valType[T]()] }

func resultLetter[R Result]() string {
	var zero R
	if resultCount[R]() == 0 {
		return ""
	}
	return letters[typeOfResult(any(zero))]
}

var letters = map[ValType]string{I32: "i", I64: "I", F32: "f", F64: "F", V128Type: "v", FuncRef: "c", ExternRef: "r"}

// adapt makes a host function of a Go function: the common types without reflection.
func adapt(function any) (*hostFunction, error) {
	if f := reflect.ValueOf(function); f.Kind() == reflect.Func && f.IsNil() {
		return nil, failure(StatusNullArgument, "the host function is nil")
	}
	switch f := function.(type) {
	case Fn:
		if f.made == nil {
			return nil, failure(StatusNullArgument, "the host function is an empty Fn")
		}
		return f.made, nil
	case func():
		return plain("()", func(_, _ []C.VM_Value) { f() }), nil
	case func(int32):
		return adapt1(f), nil
	case func(int32, int32):
		return adapt2(f), nil
	case func() int32:
		return adapt0r(f), nil
	case func(int32) int32:
		return adapt1r(f), nil
	case func(int32, int32) int32:
		return adapt2r(f), nil
	case func(int64):
		return adapt1(f), nil
	case func(int64, int64):
		return adapt2(f), nil
	case func() int64:
		return adapt0r(f), nil
	case func(int64) int64:
		return adapt1r(f), nil
	case func(int64, int64) int64:
		return adapt2r(f), nil
	case func(float64):
		return adapt1(f), nil
	case func(float64) float64:
		return adapt1r(f), nil
	case func(float64, float64) float64:
		return adapt2r(f), nil
	}
	return reflected(function)
}

// A parameter: how it is read.
type reader func(c *Caller, v *C.VM_Value) reflect.Value

var (
	callerType  = reflect.TypeOf((*Caller)(nil))
	contextType = reflect.TypeOf((*context.Context)(nil)).Elem()
	errorType   = reflect.TypeOf((*error)(nil)).Elem()
	anyType     = reflect.TypeOf((*any)(nil)).Elem()
	funcType_   = reflect.TypeOf((*Func)(nil))
	vectorType  = reflect.TypeOf(V128{})
	bufferType  = reflect.TypeOf(Buffer{})
	bytesType   = reflect.TypeOf([]byte{})
)

// parameter returns the letters of a parameter's type and how it is read; nil for one without an equivalent in wasm.
func parameter(t reflect.Type) (string, reader) {
	switch t {
	case anyType:
		return "r", func(c *Caller, v *C.VM_Value) reflect.Value {
			made := reflect.New(anyType).Elem()
			if object := c.object(v); object != nil {
				made.Set(reflect.ValueOf(object))
			}
			return made
		}
	case funcType_:
		return "c", func(c *Caller, v *C.VM_Value) reflect.Value { return reflect.ValueOf(c.context.function(v)) }
	case vectorType:
		return "v", func(_ *Caller, v *C.VM_Value) reflect.Value { return reflect.ValueOf(*content[V128](v)) }
	case bufferType:
		return "*~", func(_ *Caller, v *C.VM_Value) reflect.Value { return reflect.ValueOf(Buffer(guestBytes(v))) }
	case bytesType:
		return "<~", func(_ *Caller, v *C.VM_Value) reflect.Value { return reflect.ValueOf(guestBytes(v)) }
	}
	number := func(letter string, zero reflect.Value) (string, reader) {
		return letter, func(_ *Caller, v *C.VM_Value) reflect.Value {
			return reflect.NewAt(zero.Type(), unsafe.Pointer(&v.of)).Elem().Convert(t)
		}
	}
	switch t.Kind() {
	case reflect.Int32:
		return number("i", reflect.ValueOf(int32(0)))
	case reflect.Uint32:
		return number("i", reflect.ValueOf(uint32(0)))
	case reflect.Bool:
		return "i", func(_ *Caller, v *C.VM_Value) reflect.Value { return reflect.ValueOf(get[bool](v)).Convert(t) }
	case reflect.Int64:
		return number("I", reflect.ValueOf(int64(0)))
	case reflect.Uint64:
		return number("I", reflect.ValueOf(uint64(0)))
	case reflect.Float32:
		return number("f", reflect.ValueOf(float32(0)))
	case reflect.Float64:
		return number("F", reflect.ValueOf(float64(0)))
	case reflect.String:
		return "<~", func(_ *Caller, v *C.VM_Value) reflect.Value { return reflect.ValueOf(string(guestBytes(v))).Convert(t) }
	}
	return "", nil
}

// object returns the object that a reference stands for.
func (c *Caller) object(v *C.VM_Value) any {
	var number C.uintptr_t
	C.libvm_go_get_extern(nil, c.raw, *content[C.VM_Ref](v), &number)
	return c.context.kept(number)
}

// guestBytes returns a checked part of the guest's memory, which is not Go's.
func guestBytes(v *C.VM_Value) []byte {
	buffer := content[C.VM_Buffer](v)
	return unsafe.Slice((*byte)(buffer.data), int(buffer.size))
}

// returned returns the letter of a result's type and the type of wasm.
func returned(t reflect.Type) (string, ValType) {
	switch t {
	case anyType:
		return "r", ExternRef
	case funcType_:
		return "c", FuncRef
	case vectorType:
		return "v", V128Type
	}
	switch t.Kind() {
	case reflect.Int32, reflect.Uint32, reflect.Bool:
		return "i", I32
	case reflect.Int64, reflect.Uint64:
		return "I", I64
	case reflect.Float32:
		return "f", F32
	case reflect.Float64:
		return "F", F64
	}
	return "", 0
}

// shape is a function of Go, as reflection sees it.
type shape struct {
	params  string
	readers []reader
	results string
	types   []ValType
	fails   bool // its last result is an error
}

// shapeOf reads the parameters from the one at `first` on, and the results.
func shapeOf(t reflect.Type, first int) (*shape, error) {
	made := &shape{}
	for i := first; i < t.NumIn(); i++ {
		letters, read := parameter(t.In(i))
		if read == nil {
			return nil, failure(StatusWrongType, fmt.Sprintf("parameter %d of the host function has the type %s, which has no equivalent in wasm%s", i+1, t.In(i), remedy(t.In(i))))
		}
		made.params += letters
		made.readers = append(made.readers, read)
	}
	count := t.NumOut()
	if count > 0 && t.Out(count-1) == errorType {
		made.fails = true
		count--
	}
	for i := 0; i < count; i++ {
		letter, sort := returned(t.Out(i))
		if letter == "" {
			return nil, failure(StatusWrongType, fmt.Sprintf("result %d of the host function has the type %s, which has no equivalent in wasm%s", i+1, t.Out(i), remedy(t.Out(i))))
		}
		made.results += letter
		made.types = append(made.types, sort)
	}
	return made, nil
}

// remedy names the types that take the place of those whose size depends on the machine.
func remedy(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return ": use int32 or int64"
	case reflect.Uint, reflect.Uintptr:
		return ": use uint32 or uint64"
	default:
		return ""
	}
}

func (s *shape) signature() string { return "(" + s.params + ")" + s.results }

// reflected makes a host function with reflection.
func reflected(function any) (*hostFunction, error) {
	f := reflect.ValueOf(function)
	if f.Kind() != reflect.Func || f.Type().IsVariadic() {
		return nil, failure(StatusWrongType, fmt.Sprintf("%T is not a function that can be a host function", function))
	}
	first := 0
	if f.Type().NumIn() > 0 && f.Type().In(0) == callerType {
		first = 1
	}
	s, err := shapeOf(f.Type(), first)
	if err != nil {
		return nil, err
	}
	return &hostFunction{signature: s.signature(), call: func(c *Context, raw *C.VM_Caller, args, results []C.VM_Value) error {
		caller := &Caller{c, raw}
		defer func() { caller.raw = nil }()
		given := make([]reflect.Value, 0, first+len(s.readers))
		if first == 1 {
			given = append(given, reflect.ValueOf(caller))
		}
		for i, read := range s.readers {
			given = append(given, read(caller, &args[i]))
		}
		found := f.Call(given)
		if s.fails {
			if err, _ := found[len(found)-1].Interface().(error); err != nil {
				return err
			}
		}
		for i, sort := range s.types {
			if err := caller.put(&results[i], sort, found[i]); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

// put writes a result of a host function.
func (c *Caller) put(v *C.VM_Value, sort ValType, found reflect.Value) error {
	switch {
	case sort == V128Type:
		*v = C.VM_Value{_type: C.VM_VALTYPE_V128}
		*content[V128](v) = found.Interface().(V128)
		return nil
	case sort == ExternRef:
		*v = C.VM_Value{_type: C.VM_VALTYPE_EXTERNREF}
		if found.IsNil() {
			return nil
		}
		number := c.context.keep(found.Interface())
		return check(C.libvm_go_caller_create_extern(c.raw, C.uintptr_t(number), content[C.VM_Ref](v)), nil)
	case found.Kind() == reflect.Bool:
		put(v, found.Bool())
		return nil
	case sort == I32 && found.CanInt():
		put(v, int32(found.Int()))
		return nil
	case sort == I32:
		put(v, uint32(found.Uint()))
		return nil
	case sort == I64 && found.CanInt():
		put(v, found.Int())
		return nil
	case sort == I64:
		put(v, found.Uint())
		return nil
	case sort == F32:
		put(v, float32(found.Float()))
		return nil
	case sort == F64:
		put(v, found.Float())
		return nil
	default:
		return c.context.value(v, sort, found.Interface())
	}
}
