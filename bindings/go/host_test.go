package libvm_test

import (
	"errors"
	"fmt"
	"libvm"
	"strings"
	"testing"
)

const calls = `(module
	(import "host" "print" (func $print (param i32)))
	(import "host" "fail" (func $fail (param i32) (result i32)))
	(import "host" "read" (func $read (param i32 i32) (result i64)))
	(import "host" "fill" (func $fill (param i32 i32)))
	(import "host" "text" (func $text (param i32 i32) (result i32)))
	(import "host" "mixed" (func $mixed (param i32 i64 f32 f64) (result f64 i32)))
	(import "host" "back" (func $back (param i32) (result i32)))
	(memory (export "memory") 1)
	(data (i32.const 8) "hello")
	(func (export "sum") (param i32 i32) (result i32)
		(call $print (local.get 0))
		(i32.add (local.get 0) (local.get 1)))
	(func (export "fail") (param i32) (result i32) (call $fail (local.get 0)))
	(func (export "read") (param i32 i32) (result i64) (call $read (local.get 0) (local.get 1)))
	(func (export "fill") (call $fill (i32.const 100) (i32.const 3)))
	(func (export "text") (result i32) (call $text (i32.const 8) (i32.const 5)))
	(func (export "mixed") (result f64 i32) (call $mixed (i32.const -1) (i64.const 2) (f32.const 0.5) (f64.const 8)))
	(func (export "back") (param i32) (result i32) (call $back (local.get 0)))
	(func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))`

type calling struct {
	*libvm.Instance
	printed []int32
	text    string
	cause   error
}

func newCalling(t *testing.T) *calling {
	made := &calling{cause: fmt.Errorf("no paper: %w", errors.New("tray 2"))}
	context := newContext(t)
	functions := map[string]any{
		"print": func(n int32) { made.printed = append(made.printed, n) },
		"fail": func(kind int32) (int32, error) {
			switch kind {
			case 0:
				panic("out of ink")
			case 1:
				return 0, made.cause
			case 2:
				return 0, &libvm.Error{Status: libvm.StatusUser, Message: "one of our own"}
			}
			return kind, nil
		},
		"read": func(data []byte) (sum int64) {
			for _, each := range data {
				sum += int64(each)
			}
			return sum
		},
		"fill": func(out libvm.Buffer) { copy(out, "abc") },
		"text": func(text string) int32 { made.text = text; return int32(len(text)) },
		"mixed": func(a int32, b int64, c float32, d float64) (float64, bool) {
			return float64(a) + float64(b) + float64(c) + d, true
		},
		"back": libvm.Fn1(func(caller *libvm.Caller, n int32) (int32, error) {
			return libvm.CallExport[int32](caller, "double", n)
		}),
	}
	for name, function := range functions {
		if err := context.Function("host", name, function); err != nil {
			t.Fatal(err)
		}
	}
	made.Instance = instantiate(t, context, calls)
	return made
}

func TestCallsBothWays(t *testing.T) {
	c := newCalling(t)
	results, err := c.Call("sum", 20, int32(22))
	if err != nil || len(results) != 1 || results[0] != int32(42) {
		t.Fatalf("%v, %v", results, err)
	}
	if len(c.printed) != 1 || c.printed[0] != 20 {
		t.Fatalf("printed %v", c.printed)
	}
	sum, err := c.Func("sum")
	if err != nil {
		t.Fatal(err)
	}
	bound, err := libvm.Bind2[int32, int32, int32](sum)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := bound(1, 2); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := libvm.Bind1[int32, int32](sum); !errors.Is(err, libvm.StatusWrongType) {
		t.Fatal(err)
	}
	results, err = c.Call("mixed")
	if err != nil || results[0] != 9.5 || results[1] != int32(1) {
		t.Fatalf("%v, %v", results, err)
	}
	if results, err = c.Call("back", 21); err != nil || results[0] != int32(42) {
		t.Fatalf("%v, %v", results, err)
	}
}

func TestPartsOfMemory(t *testing.T) {
	c := newCalling(t)
	if results, err := c.Call("read", 8, 5); err != nil || results[0] != int64('h'+'e'+'l'+'l'+'o') {
		t.Fatalf("%v, %v", results, err)
	}
	_, err := c.Call("read", 65530, 100)
	if err == nil || !strings.Contains(err.Error(), "100 bytes at address 65530 as its argument 1: outside of the guest's memory") {
		t.Fatal(err)
	}
	if results, err := c.Call("text"); err != nil || results[0] != int32(5) || c.text != "hello" {
		t.Fatalf("%v, %v, %q", results, err, c.text)
	}
	if _, err := c.Call("fill"); err != nil {
		t.Fatal(err)
	}
	memory, err := c.Memory("memory")
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 3)
	if err := memory.Read(100, data); err != nil || string(data) != "abc" {
		t.Fatalf("%q, %v", data, err)
	}
	if err := memory.Write(65536, data); !errors.Is(err, libvm.StatusOutOfBounds) {
		t.Fatal(err)
	}
	err = memory.Access(8, 5, func(data []byte) { data[0] = 'j' })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call("text"); err != nil || c.text != "jello" {
		t.Fatalf("%v, %q", err, c.text)
	}
	if previous, err := memory.Grow(2); previous != 1 || err != nil {
		t.Fatal(previous, err)
	}
	if size, err := memory.Size(); size != 3*libvm.PageSize || err != nil {
		t.Fatal(size, err)
	}
}

func TestErrorsOfHostFunctions(t *testing.T) {
	c := newCalling(t)
	_, err := c.Call("fail", 1)
	if !errors.Is(err, libvm.StatusTrap) || !errors.Is(err, c.cause) || !strings.Contains(err.Error(), "no paper: tray 2") {
		t.Fatal(err)
	}
	var details *libvm.Error
	if !errors.As(err, &details) || len(details.Frames) == 0 || details.Frames[0].Function != "fail" {
		t.Fatalf("%+v", details)
	}
	if _, err = c.Call("fail", 2); !errors.Is(err, libvm.StatusUser) || !strings.Contains(err.Error(), "one of our own") {
		t.Fatal(err)
	}
	if results, err := c.Call("fail", 7); err != nil || results[0] != int32(7) {
		t.Fatalf("%v, %v", results, err)
	}
}

func TestCausesAreThoseOfTheirCalls(t *testing.T) {
	vm := newContext(t)
	causes := []error{&libvm.Error{Status: libvm.StatusBusy, Message: "another context is busy"}, errors.New("a\x00b"), &libvm.Error{}}
	if err := vm.Function("host", "fail", func(n int32) error { return causes[n] }); err != nil {
		t.Fatal(err)
	}
	if err := vm.Function("host", "empty", libvm.Fn{}); !errors.Is(err, libvm.StatusNullArgument) {
		t.Fatal(err)
	}
	instance := instantiate(t, vm, `(module (import "host" "fail" (func $fail (param i32)))
		(table (export "table") 1 funcref) (elem (i32.const 0) $run)
		(func $run (export "run") (param i32) (call $fail (local.get 0))) (func (export "trap") unreachable))`)
	for i, cause := range causes {
		if _, err := instance.Call("run", i); !errors.Is(err, cause) {
			t.Fatal(i, err)
		}
		if _, err := instance.Call("trap"); !errors.Is(err, libvm.StatusTrap) || errors.Is(err, cause) {
			t.Fatal(i, err)
		}
	}
	table, err := instance.Table("table")
	if err != nil {
		t.Fatal(err)
	}
	found, err := table.Get(0)
	if err != nil {
		t.Fatal(err)
	}
	vm.Close()
	if _, err := found.(*libvm.Func).Call(1); !errors.Is(err, libvm.StatusStale) {
		t.Fatal(err)
	}
}

func TestAPanicGoesOnInTheCaller(t *testing.T) {
	c := newCalling(t)
	func() {
		defer func() {
			if panicked := recover(); panicked != "out of ink" {
				t.Fatalf("panicked with %v", panicked)
			}
		}()
		_, err := c.Call("fail", 0)
		t.Fatal("it returned", err)
	}()
	if results, err := c.Call("sum", 1, 2); err != nil || results[0] != int32(3) {
		t.Fatalf("afterwards: %v, %v", results, err)
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	c := newCalling(t)
	for _, each := range []struct {
		args   []any
		status libvm.Status
		text   string
	}{
		{[]any{1}, libvm.StatusWrongCount, "the function (i32, i32) -> (i32) takes 2 arguments, and got 1"},
		{[]any{1, "two"}, libvm.StatusWrongType, "argument 2: i32 is needed, and string was passed"},
		{[]any{1, int64(2)}, libvm.StatusWrongType, "int64 was passed"},
		{[]any{1, 1 << 40}, libvm.StatusWrongType, "does not fit"},
		{[]any{nil, 1}, libvm.StatusWrongType, "argument 1"},
	} {
		_, err := c.Call("sum", each.args...)
		if !errors.Is(err, each.status) || !strings.Contains(err.Error(), each.text) {
			t.Errorf("%v: %v", each.args, err)
		}
	}
	if _, err := c.Call("nothing"); !errors.Is(err, libvm.StatusNotFound) {
		t.Error(err)
	}
	if _, err := c.Call("with\x00nul"); !errors.Is(err, libvm.StatusInvalidArgument) {
		t.Error(err)
	}
}

func TestHostFunctionsAreChecked(t *testing.T) {
	context := newContext(t)
	for _, wrong := range []any{nil, 5, func(...int32) {}, func(int) {}, func() int { return 0 }, func([]int32) {}, func() []byte { return nil }} {
		if err := context.Function("m", "f", wrong); !errors.Is(err, libvm.StatusWrongType) {
			t.Errorf("%T: %v", wrong, err)
		}
	}
	if err := context.Function("m", "f", func(int) {}); !strings.HasSuffix(err.Error(), "no equivalent in wasm: use int32 or int64") {
		t.Error(err)
	}
	if err := context.Function("m", "f", (func())(nil)); !errors.Is(err, libvm.StatusNullArgument) {
		t.Error(err)
	}
	if err := context.Function("m", "f", func() {}); err != nil {
		t.Error(err)
	}
	if err := context.Function("m", "f", func() {}); !errors.Is(err, libvm.StatusAlreadyExists) {
		t.Error(err)
	}
}

func TestAModuleOfSeveralContexts(t *testing.T) {
	module, err := libvm.NewHostModule("host")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	if err := module.Function("tick", func(caller *libvm.Caller) { count++ }); err != nil {
		t.Fatal(err)
	}
	engine := newEngine(t, nil)
	wasm := guest(t, `(module (import "host" "tick" (func $tick)) (func (export "run") (call $tick)))`)
	for i := 0; i < 3; i++ {
		context, err := engine.NewContext()
		if err != nil {
			t.Fatal(err)
		}
		defer context.Close()
		if err := context.RegisterModule(module); err != nil {
			t.Fatal(err)
		}
		if _, err := context.RunWasm(wasm, "run"); err != nil {
			t.Fatal(err)
		}
	}
	if count != 3 {
		t.Fatal(count)
	}
	if err := module.Function("late", func() {}); !errors.Is(err, libvm.StatusSealed) {
		t.Fatal(err)
	}
	module.Close()
	if err := module.Function("later", func() {}); !errors.Is(err, libvm.StatusStale) {
		t.Fatal(err)
	}
}

func TestReferencesToObjects(t *testing.T) {
	context := newContext(t)
	type thing struct{ name string }
	var seen any
	if err := context.Function("host", "look", func(object any) any { seen = object; return object }); err != nil {
		t.Fatal(err)
	}
	instance := instantiate(t, context, `(module
		(import "host" "look" (func $look (param externref) (result externref)))
		(table (export "table") 4 externref)
		(global (export "number") (mut i64) (i64.const 5))
		(func (export "look") (param externref) (result externref) (call $look (local.get 0))))`)
	given := &thing{"lamp"}
	results, err := instance.Call("look", given)
	if err != nil || seen != any(given) || results[0] != any(given) {
		t.Fatalf("%v, %v, %v", results, seen, err)
	}
	if results, err = instance.Call("look", nil); err != nil || results[0] != nil || seen != nil {
		t.Fatalf("%v, %v", results, err)
	}
	table, err := instance.Table("table")
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Set(1, given); err != nil {
		t.Fatal(err)
	}
	if found, err := table.Get(1); err != nil || found != any(given) {
		t.Fatal(found, err)
	}
	if _, err := table.Get(4); !errors.Is(err, libvm.StatusOutOfBounds) {
		t.Fatal(err)
	}
	global, err := instance.Global("number")
	if err != nil {
		t.Fatal(err)
	}
	if err := global.Set(int64(9)); err != nil {
		t.Fatal(err)
	}
	if value, err := global.Get(); value != int64(9) || err != nil {
		t.Fatal(value, err)
	}
	if err := global.Set("nine"); !errors.Is(err, libvm.StatusWrongType) {
		t.Fatal(err)
	}
}

func TestErrorsOfNestedCalls(t *testing.T) {
	vm := newContext(t)
	var found error
	must(t, vm.Function("host", "call", func(caller *libvm.Caller, text string) {
		_, found = libvm.CallExport[libvm.None](caller, text)
	}))
	instance := instantiate(t, vm, `(module (import "host" "call" (func $call (param i32 i32))) (memory (export "memory") 1)
		(data (i32.const 0) "trapnothing") (func (export "trap") unreachable)
		(func (export "run") (param i32 i32) (call $call (local.get 0) (local.get 1))))`)
	call(t, instance, "run", []any{0, 4})
	var details *libvm.Error
	if !errors.As(found, &details) || details.Trap == 0 || details.Status != libvm.StatusTrap {
		t.Fatalf("%+v", found)
	}
	call(t, instance, "run", []any{4, 7})
	fails(t, found, libvm.StatusNotFound, "nothing")
}
