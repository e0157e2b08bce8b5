"""Asynchronous stages and sinks of streams, and streams that are awaited."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

import libvm

from test_push import Silent, Ticker


class Log:
    """An asynchronous sink, which uses what belongs to its loop."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.flushed = 0
        self.loops: set[asyncio.AbstractEventLoop] = set()

    async def __call__(self, event: libvm.StreamEvent) -> int:
        await asyncio.sleep(0.0001)
        self.loops.add(asyncio.get_running_loop())
        self.payloads.append(event.payload)
        return len(self.payloads)

    async def flush(self) -> None:
        await asyncio.sleep(0)
        self.flushed += 1


async def twice(event: libvm.StageEvent, suffix: bytes = b"!") -> None:
    given = event.event
    assert not event.next()
    await asyncio.sleep(0.0001)
    event.emit(given)
    event.emit(libvm.StreamEvent(given.payload + suffix, given.metadata, position=given.position))


def stream_of(vm: libvm.Context, source: Any, log: Log) -> libvm.Stream:
    stream = libvm.Stream(vm, "late")
    stream.set_source(source)
    stream.add_stage("twice", functools.partial(twice, suffix=b"?"))
    stream.add_stage("plain", lambda event: event.emit(event.event))
    stream.add_sink(log, flush=log.flush)
    return stream


def test_a_run_has_a_loop_of_its_own(vm: libvm.Context) -> None:
    log = Log()
    with stream_of(vm, [b"a", b"b", b"c"], log) as stream:
        stream.run(1)
        stream.run()
        assert stream.state == libvm.StreamState.ENDED and not stream.poll()
    assert log.payloads == [b"a", b"a?", b"b", b"b?", b"c", b"c?"]
    assert log.flushed >= 2 and len(log.loops) == 2


def test_streams_are_awaited(engine: libvm.Engine) -> None:
    async def one(index: int) -> list[bytes]:
        log = Log()
        with libvm.Context(engine) as vm, stream_of(vm, Ticker(5), log) as stream:
            await stream.start(2)
            assert log.payloads == [b"1", b"1?", b"2", b"2?"]
            await stream.start()
            assert log.loops == {asyncio.get_running_loop()}
            with pytest.raises(libvm.WouldBlockError, match="the stream has asynchronous functions.*await stream.start"):
                stream.run()
        return log.payloads

    async def main() -> list[Any]:
        return await asyncio.wait_for(asyncio.gather(*map(one, range(5))), 60)

    assert asyncio.run(main()) == [[b"%d%s" % (n, end) for n in range(1, 6) for end in (b"", b"?")]] * 5


def test_streams_without_asynchronous_functions_are_awaited_too(vm: libvm.Context) -> None:
    out: list[bytes] = []

    async def main() -> None:
        with libvm.Stream(vm, "plain") as stream:
            stream.set_source(Ticker(3))
            stream.add_sink(lambda event: out.append(event.payload))
            await stream.start()

    asyncio.run(main())
    assert out == [b"1", b"2", b"3"]


@pytest.mark.parametrize("where", ["stage", "sink", "flush"])
def test_exceptions_arrive_as_they_were_raised(vm: libvm.Context, where: str) -> None:
    async def fail(*args: object) -> None:
        await asyncio.sleep(0)
        raise LookupError(where)

    async def write(event: object) -> None: ...

    with libvm.Stream(vm, "failing") as stream:
        stream.set_source([b"a"])
        if where == "stage":
            stream.add_stage("fail", fail)
        stream.add_sink(fail if where == "sink" else write, flush=fail if where == "flush" else None)
        for _ in range(2):
            with pytest.raises(LookupError, match=where):
                stream.run()
            with pytest.raises(LookupError, match=where):
                asyncio.run(stream.start())


def test_failed_events_go_to_an_asynchronous_sink(vm: libvm.Context) -> None:
    log = Log()

    async def refuse(event: libvm.StageEvent) -> None:
        event.emit(b"not passed on")
        if event.event.payload == b"wrong":
            event.emit("text")  # type: ignore[arg-type]
        raise ValueError("refused")

    with libvm.Stream(vm, "dead") as stream:
        stream.set_source([b"a", b"wrong"])
        stream.add_stage("refuse", refuse)
        stream.add_sink(lambda event: pytest.fail("it has been dropped"))
        stream.set_dead_letter_sink(log)
        stream.set_error_policy(libvm.ErrorPolicy.DEAD_LETTER)
        stream.run()
        assert stream.statistics.dead_lettered == 2
    assert log.payloads == [b"a", b"wrong"]


def test_cancelling_stops_the_stream(vm: libvm.Context) -> None:
    log: list[str] = []

    async def slow(event: libvm.StageEvent) -> None:
        try:
            log.append("begun")
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    async def main() -> None:
        for source in (Silent(), Ticker(3)):
            with libvm.Stream(vm, "slow") as stream:
                stream.set_source(source)
                stream.add_stage("slow", slow)
                stream.add_sink(lambda event: None)
                running = asyncio.ensure_future(stream.start())
                await asyncio.sleep(0.1)
                with pytest.raises(libvm.BusyError):
                    await stream.start()
                running.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await running
                assert stream.state != libvm.StreamState.RUNNING

    asyncio.run(main())
    assert log == ["begun", "cancelled"]


def test_an_asynchronous_function_that_cancels_itself(vm: libvm.Context) -> None:
    async def cancel(event: object) -> None:
        raise asyncio.CancelledError

    with libvm.Stream(vm, "cancelled") as stream:
        stream.set_source([b"a"])
        stream.add_sink(cancel)
        with pytest.raises(concurrent.futures.CancelledError):
            stream.run()


def test_ctrl_c_and_stop(vm: libvm.Context) -> None:
    with stream_of(vm, Silent(), Log()) as stream:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            stream.run()
        threading.Timer(0.2, stream.stop).start()
        stream.run()
        assert stream.state == libvm.StreamState.STOPPED


def test_a_stream_that_is_closed_while_it_is_awaited(vm: libvm.Context) -> None:
    async def main() -> None:
        stream = stream_of(vm, Silent(), Log())
        asyncio.get_running_loop().call_later(0.1, stream.close)
        with pytest.raises(libvm.ClosedError):
            await asyncio.wait_for(stream.start(), 30)

    asyncio.run(main())


def test_what_cannot_be_a_stage_or_a_sink(vm: libvm.Context) -> None:
    async def late(event: object) -> None: ...

    with libvm.Stream(vm, "wrong") as stream:
        with pytest.raises(ValueError, match="an asynchronous stage cannot be batched"):
            stream.add_stage("late", late, batched=True)
        with pytest.raises(TypeError, match="a stage is a function, not str"):
            stream.add_stage("late", "late")  # type: ignore[arg-type]
        for add in (stream.add_sink, stream.set_dead_letter_sink):
            with pytest.raises(TypeError, match="a sink is a function, not NoneType"):
                add(None)  # type: ignore[arg-type]
        stream.set_source([b"a"])
        stream.add_sink(lambda event: late(event))
        with pytest.raises(TypeError, match="a sink returned a coroutine, which nothing waits for: pass the `async def` function itself"):
            stream.run()


ABANDONED = """
import asyncio, libvm
class Silent:
    def start(self, part): pass
    def stop(self): pass
async def late(event): pass
vm = libvm.Context(libvm.Engine())
stream = libvm.Stream(vm, "s")
stream.set_source(Silent())
stream.add_sink(late)
loop = asyncio.new_event_loop()
task = loop.create_task(stream.start())
loop.run_until_complete(asyncio.sleep(0.1))
print("end", flush=True)
"""


def test_the_process_ends_while_a_stream_runs() -> None:
    child = subprocess.run([sys.executable, "-c", ABANDONED], capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr
