"""What host functions learn of their guest: functions by reference, and why calls failed."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import libvm


def test_funcrefs_and_exports_have_their_types(vm: libvm.Context) -> None:
    @vm.function("host", "apply")
    def apply(caller: libvm.Caller, function: libvm.funcref, n: libvm.i32) -> libvm.i32:
        assert str(function.type) == str(caller.export("double").type)
        assert [repr(kind) for kind in function.type.params] == ["i32"]
        assert caller.export("wide").type.results == (libvm.ValType.F64,)
        with pytest.raises(libvm.NotFoundError, match="the calling guest exports no function `none`"):
            caller.export("none")
        return function(n) + caller.call("double", n)  # type: ignore[no-any-return]

    instance = vm.instantiate(libvm.Module(vm.engine, """(module
        (import "host" "apply" (func $apply (param funcref i32) (result i32)))
        (elem declare func $double)
        (func $double (export "double") (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
        (func (export "wide") (param i64 f32 externref) (result f64) (f64.const 1))
        (func (export "go") (result i32) (call $apply (ref.func $double) (i32.const 7))))"""))
    assert instance.exports.go() == 28


def test_why_a_call_of_the_guest_failed(vm: libvm.Context) -> None:
    seen: list[libvm.Trap] = []

    @vm.function("host", "again")
    def again(caller: libvm.Caller, how: libvm.i32) -> None:
        try:
            caller.call("divide")
        except libvm.Trap as error:
            seen.append(error)
            if how:
                raise
        with pytest.raises(libvm.OutOfBoundsError, match="65536"):
            caller.memory.read(65536, 1)

    instance = vm.instantiate(libvm.Module(vm.engine, """(module
        (import "host" "again" (func $again (param i32)))
        (memory (export "memory") 1)
        (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
        (func (export "go") (param i32) (call $again (local.get 0))))"""))
    instance.exports.go(0)
    assert seen[0].trap_code == libvm.TrapCode.DIVISION_BY_ZERO and "integer division by zero" in seen[0].message
    with pytest.raises(libvm.Trap, match="integer division by zero"):
        instance.exports.go(1)


def test_the_traceback_has_the_lines_of_the_host_function(vm: libvm.Context) -> None:
    def fails(where: str) -> None:
        raise ValueError(where)

    def of_numbers(n: libvm.i32) -> libvm.i32:
        fails("numbers")
        return n

    def of_memory(view: memoryview) -> None:
        part = view[1:]  # must not keep the memory in use, as it is in a frame of the traceback
        fails(str(len(part)))

    vm.function("host", "numbers")(of_numbers)
    vm.function("host", "memory")(of_memory)
    instance = vm.instantiate(libvm.Module(vm.engine, """(module
        (import "host" "numbers" (func $numbers (param i32) (result i32)))
        (import "host" "memory" (func $memory (param i32 i32)))
        (memory (export "memory") 1)
        (func (export "numbers") (drop (call $numbers (i32.const 1))))
        (func (export "memory_of") (call $memory (i32.const 0) (i32.const 8))))"""))
    for name, caller, text in (("numbers", "of_numbers", "numbers"), ("memory_of", "of_memory", "7")):
        with pytest.raises(ValueError, match=text) as caught:
            getattr(instance.exports, name)()
        functions = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert functions[-2:] == [caller, "fails"] and functions[0] == "test_the_traceback_has_the_lines_of_the_host_function"
        instance.exports.memory.grow(1)


def test_what_is_used_after_its_callback_says_so(vm: libvm.Context) -> None:
    kept: dict[str, Any] = {}

    @vm.function("host", "f")
    def f(caller: libvm.Caller) -> None:
        kept["caller"] = caller
        for what in ("memory", "export"):
            kept[what] = elsewhere(lambda: caller.memory.size if what == "memory" else caller.export("go"))

    @vm.hook("late")
    def late(event: libvm.HookEvent) -> None:
        kept["event"] = event
        kept["field"] = elsewhere(lambda: event["a"])
        kept["busy"] = error_of(lambda: host_event["a"])
        kept["list"] = error_of(lambda: list(host_event))

    instance = vm.instantiate(libvm.Module(vm.engine, """(module (import "host" "f" (func $f))
        (memory (export "memory") 1) (func (export "go") call $f))"""))
    instance.exports.go()
    host_event = libvm.Event("late", a=1)
    vm.invoke_hooks(host_event)
    with libvm.Stream(vm, "s") as stream:
        stream.set_source([b"one"])
        stream.add_stage("keep", lambda event: kept.update(stage=event))
        stream.add_sink(lambda event: None)
        stream.run()

    elsewhere_only = "the host function runs on another thread, which alone may use what it was called with"
    assert str(kept["memory"]) == f"the size of the guest's memory cannot be read: {elsewhere_only}"
    assert str(kept["export"]) == f"the function `go` of the guest cannot be found: {elsewhere_only}"
    assert str(kept["field"]) == "the field `a` cannot be used: the hook runs on another thread, which alone may use its event"
    is_busy = "hooks are being called with the event, or it waits for one: use it when `invoke_hooks` or `start_hooks` has ended"
    assert str(kept["busy"]) == f"the field `a` cannot be used: {is_busy}" and str(kept["list"]).endswith(is_busy)
    returned = "the host function has returned, and what it was called with is valid only until then"
    ended = "the hook has returned, and its event is valid only until then"
    for use, message in (
        (lambda: kept["caller"].memory.size, f"the size of the guest's memory cannot be read: {returned}"),
        (lambda: kept["caller"].memory.read(0, 4), f"the range of 4 bytes at 0 cannot be used: {returned}"),
        (lambda: kept["caller"].memory.view(0, 4), f"the range of 4 bytes at 0 cannot be used: {returned}"),
        (lambda: kept["caller"].call("go"), f"the function `go` of the guest cannot be found: {returned}"),
        (lambda: kept["caller"].time_left, f"the time left cannot be read: {returned}"),
        (lambda: kept["stage"].event, f"the event of the stage cannot be read: {returned}"),
        (lambda: kept["stage"].next(), f"the next event of the stage cannot be had: {returned}"),
        (lambda: kept["stage"].emit(b""), f"the event cannot be emitted: {returned}"),
        (lambda: kept["event"]["a"], f"the field `a` cannot be used: {ended}"),
        (lambda: "a" in kept["event"], f"the field `a` cannot be used: {ended}"),
        (lambda: list(kept["event"]), f"the fields of the event cannot be listed: {ended}"),
        (lambda: kept["event"].point, f"the name of the point cannot be read: {ended}"),
    ):
        error = error_of(use)
        assert isinstance(error, libvm.StaleError) and str(error) == message


def error_of(use: Callable[[], object]) -> BaseException:
    with pytest.raises(libvm.Error) as caught:
        use()
    return caught.value


def elsewhere(use: Callable[[], object]) -> BaseException:
    """The error on another thread."""
    found: list[BaseException] = []
    thread = threading.Thread(target=lambda: found.append(error_of(use)))
    thread.start()
    thread.join()
    return found[0]


def test_messages_of_wrong_declarations(vm: libvm.Context) -> None:
    with pytest.raises(ValueError, match=r"the signature '\(x\)' contains the unknown letter `x`"):
        vm.function("host", "f", signature="(x)")(lambda: None)
    with pytest.raises(TypeError, match="the parameter `a` of `f` is annotated with .*dict.*, which has no equivalent in wasm: use `libvm.i32`"):

        @vm.function("host", "f")
        def f(a: dict[str, int]) -> None: ...

    vm.function("host", "h", signature="()iv")(lambda: (1, 5))
    instance = vm.instantiate(libvm.Module(vm.engine, """(module (import "host" "h" (func $h (result i32 v128)))
        (func (export "go") (drop (drop (call $h)))))"""))
    with pytest.raises(TypeError, match="`host.h` returned 5, which is not a valid v128"):
        instance.exports.go()


def test_a_raising_stream_of_wasi(vm: libvm.Context) -> None:
    def write(data: bytes) -> None:
        raise RuntimeError("the disk is full")

    with libvm.Wasi(["tool"], stdout=write) as wasi:
        vm.register_wasi(wasi)
        module = libvm.Module(vm.engine, """(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00hi")
            (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))""")
        with pytest.raises(RuntimeError, match="the disk is full"):
            vm.run_wasi(module)
