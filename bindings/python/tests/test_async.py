"""asyncio: awaited calls, asynchronous host functions, cancellation; and executions without it."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest

import libvm

TEXT = """(module
    (import "host" "double" (func $double (param i32) (result i32)))
    (func (export "twice") (param i32) (result i32) (call $double (call $double (local.get 0))))
    (func (export "one") (result i32) i32.const 1)
    (func (export "spin") (loop $l (br $l))))"""


COUNT = """(module (func (export "count") (param i32) (result i32) (local $n i32)
    (loop $l
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $n) (local.get 0))))
    (local.get $n)))"""


def with_double(vm: libvm.Context, log: list[str]) -> libvm.Instance:
    @vm.function("host", "double")
    async def double(n: libvm.i32) -> libvm.i32:
        try:
            await asyncio.sleep(0.01 if n >= 0 else 30)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        if n == 99:
            raise LookupError("no double of 99")
        return n * 2

    return vm.instantiate(libvm.Module(vm.engine, TEXT))


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, 60))


def test_many_guests_wait_on_one_thread(engine: libvm.Engine) -> None:
    async def main() -> list[Any]:
        contexts = [libvm.Context(engine) for _ in range(50)]
        instances = [with_double(context, []) for context in contexts]
        begun = time.monotonic()
        found = await asyncio.gather(*(each.exports.twice.start(n) for n, each in enumerate(instances)))
        assert time.monotonic() - begun < 20
        return found

    assert run(main()) == [4 * n for n in range(50)]


def test_a_call_that_does_not_wait_is_awaited_too(vm: libvm.Context) -> None:
    async def main() -> Any:
        return await with_double(vm, []).exports.one.start()

    assert run(main()) == 1


def test_exceptions_of_asynchronous_host_functions(vm: libvm.Context) -> None:
    async def main() -> None:
        instance = with_double(vm, [])
        with pytest.raises(LookupError, match="no double"):
            await instance.exports.twice.start(99)
        assert await instance.exports.twice.start(1) == 4

    run(main())


def test_cancelling_a_task_cancels_the_guest_and_what_it_waits_for(vm: libvm.Context) -> None:
    log: list[str] = []

    async def main() -> None:
        instance = with_double(vm, log)

        async def call() -> None:
            await instance.exports.twice.start(-1)

        task = asyncio.create_task(call())
        await asyncio.sleep(0.05)
        with pytest.raises(libvm.BusyError):
            instance.exports.one()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.05)
        assert log == ["cancelled"]
        assert instance.exports.one() == 1

    run(main())


def test_waiting_for_what_is_awaited(vm: libvm.Context, interruptible: libvm.Engine) -> None:
    async def main() -> None:
        instance = with_double(vm, [])
        for n in range(20):
            execution = instance.exports.twice.start(n)
            awaited = asyncio.ensure_future(_awaited(execution))
            try:
                assert await asyncio.to_thread(execution.wait, 30) == 4 * n
            except libvm.BusyError:
                pass  # the loop was running it
            assert await awaited == 4 * n
        with libvm.Context(interruptible) as other:
            other.set_slice(100)
            count = other.instantiate(libvm.Module(interruptible, COUNT)).exports.count.start(300_000)
            assert not count.done()
            assert count.wait() == await count == 300_000

    run(main())


def test_closing_the_context_ends_what_waits(engine: libvm.Engine) -> None:
    log: list[str] = []

    async def main() -> None:
        vm = libvm.Context(engine)
        call = with_double(vm, log).exports.twice.start(-1)
        await asyncio.sleep(0.02)
        vm.close()
        with pytest.raises((libvm.Cancelled, asyncio.CancelledError)):
            await call
        await asyncio.sleep(0.02)
        assert log == ["cancelled"]

    run(main())


def test_a_loop_ends_while_guests_wait_and_compute(engine: libvm.Engine, interruptible: libvm.Engine) -> None:
    log: list[str] = []

    async def main() -> None:
        for each, name, args in ((engine, "twice", [-1]), (interruptible, "spin", [])):
            with_double(libvm.Context(each), log).exports[name].start(*args)
        await asyncio.sleep(0.03)

    run(main())
    gc.collect()
    assert log == ["cancelled"]


def test_event_loops_of_several_threads(engine: libvm.Engine) -> None:
    found: list[int] = []

    def work() -> None:
        async def main() -> int:
            with libvm.Context(engine) as vm:
                return await with_double(vm, []).exports.twice.start(5)  # type: ignore[no-any-return]

        found.append(run(main()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [20] * 4


def test_blocking_calls_of_asynchronous_functions(vm: libvm.Context) -> None:
    instance = with_double(vm, [])
    assert instance.exports.twice(3) == 12  # without a loop one runs for the call

    async def main() -> None:
        with pytest.raises(libvm.WouldBlockError, match="await"):
            instance.exports.twice(3)

    run(main())


def test_a_computing_guest_leaves_the_loop_its_turns(interruptible: libvm.Engine) -> None:
    async def main() -> int:
        ticks = 0
        with libvm.Context(interruptible) as vm:
            spin = asyncio.ensure_future(_awaited(with_double(vm, []).exports.spin.start()))
            while ticks < 5:
                await asyncio.sleep(0.01)
                ticks += 1
            spin.cancel()
            with pytest.raises(asyncio.CancelledError):
                await spin
        return ticks

    assert run(main()) == 5


async def _awaited(execution: libvm.Execution) -> Any:
    return await execution


def test_timeouts(interruptible: libvm.Engine) -> None:
    with libvm.Context(interruptible) as vm:
        vm.set_timeout(50)
        instance = with_double(vm, [])
        with pytest.raises(TimeoutError) as caught:
            instance.exports.spin()
        assert isinstance(caught.value, libvm.LimitError)
        vm.set_timeout(0)
        execution = instance.exports.spin.start(queue=libvm.Queue())
        with pytest.raises(TimeoutError):
            execution.wait(0.05)
        assert not execution.done()
        execution.cancel()
        with pytest.raises(libvm.Cancelled):
            execution.wait()


def test_queues(engine: libvm.Engine, interruptible: libvm.Engine) -> None:
    queue = libvm.Queue()
    assert queue.fileno() >= 0 and queue.next() is None and not queue.wait(0)
    with libvm.Context(interruptible) as vm:
        vm.set_slice(1000)
        execution = with_double(vm, []).exports.spin.start(queue=queue)
        assert queue.wait(10)
        for _ in range(3):
            assert queue.next() is execution
            assert not execution.poll()
        with pytest.raises(libvm.WouldBlockError):
            execution.result()
        execution.close()
        assert queue.next() is None


def test_cancel_from_another_thread(interruptible: libvm.Engine) -> None:
    with libvm.Context(interruptible) as vm:
        instance, number = with_double(vm, []), vm.cancel_id
        timer = threading.Timer(0.1, lambda: libvm.cancel(number))
        timer.start()
        with pytest.raises(libvm.Cancelled):
            instance.exports.spin()
        assert instance.exports.one() == 1


def test_fuel() -> None:
    with libvm.Engine(fuel=True) as engine, libvm.Context(engine) as vm:
        vm.fuel = 100_000
        instance = with_double(vm, [])
        assert instance.exports.one() == 1
        assert 0 < vm.fuel < 100_000
        with pytest.raises(libvm.OutOfFuel):
            instance.exports.spin()
        vm.add_fuel(1000)
        assert instance.exports.one() == 1


def test_a_host_function_that_cancels_itself(vm: libvm.Context) -> None:
    @vm.function("host", "double")
    async def double(n: libvm.i32) -> libvm.i32:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    reported: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
        with pytest.raises(asyncio.CancelledError):
            await vm.instantiate(libvm.Module(vm.engine, TEXT)).exports.twice.start(1)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert reported == []
