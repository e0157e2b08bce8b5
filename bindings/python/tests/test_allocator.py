"""Calls with str and bytes through the guest's allocator."""

from __future__ import annotations

import pytest

import libvm

# A bump allocator that counts what is not freed.
TEXT = """(module
    (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024)) (global $live (mut i32) (i32.const 0))
    (func $malloc (export "malloc") (param i32) (result i32)
        (if (i32.gt_u (local.get 0) (i32.const 4096)) (then (return (i32.const 0))))
        (global.set $live (i32.add (global.get $live) (i32.const 1)))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 0))))
    (func (export "free") (param i32 i32) (global.set $live (i32.sub (global.get $live) (i32.const 1))))
    (func (export "live") (result i32) global.get $live)
    (func (export "length") (param i32 i32) (result i32) local.get 1)
    (func $twice (export "twice") (param i32 i32) (result i32 i32)
        (local $to i32)
        (local.set $to (call $malloc (i32.mul (local.get 1) (i32.const 2))))
        (memory.copy (local.get $to) (local.get 0) (local.get 1))
        (memory.copy (i32.add (local.get $to) (local.get 1)) (local.get 0) (local.get 1))
        (local.get $to) (i32.mul (local.get 1) (i32.const 2)))
    (func (export "packed") (param i32 i32) (result i64)
        (local $from i32) (local $size i32)
        (call $twice (local.get 0) (local.get 1)) (local.set $size) (local.set $from)
        (i64.or (i64.shl (i64.extend_i32_u (local.get $from)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
    (func (export "fail") (param i32 i32) unreachable))"""


@pytest.fixture
def instance(vm: libvm.Context) -> libvm.Instance:
    return vm.instantiate(libvm.Module(vm.engine, TEXT))


def test_strings_and_bytes(instance: libvm.Instance) -> None:
    guest = libvm.Allocator(instance)
    assert guest.call("length", "grün") == 5
    assert guest.call("twice", b"ab\0", returns=bytes) == b"ab\0ab\0"
    assert guest.call("twice", "ü", returns=str) == "üü"
    assert guest.call("packed", bytearray(b"xy"), returns=bytes) == b"xyxy"
    assert guest.call("packed", memoryview(b""), returns=bytes) == b""
    assert instance.exports.live() == 0


def test_nothing_is_lost_when_the_call_fails(instance: libvm.Instance) -> None:
    guest = libvm.Allocator(instance)
    with pytest.raises(libvm.Trap):
        guest.call("fail", "text")
    with pytest.raises(libvm.LimitError, match="malloc.*5000"):
        guest.call("length", b"x" * 5000)
    with pytest.raises(TypeError, match="two results"):
        guest.call("length", b"x", returns=bytes)
    with pytest.raises(TypeError, match="returns"):
        guest.call("twice", b"x", returns=int)  # type: ignore[call-overload]
    assert instance.exports.live() == 0
    with pytest.raises(libvm.NotFoundError, match="alloc"):
        libvm.Allocator(instance, allocate="alloc")
    with pytest.raises(TypeError, match="allocator"):
        libvm.Allocator(instance, allocate="live")
