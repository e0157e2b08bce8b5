"""Sources and sinks of the host: objects that a stream opens, and what libvm calls of them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ._context_config import unraisable
from ._errors import RAISED, Status, WouldBlockError, failed, raised_by_host, text, told
from ._native import ffi, lib
from ._object import NULL, c_string
from ._stream_coroutines import Coroutines
from ._stream_events import StreamEvent, copied, filled
from ._values import from_handle, hold, let_go

_HOST = ffi.new("char[]", b"host")

_OF_PART: Mapping[int, str] = {
    Status.STALE: "the source has ended or was stopped: use the part that its next `start` is passed",
    Status.LIMIT: "it is larger than any stream takes",
    Status.INVALID_ARGUMENT: "a source is connecting (1), connected (2) or disconnected (3)",
}


class Source:
    """A source of the host: an iterable, which is iterated again from the beginning by a rewind."""

    def __init__(self, events: Iterable[StreamEvent | bytes], commit: Callable[[int], None] | None) -> None:
        self.events, self.commit = events, commit

    def opened(self, part: Any) -> _OpenedSource:
        return _OpenedSource(self, part)


class _OpenedSource:
    def __init__(self, source: Source, part: Any) -> None:
        self.source, self.part = source, part
        self.iterator: Iterator[StreamEvent | bytes] = iter(source.events)
        self.position = 0
        self.kept: list[Any] = []


class Ending:
    """The exception with which the push source of a stream has ended, for the run."""

    raised: BaseException | None = None

    def take(self) -> BaseException | None:
        raised, self.raised = self.raised, None
        return raised


class StreamPart:
    """The stream as a push source sees it. It may be used on any thread, also when the source was stopped."""

    def __init__(self, part: Any, ending: Ending) -> None:
        self.stream, self.name = text(part.stream), text(part.name)
        self._part = ffi.new("VM_StreamPart *", part[0])
        self._ending = ending

    def emit(self, event: StreamEvent | bytes, *, wait: bool = True) -> bool:
        """Passes an event to the stream; returns False if its queue is full and `wait` is False. Raises `libvm.StaleError` when the source
        was stopped."""
        raw = ffi.new("VM_StreamEvent *")
        raw.size = ffi.sizeof("VM_StreamEvent")
        kept = filled(raw, event)
        status = lib.VM_StreamPartEmit(self._part, raw, wait * lib.VM_EMIT_WAIT)
        del kept
        if status == Status.WOULD_BLOCK:
            return False
        self._check(status, "the event cannot be passed on")
        return True

    def end(self, raised: BaseException | None = None) -> None:
        """Ends the source: it has no other events. An exception is what `run` then raises."""
        if raised is None:
            lib.VM_StreamPartEnd(self._part, 0, NULL)
            return
        if not isinstance(raised, BaseException):
            raise TypeError(f"an exception is needed, not {type(raised).__name__}")
        self._ending.raised = raised
        lib.VM_StreamPartEnd(self._part, RAISED, told(raised))

    def set_state(self, state: int, details: str = "") -> None:
        """Sets the state that the host sees: 1 connecting, 2 connected, 3 disconnected."""
        self._check(lib.VM_StreamPartSetState(self._part, state, c_string(details)), "the state cannot be set")

    def report_reconnect(self, details: str = "") -> None:
        """Reports that a lost connection was established again."""
        self._check(lib.VM_StreamPartReportReconnect(self._part, c_string(details)), "the connection cannot be reported")

    @staticmethod
    def _check(status: int, what: str) -> None:
        if status:
            raise failed(status, what, _OF_PART)


class StreamPosition(enum.IntEnum):
    """Where a source continues that is rewound, other than after an event."""

    COMMITTED = 2**64 - 1
    """After the last position that was committed."""
    BEGINNING = 2**64 - 2
    """With the first event that the source has."""


class PushSource(Protocol):
    """A source that passes events to the stream by itself, from threads of its own. It may also have `commit(position)`, and
    `rewind(position)`, whose position is that of an event, or a `StreamPosition`."""

    def start(self, part: StreamPart, /) -> None:
        """Begins: `part.emit` passes events on."""

    def stop(self) -> None:
        """Ends, until it is started again; it may wait for its threads."""


class Push:
    """A push source of the host."""

    def __init__(self, source: PushSource, ending: Ending) -> None:
        self.source, self.ending = source, ending

    def opened(self, part: Any) -> _OpenedPush:
        return _OpenedPush(self, part)


class _OpenedPush:
    def __init__(self, push: Push, part: Any) -> None:
        self.source, self.ending, self.part = push.source, push.ending, part


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_start(user: Any) -> int:
    opened: _OpenedPush = from_handle(user)
    return _guarded(opened.part, lambda: opened.source.start(StreamPart(opened.part, opened.ending)))


@ffi.def_extern(onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_stop(user: Any) -> None:
    from_handle(user).source.stop()


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_rewind(user: Any, position: int) -> int:
    opened = from_handle(user)
    after: int = StreamPosition(position) if position >= StreamPosition.BEGINNING else position
    return _guarded(opened.part, lambda: opened.source.rewind(after))


class Sink:
    """A sink of the host: a function."""

    def __init__(self, write: Callable[[StreamEvent], object], flush: Callable[[], object] | None, coroutines: Coroutines) -> None:
        self.write = coroutines.waiting(write, "a sink")
        self.flush = None if flush is None else coroutines.waiting(flush, "the flush function of a sink")

    def opened(self, part: Any) -> _OpenedSink:
        return _OpenedSink(self, part)


class _OpenedSink:
    def __init__(self, sink: Sink, part: Any) -> None:
        self.sink, self.part = sink, part


_ENDED = object()
"""The answer of a source without other events."""


def _guarded(part: Any, use: Callable[[], object]) -> int:
    """Runs a function of a source or sink; an exception is its failure, and WouldBlockError means that there is nothing now. The
    value that it returns is ignored, unless it is _ENDED."""
    try:
        return int(lib.VM_STATUS_COMPLETE) if use() is _ENDED else 0
    except WouldBlockError:
        return int(Status.WOULD_BLOCK)
    except BaseException as raised:
        raised_by_host.put(raised)
        return int(lib.VM_StreamPartFail(part, RAISED, told(raised)))


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_part_open(user: Any, part: Any, opened: Any) -> int:
    def use() -> None:
        opened[0] = hold(from_handle(user).opened(part))

    return _guarded(part, use)


@ffi.def_extern(onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_part_close(user: Any) -> None:
    let_go(user)


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_pull(user: Any, event: Any) -> int:
    opened: _OpenedSource = from_handle(user)

    def use() -> object:
        try:
            given = next(opened.iterator)
        except StopIteration:
            return _ENDED
        opened.kept = filled(event, given)
        opened.position += 1
        if not isinstance(given, StreamEvent) or given.position == 0:
            event.position = opened.position
        return None

    return _guarded(opened.part, use)


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_commit(user: Any, position: int) -> int:
    opened = from_handle(user)
    return _guarded(opened.part, lambda: opened.source.commit(position))


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_sink_write(user: Any, event: Any) -> int:
    opened: _OpenedSink = from_handle(user)
    return _guarded(opened.part, lambda: opened.sink.write(copied(event)))


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_sink_flush(user: Any) -> int:
    opened: _OpenedSink = from_handle(user)
    assert opened.sink.flush is not None
    return _guarded(opened.part, opened.sink.flush)


def source_descriptor(source: Source | Push) -> Any:
    """The functions that a source of the host has."""
    described = ffi.new("VM_SourceDescriptor *")
    described.size, described.open, described.close = ffi.sizeof("VM_SourceDescriptor"), lib.vmpy_part_open, lib.vmpy_part_close
    described.name = _HOST
    if isinstance(source, Source):
        described.pull, has_commit = lib.vmpy_source_pull, source.commit is not None
    else:
        described.start, described.stop = lib.vmpy_source_start, lib.vmpy_source_stop
        has_commit = hasattr(source.source, "commit")
        if hasattr(source.source, "rewind"):
            described.rewind = lib.vmpy_source_rewind
    if has_commit:
        described.commit = lib.vmpy_source_commit
    return described


def sink_descriptor(opened: Sink) -> Any:
    """The functions that a sink of the host has."""
    sink = ffi.new("VM_SinkDescriptor *")
    sink.size, sink.open, sink.close = ffi.sizeof("VM_SinkDescriptor"), lib.vmpy_part_open, lib.vmpy_part_close
    sink.name = _HOST
    sink.write = lib.vmpy_sink_write
    if opened.flush is not None:
        sink.flush = lib.vmpy_sink_flush
    return sink
