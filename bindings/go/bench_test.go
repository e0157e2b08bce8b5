package libvm_test

import (
	"libvm"
	"libvm/internal/byhand"
	"testing"
)

const measured = `(module
	(import "host" "add" (func $add (param i32 i32) (result i32)))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func (export "loop") (param i32)
		(loop $again
			(drop (call $add (local.get 0) (i32.const 1)))
			(br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`

func measuredInstance(b *testing.B) *libvm.Instance {
	vm := newContext(b)
	if err := vm.Function("host", "add", func(a, b int32) int32 { return a + b }); err != nil {
		b.Fatal(err)
	}
	instance := instantiate(b, vm, measured)
	return instance
}

func BenchmarkGuestCall(b *testing.B) {
	function, err := measuredInstance(b).Func("add")
	if err != nil {
		b.Fatal(err)
	}
	add, err := libvm.Bind2[int32, int32, int32](function)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if _, err := add(1, 2); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGuestCallByHand(b *testing.B) {
	guest := byhand.New(guest(b, measured))
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		guest.Add(1, 2)
	}
}

func BenchmarkHostCall(b *testing.B) {
	function, err := measuredInstance(b).Func("loop")
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if _, err := function.Call(b.N); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkHostCallByHand(b *testing.B) {
	guest := byhand.New(guest(b, measured))
	b.ResetTimer()
	guest.Loop(int32(b.N))
}
