"""Asynchronous host functions that call their guest and use its memory."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import libvm

TEXT = """(module
    (import "host" "go" (func $go (param i32) (result i32)))
    (import "host" "wait" (func $wait (param i32) (result i32)))
    (memory (export "memory") 1)
    (global $count (export "count") (mut i32) (i32.const 0))
    (func (export "run") (param i32) (result i32) (i32.add (i32.const 1000) (call $go (local.get 0))))
    (func (export "double") (param i32) (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1))) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "waits") (param i32) (result i32) (call $wait (local.get 0)))
    (func (export "again") (param i32) (result i32) (call $go (local.get 0)))
    (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 12) (local.get 0)))
    (func (export "swap") (param i32 i64) (result i64 i32) local.get 1 local.get 0)
    (func (export "same") (param externref) (result externref) local.get 0)
    (func (export "malloc") (param i32) (result i32) i32.const 64))"""

Go = Callable[[libvm.AsyncCaller, int], Coroutine[Any, Any, Any]]


def guest(vm: libvm.Context, body: Go) -> libvm.Instance:
    """A guest whose host function `go` is this, and which can wait."""

    @vm.function("host", "go")
    async def go(caller: libvm.AsyncCaller, n: libvm.i32) -> libvm.i32:
        return await body(caller, n)  # type: ignore[no-any-return]

    @vm.function("host", "wait")
    async def wait(n: libvm.i32) -> libvm.i32:
        await asyncio.sleep(0.001)
        if n < 0:
            raise LookupError(f"nothing waits for {n}")
        return n + 1

    return vm.instantiate(libvm.Module(vm.engine, TEXT))


def run(vm: libvm.Context, body: Go, n: int = 0) -> Any:
    """What the guest returns, started in a loop."""

    async def main() -> Any:
        return await asyncio.wait_for(_awaited(guest(vm, body).exports.run.start(n)), 60)

    return asyncio.run(main())


async def _awaited(execution: libvm.Execution) -> Any:
    return await execution


def test_calls_of_the_guest(vm: libvm.Context) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        first = await caller.call("double", n)
        await asyncio.sleep(0.001)
        assert await caller.call("swap", 1, 1 << 40) == (1 << 40, 1)
        item = object()
        assert await caller.call("same", item) is item
        return await caller.call("waits", first) + await caller.call("waits", 100)  # type: ignore[no-any-return]

    assert run(vm, body, 5) == 1000 + 11 + 101


def test_a_blocking_call(vm: libvm.Context) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        await asyncio.sleep(0.001)
        assert await caller.use(lambda guest: guest.memory.size) == 65536
        if n:
            await caller.call("waits", n)
        return await caller.call("double", 4)  # type: ignore[no-any-return]

    instance = guest(vm, body)
    assert instance.exports.run(0) == 1008
    with pytest.raises(libvm.WouldBlockError, match="await function.start"):
        instance.exports.run(1)


def test_the_memory_of_the_guest(vm: libvm.Context) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        address = await caller.call("malloc", 5)

        def write(guest: libvm.Caller) -> int:
            with guest.memory.view(address, 5) as view:
                view[:] = b"hello"
            return len(guest.memory.read_string(address))

        assert await caller.use(write) == 5
        assert await caller.use(lambda guest: guest.call("double", 21)) == 42
        with pytest.raises(libvm.OutOfBoundsError, match="65536"):
            await caller.use(lambda guest: guest.memory.read(65536, 1))
        with pytest.raises(TypeError, match="cannot be asynchronous"):
            await caller.use(lambda guest: asyncio.sleep(0))
        return 0

    assert run(vm, body) == 1000
    assert vm.instances[0].exports.memory.read(64, 5) == b"hello"


def test_deep_calls_that_wait(vm: libvm.Context) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        return 1 + await caller.call("again", n - 1) if n else await caller.call("waits", 0)  # type: ignore[no-any-return]

    assert run(vm, body, 60) == 1000 + 60 + 1


def test_calls_at_the_same_time_come_one_after_another(vm: libvm.Context) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        found = await asyncio.gather(*(caller.call("waits" if index % 2 else "double", index) for index in range(10)))
        assert found == [index + 1 if index % 2 else index * 2 for index in range(10)]
        return 0

    assert run(vm, body) == 1000


def test_failures_of_the_guest(engine: libvm.Engine) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        with pytest.raises(libvm.Trap, match="integer division by zero") as caught:
            await caller.call("divide", 0)
        assert caught.value.trap_code == libvm.TrapCode.DIVISION_BY_ZERO
        with pytest.raises(LookupError, match="nothing waits for -1"):
            await caller.call("waits", -1)
        with pytest.raises(libvm.NotFoundError, match="exports no function `none`"):
            await caller.call("none")
        with pytest.raises(TypeError, match="takes 1 argument, not 2"):
            await caller.call("double", 1, 2)
        with pytest.raises(OverflowError, match="is not an i32"):
            await caller.call("double", 1 << 32)
        with libvm.Context(engine) as other:
            foreign = guest(other, body).exports.double
            with pytest.raises(libvm.ArgumentError, match="context"):
                await caller.call(foreign, 1)
        if n == 1:
            await caller.call("divide", 0)
        if n == 2:
            await caller.call("waits", -2)
        return await caller.call("double", 4)  # type: ignore[no-any-return]

    with libvm.Context(engine) as vm:
        assert run(vm, body) == 1008
    with libvm.Context(engine) as vm, pytest.raises(libvm.Trap, match="integer division by zero") as trap:
        run(vm, body, 1)
    assert trap.value.trap_code == libvm.TrapCode.DIVISION_BY_ZERO
    with libvm.Context(engine) as vm, pytest.raises(LookupError, match="nothing waits for -2"):
        run(vm, body, 2)


def test_the_call_is_over(vm: libvm.Context) -> None:
    kept: list[Any] = []

    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        kept[:] = [caller, asyncio.ensure_future(caller.call("double", 1))]
        if n:
            await asyncio.sleep(0)  # it has asked
        await caller.use(lambda guest: kept.append(guest))
        return 0

    async def main() -> None:
        go = guest(vm, body).exports.run
        for n in (0, 1):
            assert await go.start(n) == 1000
            with pytest.raises(libvm.StaleError, match="the call of `host.go` is over, and its libvm.AsyncCaller was valid until then"):
                await kept[0].call("double", 1)
            with pytest.raises(libvm.StaleError, match="the host function has returned, and what it was called with is valid only until then"):
                kept[2].memory.read(0, 1)
            assert kept[1].done() or await asyncio.wait_for(asyncio.wait([kept[1]]), 10)

    asyncio.run(main())


def test_cancelling_while_the_guest_is_called(vm: libvm.Context) -> None:
    log: list[str] = []

    begun = asyncio.Event()

    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        try:
            if n:
                return await caller.call("again", n - 1)  # type: ignore[no-any-return]
            begun.set()
            return await asyncio.sleep(60, 0)
        except asyncio.CancelledError:
            log.append(f"cancelled {n}")
            raise

    async def main() -> None:
        instance = guest(vm, body)
        call = instance.exports.run.start(2)
        await begun.wait()
        waiting = asyncio.ensure_future(_awaited(call))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        while len(log) < 3:
            await asyncio.sleep(0.001)
        assert sorted(log) == ["cancelled 0", "cancelled 1", "cancelled 2"]
        assert instance.exports.double(4) == 8

    asyncio.run(main())


def test_contexts_of_such_functions_are_collected(engine: libvm.Engine) -> None:
    async def body(caller: libvm.AsyncCaller, n: int) -> int:
        await caller.call("double", n)
        return await caller.use(lambda guest: 0)

    freed: list[weakref.ref[libvm.Context]] = []
    for _ in range(20):
        vm = libvm.Context(engine)
        assert run(vm, body) == 1000
        freed.append(weakref.ref(vm))
    del vm
    gc.collect()
    assert not any(reference() for reference in freed)


def test_asynchronous_functions_return_references(vm: libvm.Context) -> None:
    @vm.function("host", "make")
    async def make(function: libvm.funcref) -> tuple[libvm.externref, libvm.funcref]:
        await asyncio.sleep(0)
        return ["made"], function

    text = """(module (import "host" "make" (func $make (param funcref) (result externref funcref)))
        (elem declare func $seven) (func $seven (result i32) i32.const 7)
        (func (export "go") (result externref funcref) (call $make (ref.func $seven))))"""
    go = vm.instantiate(libvm.Module(vm.engine, text)).exports.go

    async def main() -> Any:
        return await go.start()

    for made, seven in (go(), asyncio.run(main())):
        assert made == ["made"] and seven() == 7


def test_wrong_declarations(vm: libvm.Context) -> None:
    async def late(caller: libvm.Caller) -> None: ...
    async def view(data: memoryview) -> None: ...
    def now(caller: libvm.AsyncCaller) -> None: ...
    async def second(n: libvm.i32, caller: libvm.AsyncCaller) -> None: ...

    for function, message in (
        (late, "`host.f` is asynchronous: it cannot take a libvm.Caller or a memoryview, which end before it does; take a libvm.AsyncCaller"),
        (view, "it cannot take a libvm.Caller or a memoryview"),
        (now, "`host.f` is not asynchronous: it takes a libvm.Caller instead of a libvm.AsyncCaller"),
        (second, "the `libvm.AsyncCaller` of `second` must be its first parameter"),
    ):
        with pytest.raises(TypeError, match=message):
            vm.function("host", "f")(function)


def test_a_blocking_call_of_another_context_does_not_wait_for_its_own_loop(engine: libvm.Engine, vm: libvm.Context) -> None:
    async def nothing(caller: libvm.AsyncCaller, n: int) -> int:
        return n

    with libvm.Context(engine) as other:
        waits = guest(other, nothing).exports.waits

        @other.hook("late")
        async def late(event: libvm.HookEvent) -> None: ...

        @vm.function("host", "both")
        def both() -> None:
            with pytest.raises(libvm.WouldBlockError, match="from a running event loop"):
                waits(1)
            with pytest.raises(libvm.WouldBlockError, match="from a running event loop"):
                other.invoke_hooks(libvm.Event("late"))

        go = vm.instantiate(libvm.Module(engine, '(module (import "host" "both" (func $b)) (func (export "go") call $b))')).exports.go
        asyncio.run(_awaiting(lambda: go.start()))


async def _awaiting(start: Callable[[], libvm.Execution]) -> Any:
    return await asyncio.wait_for(_awaited(start()), 60)
