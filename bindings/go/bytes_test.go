package libvm_test

import (
	"bytes"
	"errors"
	"libvm"
	"testing"
)

// A guest that counts its blocks: `alloc` and `release` keep the number of those in use in a global.
const shouts = `(module
	(memory (export "memory") 1 4)
	(global $next (mut i32) (i32.const 1024))
	(global (export "blocks") (mut i32) (i32.const 0))
	(func $alloc (export "alloc") (param i32) (result i32)
		(if (i32.gt_u (local.get 0) (i32.const 20000)) (then (return (i32.const 0))))
		(global.set 1 (i32.add (global.get 1) (i32.const 1)))
		(global.get $next)
		(global.set $next (i32.add (global.get $next) (local.get 0))))
	(func (export "release") (param i32 i32) (global.set 1 (i32.sub (global.get 1) (i32.const 1))))
	(func (export "shout") (param i32 i32) (result i64) (local $out i32) (local $i i32)
		(local.set $out (call $alloc (local.get 1)))
		(loop $again
			(if (i32.lt_u (local.get $i) (local.get 1)) (then
				(i32.store8 (i32.add (local.get $out) (local.get $i))
					(i32.sub (i32.load8_u (i32.add (local.get 0) (local.get $i))) (i32.const 32)))
				(local.set $i (i32.add (local.get $i) (i32.const 1)))
				(br $again))))
		(i64.or (i64.shl (i64.extend_i32_u (local.get $out)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
	(func (export "both") (param i32 i32 i32 i32) (result i32 i32) (local.get 0) (local.get 3))
	(func (export "lies") (result i32 i32) (i32.const 8) (i32.const -1))
	(func (export "none") (param i32 i32))
	(func (export "traps") (param i32 i32) (result i64) (unreachable)))`

var allocator = libvm.Allocator{Alloc: "alloc", Free: "release"}

func TestBytes(t *testing.T) {
	instance := instanceOf(t, nil, shouts)
	blocks := func(expected int32) {
		t.Helper()
		global, err := instance.Global("blocks")
		if err != nil {
			t.Fatal(err)
		}
		if found, err := global.Get(); found != expected || err != nil {
			t.Fatalf("%v blocks are in use, not %d: %v", found, expected, err)
		}
	}
	if text, err := instance.CallString(allocator, "shout", "hello"); text != "HELLO" || err != nil {
		t.Fatal(text, err)
	}
	blocks(0)
	if text, err := instance.CallString(allocator, "shout", ""); text != "" || err != nil {
		t.Fatal(text, err)
	}
	if data, err := instance.CallBytes(allocator, "none", []byte{1}); data != nil || err != nil {
		t.Fatal(data, err)
	}
	if _, err := instance.CallBytes(allocator, "traps", "x"); !errors.Is(err, libvm.StatusTrap) {
		t.Fatal(err)
	}
	blocks(1) // of the empty string: `shout` makes one, whose size is 0
	if data, err := instance.CallBytes(allocator, "both", []byte("abcdef"), []byte("xyz")); !bytes.Equal(data, []byte("abc")) || err != nil {
		t.Fatal(data, err)
	}
	if _, err := instance.CallBytes(allocator, "shout", make([]byte, 30000)); !errors.Is(err, libvm.StatusOutOfMemory) {
		t.Fatal(err)
	}
	if _, err := instance.CallBytes(allocator, "lies"); !errors.Is(err, libvm.StatusOutOfBounds) {
		t.Fatal(err)
	}
	for _, wrong := range []libvm.Allocator{{Alloc: "nothing", Free: "release"}, {Alloc: "alloc"}, {Alloc: "alloc", Free: "release", Memory: "m"}} {
		if _, err := instance.CallBytes(wrong, "shout", "x"); !errors.Is(err, libvm.StatusNotFound) {
			t.Fatal(err)
		}
	}
	if _, err := instance.CallBytes(libvm.Allocator{Alloc: "both", Free: "release"}, "shout", "x"); !errors.Is(err, libvm.StatusWrongType) {
		t.Fatal(err)
	}
}
