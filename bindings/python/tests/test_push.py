"""Push sources, and hooks that answer later."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

import libvm


class Ticker:
    """Emits numbers on a thread of its own."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count, self.failure = count, failure
        self.next, self.stopped = 1, 0
        self.committed: list[int] = []
        self.rewound: list[int] = []
        self.thread: threading.Thread | None = None

    def start(self, part: libvm.StreamPart) -> None:
        self.thread = threading.Thread(target=self.run, args=(part,))
        self.thread.start()

    def run(self, part: libvm.StreamPart) -> None:
        part.set_state(2, f"to {part.stream}.{part.name}")
        try:
            while self.next <= self.count:
                part.emit(libvm.StreamEvent(b"%d" % self.next, {"kind": "tick"}, position=self.next))
                self.next += 1
        except libvm.StaleError:
            self.stopped += 1
            return
        part.end(self.failure)

    def stop(self) -> None:
        assert self.thread is not None
        self.thread.join()

    def commit(self, position: int) -> None:
        self.committed.append(position)

    def rewind(self, position: int) -> None:
        self.rewound.append(position)
        self.next = 1


def test_a_push_source(vm: libvm.Context) -> None:
    source, out = Ticker(100), list[libvm.StreamEvent]()
    with libvm.Stream(vm, "ticks") as stream:
        stream.set_source(source)
        stream.set_queue_size(4, 1000)
        stream.add_sink(out.append)
        stream.run(3)
        assert [event.payload for event in out] == [b"1", b"2", b"3"] and out[0].metadata == {"kind": "tick"}
        assert stream.part_report("source").text == "to ticks.source"
        stream.run()
        assert stream.state == libvm.StreamState.ENDED
    assert out[-1].payload == b"100" and source.committed[-1] == 100


def test_positions_for_rewinding(vm: libvm.Context) -> None:
    source, last = Ticker(1), libvm.StreamPosition.BEGINNING - 1
    with libvm.Stream(vm, "again") as stream:
        stream.set_source(source)
        stream.add_sink(lambda event: None)
        for position in (*libvm.StreamPosition, 0, last):
            stream.rewind(position)
        # Not those that mean something else.
        for position in (last + 1, last + 2):
            with pytest.raises(ValueError, match=f"^a stream cannot continue after position {position}; the last one is {last}$"):
                stream.rewind(position)
    assert source.rewound == [*libvm.StreamPosition, 0, last]
    assert [type(position) for position in source.rewound] == [libvm.StreamPosition] * 2 + [int] * 2


def test_a_push_source_that_fails(vm: libvm.Context) -> None:
    with libvm.Stream(vm, "failing") as stream:
        stream.set_source(Ticker(2, ConnectionError("lost")))
        stream.add_sink(lambda event: None)
        with pytest.raises(ConnectionError, match="lost"):
            stream.run()

    class Refusing:
        def start(self, part: libvm.StreamPart) -> None:
            assert part.emit(b"first", wait=False)
            assert not part.emit(b"second", wait=False)
            with pytest.raises(libvm.ArgumentError, match=r"^the state cannot be set: a source is connecting \(1\), connected \(2\) or disc"):
                part.set_state(5)
            raise OSError("no connection")

        def stop(self) -> None:
            raise AssertionError("it has not begun")

    with libvm.Stream(vm, "refusing") as stream:
        stream.set_source(Refusing())
        stream.set_queue_size(1, 1000)
        stream.add_sink(lambda event: None)
        with pytest.raises(OSError, match="no connection"):
            stream.run()


def test_a_part_outlives_its_stream(vm: libvm.Context) -> None:
    kept: list[libvm.StreamPart] = []

    class Source:
        def start(self, part: libvm.StreamPart) -> None:
            kept.append(part)
            part.end()

        def stop(self) -> None:
            pass

    with libvm.Stream(vm, "kept") as stream:
        stream.set_source(Source())
        stream.add_sink(lambda event: None)
        stream.run()
    why = "the source has ended or was stopped: use the part that its next `start` is passed"
    with pytest.raises(libvm.StaleError, match=f"^the event cannot be passed on: {why}$"):
        kept[0].emit(b"late")
    with pytest.raises(libvm.StaleError, match=f"^the state cannot be set: {why}$"):
        kept[0].set_state(2)
    kept[0].end(ValueError("late"))


def test_hooks_that_answer_later(vm: libvm.Context) -> None:
    @vm.hook("mail.accept")
    async def check(event: libvm.HookEvent) -> libvm.Answer | None:
        assert event.point == "mail.accept" and list(event) == ["sender", "size"]
        await asyncio.sleep(0.001)
        if event["sender"] == "bad":
            raise ValueError("refused")
        event["checked"] = 1
        del event["size"]
        return libvm.Answer.COMPLETE if event.get("sender") == "spam" else None

    async def main() -> None:
        events = [libvm.Event("mail.accept", sender=sender, size=5) for sender in ("spam", "good")]
        assert await vm.start_hooks(events[0]) == libvm.Answer.COMPLETE
        assert await vm.start_hooks(events[1]) == libvm.Answer.CONTINUE
        assert events[0]["checked"] == 1 and "size" not in events[1]
        with pytest.raises(ValueError, match="refused"):
            await vm.start_hooks(libvm.Event("mail.accept", sender="bad", size=5))
        with pytest.raises(libvm.WouldBlockError, match="await context.start_hooks"):
            vm.invoke_hooks(libvm.Event("mail.accept", sender="good", size=5))
        both = asyncio.gather(*(vm.start_hooks(libvm.Event("mail.accept", sender=f"{n}", size=n)) for n in range(20)))
        assert set(await both) == {libvm.Answer.CONTINUE}

        async def late() -> None:
            await vm.start_hooks(libvm.Event("mail.accept", sender="late", size=5))

        waiting = asyncio.ensure_future(late())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    # Without a loop the call waits.
    event = libvm.Event("mail.accept", sender="spam", size=1)
    assert vm.invoke_hooks(event) == libvm.Answer.COMPLETE and event["checked"] == 1
    with pytest.raises(ValueError, match="refused"):
        vm.invoke_hooks(libvm.Event("mail.accept", sender="bad", size=5))


class Silent:
    """Has no events."""

    def start(self, part: libvm.StreamPart) -> None: ...

    def stop(self) -> None: ...


def test_signals_reach_a_stream_that_waits(vm: libvm.Context) -> None:
    def send() -> None:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    seen: list[int] = []
    with libvm.Stream(vm, "silent") as stream:
        stream.set_source(Silent())
        stream.add_sink(lambda event: None)
        send()
        with pytest.raises(KeyboardInterrupt):
            stream.run()
        # A handler that does not raise.
        before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
        try:
            send()
            threading.Timer(0.5, stream.stop).start()
            stream.run()
        finally:
            signal.signal(signal.SIGINT, before)
        assert seen == [signal.SIGINT] and stream.state == libvm.StreamState.STOPPED


def test_a_stream_that_is_closed_by_its_sink(vm: libvm.Context) -> None:
    with libvm.Stream(vm, "endless") as stream:
        stream.set_source(Ticker(1 << 60))
        stream.add_sink(lambda event: stream.close() if event.position == 100 else None)
        with pytest.raises(libvm.ClosedError):
            stream.run()


def test_an_event_that_waits_is_interrupted(vm: libvm.Context) -> None:
    @vm.hook("mail.late")
    async def late(event: libvm.HookEvent) -> None:
        await asyncio.sleep(60)

    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        vm.invoke_hooks(libvm.Event("mail.late"))
