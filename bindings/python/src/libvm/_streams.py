"""Streams: events from a source through stages to sinks."""

from __future__ import annotations

import contextlib
import enum
import inspect
import os
import signal
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ._context_config import unraisable
from ._errors import RAISED, Error, Status, WouldBlockError, describe, exception, failed, of_caller, raised_by_host, text
from ._host import HostFunction
from ._native import ffi, lib
from ._object import NULL, Object, Using, c_string
from ._plugins import Plugin
from ._types import bytes_of
from ._values import from_handle, hold, let_go

if TYPE_CHECKING:
    from ._context import Context, Instance


class StreamState(enum.IntEnum):
    """The state of a stream."""

    IDLE = 1
    RUNNING = 2
    WAITING = 3
    STOPPED = 4
    ENDED = 5
    FAILED = 6


class ErrorPolicy(enum.IntEnum):
    """What happens to an event that a stage fails with."""

    STOP = 0
    SKIP = 1
    DEAD_LETTER = 2


@dataclass(frozen=True)
class StreamEvent:
    """An event of a stream."""

    payload: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)
    timestamp: int = 0
    position: int = 0


@dataclass(frozen=True)
class StreamStatistics:
    """What has passed through a stream."""

    events_in: int
    bytes_in: int
    events_out: int
    bytes_out: int
    calls: int
    failed: int
    skipped: int
    dead_lettered: int
    commits: int
    waits: int
    reconnects: int


@dataclass(frozen=True)
class PartReport:
    """The state of a source or sink."""

    state: int
    reconnects: int
    queued: int
    text: str


def _copied(event: Any) -> StreamEvent:
    metadata = {text(event.metadata[index].key): text(event.metadata[index].value) for index in range(event.metadata_count)}
    return StreamEvent(bytes_of(event.payload), metadata, event.timestamp, event.position)


def _filled(event: Any, given: StreamEvent | bytes) -> list[Any]:
    """Writes an event; returns what has to live as long as it."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        given = StreamEvent(bytes(given))
    if not isinstance(given, StreamEvent) or not isinstance(given.payload, (bytes, bytearray, memoryview)):
        wrong = given.payload if isinstance(given, StreamEvent) else given
        raise TypeError(f"an event is a libvm.StreamEvent of bytes, or bytes, not {type(wrong).__name__}")
    data = bytes(given.payload)
    payload = ffi.new("uint8_t[]", data)
    event.payload.data, event.payload.size = payload, len(data)
    event.timestamp, event.position = given.timestamp, given.position
    fields = ffi.new("VM_StreamField[]", max(len(given.metadata), 1))
    kept: list[Any] = [payload, fields]
    for index, (key, value) in enumerate(given.metadata.items()):
        kept += [ffi.new("char[]", c_string(key)), ffi.new("char[]", c_string(value))]
        fields[index].key, fields[index].value = kept[-2:]
    event.metadata, event.metadata_count = fields, len(given.metadata)
    return kept


class StageEvent:
    """The event that a stage of the host handles, and where it emits others."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Any) -> None:
        self._caller = caller

    @property
    def event(self) -> StreamEvent:
        """The event."""
        event = ffi.new("VM_StreamEvent *")
        event.size = ffi.sizeof("VM_StreamEvent")
        self._check(lib.VM_CallerGetEvent(self._caller, event))
        return _copied(event)

    def next(self) -> bool:
        """In a batched stage: continues with the next event; returns whether there is one."""
        is_next = ffi.new("bool *")
        self._check(lib.VM_CallerNextEvent(self._caller, is_next))
        return bool(is_next[0])

    def emit(self, given: StreamEvent | bytes) -> None:
        """Passes an event on."""
        event = ffi.new("VM_StreamEvent *")
        event.size = ffi.sizeof("VM_StreamEvent")
        kept = _filled(event, given)
        self._check(lib.VM_CallerEmitEvent(self._caller, event))
        del kept

    def _check(self, status: int) -> None:
        if status:
            raise of_caller(self._caller, status, "the event cannot be used")


def _plain(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    """Refuses functions whose work would not have been done when they return."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):
        raise TypeError(f"{what} cannot be asynchronous: it has handled its event when it returns")
    return function


class _Stage(HostFunction):
    def __init__(self, function: Callable[[StageEvent], None]) -> None:
        self.stage = _plain(function, "a stage")

    def __call__(self, caller: Any, args: Any, made: Any) -> int:
        self.stage(StageEvent(caller))
        return 0


class _Source:
    """A source of the host: an iterable, which is iterated again from the beginning by a rewind."""

    def __init__(self, events: Iterable[StreamEvent | bytes], commit: Callable[[int], None] | None) -> None:
        self.events = events
        if commit is not None:
            self.commit = commit

    def opened(self, part: Any) -> _OpenedSource:
        return _OpenedSource(self, part)


class _OpenedSource:
    def __init__(self, source: _Source, part: Any) -> None:
        self.source, self.part = source, part
        self.iterator: Iterator[StreamEvent | bytes] = iter(source.events)
        self.position = 0
        self.kept: list[Any] = []


class StreamPart:
    """The stream as a push source sees it. It may be used on any thread, also when the source was stopped."""

    def __init__(self, part: Any, stream: Stream | None) -> None:
        self.stream, self.name = text(part.stream), text(part.name)
        self._part = ffi.new("VM_StreamPart *", part[0])
        self._stream = weakref.ref(stream) if stream is not None else None

    def emit(self, event: StreamEvent | bytes, *, wait: bool = True) -> bool:
        """Passes an event to the stream; returns False if its queue is full and `wait` is False. Raises `libvm.StaleError` when the source
        was stopped."""
        raw = ffi.new("VM_StreamEvent *")
        raw.size = ffi.sizeof("VM_StreamEvent")
        kept = _filled(raw, event)
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
        stream = self._stream() if self._stream is not None else None
        if stream is not None:
            stream._raised = raised
        lib.VM_StreamPartEnd(self._part, RAISED, describe(raised).encode("utf-8", "replace").replace(b"\0", b"?"))

    def set_state(self, state: int, details: str = "") -> None:
        """Sets the state that the host sees: 1 connecting, 2 connected, 3 disconnected."""
        self._check(lib.VM_StreamPartSetState(self._part, state, c_string(details)), "the state cannot be set")

    def report_reconnect(self, details: str = "") -> None:
        """Reports that a lost connection was established again."""
        self._check(lib.VM_StreamPartReportReconnect(self._part, c_string(details)), "the connection cannot be reported")

    @staticmethod
    def _check(status: int, what: str) -> None:
        if status:
            raise failed(status, what)


class PushSource(Protocol):
    """A source that passes events to the stream by itself, from threads of its own. It may also have `commit(position)`, and
    `rewind(position)`."""

    def start(self, part: StreamPart, /) -> None:
        """Begins: `part.emit` passes events on."""

    def stop(self) -> None:
        """Ends, until it is started again; it may wait for its threads."""


class _Push:
    def __init__(self, source: PushSource, stream: Stream) -> None:
        self.source, self.stream = source, weakref.ref(stream)

    def opened(self, part: Any) -> _OpenedPush:
        return _OpenedPush(self, part)


class _OpenedPush:
    def __init__(self, push: _Push, part: Any) -> None:
        self.source, self.stream, self.part = push.source, push.stream, part


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_start(user: Any) -> int:
    opened: _OpenedPush = from_handle(user)
    return _guarded(opened.part, lambda: opened.source.start(StreamPart(opened.part, opened.stream())))


@ffi.def_extern(onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_stop(user: Any) -> None:
    from_handle(user).source.stop()


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_source_rewind(user: Any, position: int) -> int:
    opened = from_handle(user)
    return _guarded(opened.part, lambda: opened.source.rewind(position))


class _Sink:
    def __init__(self, write: Callable[[StreamEvent], None], flush: Callable[[], None] | None) -> None:
        self.write, self.flush = _plain(write, "a sink"), flush

    def opened(self, part: Any) -> _OpenedSink:
        return _OpenedSink(self, part)


class _OpenedSink:
    def __init__(self, sink: _Sink, part: Any) -> None:
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
        return int(lib.VM_StreamPartFail(part, RAISED, describe(raised).encode("utf-8", "replace").replace(b"\0", b"?")))


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
        opened.kept = _filled(event, given)
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
    return _guarded(opened.part, lambda: opened.sink.write(_copied(event)))


@ffi.def_extern(error=RAISED, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_sink_flush(user: Any) -> int:
    opened: _OpenedSink = from_handle(user)
    flush = opened.sink.flush
    return _guarded(opened.part, lambda: flush() if flush else None)


def _sink_descriptor(flush: Callable[[], None] | None) -> Any:
    sink = ffi.new("VM_SinkDescriptor *")
    sink.size, sink.open, sink.close = ffi.sizeof("VM_SinkDescriptor"), lib.vmpy_part_open, lib.vmpy_part_close
    sink.name = _HOST
    sink.write = lib.vmpy_sink_write
    if flush is not None:
        sink.flush = lib.vmpy_sink_flush
    return sink


_HOST = ffi.new("char[]", b"host")


class _Signals:
    """Stops a stream that runs on the main thread when a signal arrives, because Python handles it only when the run has returned."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.arrived = False

    def __enter__(self) -> _Signals:
        self.inner, self.outer = socket.socketpair()
        self.outer.setblocking(False)
        self.before = signal.set_wakeup_fd(self.outer.fileno(), warn_on_full_buffer=False)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        signal.set_wakeup_fd(self.before)
        self.outer.close()
        self.thread.join()
        self.inner.close()

    def _watch(self) -> None:
        while arrived := self.inner.recv(64):
            self.arrived = True
            if self.before != -1:
                with contextlib.suppress(OSError):
                    os.write(self.before, arrived)
            with contextlib.suppress(Error):
                self.stream._call(lib.VM_StreamStop)

    def take(self) -> bool:
        """Returns whether a signal has arrived since the last question."""
        arrived, self.arrived = self.arrived, False
        return arrived


class Stream(Object):
    """A stream of a context: a source, stages and sinks, which `run` passes events through."""

    _noun = "stream"

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._kept: list[Any] = []
        # What a push source has ended with.
        self._raised: BaseException | None = None
        self._is_stopped = False
        self._own(lib.VMPY_STREAM, context._make("VM_Stream", lib.VM_StreamCreate, c_string(name)))

    def __del__(self) -> None:
        self.close()

    def set_source(
        self,
        source: Plugin | PushSource | Iterable[StreamEvent | bytes],
        name: str = "",
        *,
        commit: Callable[[int], None] | None = None,
    ) -> None:
        """Sets the source: one of a plug-in by its name, a push source with `start` and `stop`, or an iterable. An iterator that raises `libvm.WouldBlockError` has no event
        now; `commit` is told up to which position events are acknowledged."""
        if isinstance(source, Plugin):
            with Using(source) as (pointer,):
                self._call(lib.VM_StreamSetSource, pointer, c_string(name))
            return
        described = ffi.new("VM_SourceDescriptor *")
        described.size, described.open, described.close = ffi.sizeof("VM_SourceDescriptor"), lib.vmpy_part_open, lib.vmpy_part_close
        described.name = _HOST
        item: _Source | _Push
        if isinstance(source, Iterable):
            item, has = _Source(source, commit), commit is not None
            described.pull = lib.vmpy_source_pull
        else:
            item, has = _Push(source, self), hasattr(source, "commit")
            described.start, described.stop = lib.vmpy_source_start, lib.vmpy_source_stop
            if hasattr(source, "rewind"):
                described.rewind = lib.vmpy_source_rewind
        if has:
            described.commit = lib.vmpy_source_commit
        handle = self._keep(item)
        self._call(lib.VM_StreamSetSourceCallbacks, described, handle, NULL)

    def add_sink(
        self, sink: Plugin | Callable[[StreamEvent], None], name: str = "sink", *, part: str | None = None, flush: Callable[[], None] | None = None
    ) -> None:
        """Adds a sink: one of a plug-in by its name, with `part` as its name in the stream, or a function."""
        if isinstance(sink, Plugin):
            with Using(sink) as (pointer,):
                self._call(lib.VM_StreamAddSink, pointer, c_string(name), NULL if part is None else c_string(part))
            return
        handle = self._keep(_Sink(sink, flush))
        self._call(lib.VM_StreamAddSinkCallbacks, _sink_descriptor(flush), c_string(part or name), handle, NULL)

    def set_dead_letter_sink(self, sink: Plugin | Callable[[StreamEvent], None], name: str = "") -> None:
        """Sets the sink for events that failed, with `ErrorPolicy.DEAD_LETTER`."""
        if isinstance(sink, Plugin):
            with Using(sink) as (pointer,):
                self._call(lib.VM_StreamSetDeadLetterSink, pointer, c_string(name))
            return
        self._call(lib.VM_StreamSetDeadLetterSinkCallbacks, _sink_descriptor(None), self._keep(_Sink(sink, None)), NULL)

    def add_guest_stage(self, instance: Instance, name: str, *, batched: bool = False) -> None:
        """Adds a stage: an exported function of a guest."""
        self._call(lib.VM_StreamAddGuestStage, instance._raw, c_string(name), batched * lib.VM_STAGE_BATCHED)

    def add_plugin_stage(self, plugin: Plugin, module: str, name: str, *, batched: bool = False) -> None:
        """Adds a stage: a function of a plug-in."""
        with Using(plugin) as (pointer,):
            self._call(lib.VM_StreamAddPluginStage, pointer, c_string(module), c_string(name), batched * lib.VM_STAGE_BATCHED)

    def add_stage(self, name: str, function: Callable[[StageEvent], None], *, batched: bool = False) -> None:
        """Adds a stage: a function of the host, which emits what it passes on."""
        handle = self._keep(_Stage(function))
        callback = lib.vmpy_callback(b"-", b"-")
        self._call(lib.VM_StreamAddCallbackStage, c_string(name), callback, handle, NULL, batched * lib.VM_STAGE_BATCHED)

    def _keep(self, item: object) -> Any:
        handle = ffi.new_handle(item)
        # The context may outlive the stream, and calls what the stream has added.
        self._kept.append((item, handle))
        self._context._kept.append((item, handle))
        return handle

    def set_option(self, part: str, key: str, value: str) -> None:
        """Sets an option of a source or sink of a plug-in: the part is `source` or the name of the sink."""
        self._call(lib.VM_StreamSetOption, c_string(part), c_string(key), c_string(value))

    def set_batch_size(self, events: int) -> None:
        """Sets how many events are read at once."""
        self._call(lib.VM_StreamSetBatchSize, events)

    def set_error_policy(self, policy: ErrorPolicy) -> None:
        """Sets what happens to events that a stage fails with."""
        self._call(lib.VM_StreamSetErrorPolicy, policy)

    def set_emit_limits(self, events: int, size: int) -> None:
        """Limits what a stage may emit for an event: events and bytes."""
        self._call(lib.VM_StreamSetEmitLimits, events, size)

    def set_queue_size(self, events: int, size: int) -> None:
        """Limits the queue of a push source: events and bytes."""
        self._call(lib.VM_StreamSetQueueSize, events, size)

    def on_state(self, function: Callable[[str, int, str], None]) -> None:
        """Sets the function that is told the states of sources and sinks: part, state and text."""
        self._call(lib.VM_StreamSetStateCallback, lib.vmpy_stream_state, self._keep(function), NULL)

    def close(self) -> None:
        """Stops the stream if it runs, and frees it; a second time does nothing."""
        if not self.closed:
            self.stop()
        super().close()

    def run(self, max_events: int | None = None) -> None:
        """Passes events through the stream until the source ends, or so many; waits for events. Ctrl-C interrupts it."""
        self._is_stopped = False
        if threading.current_thread() is not threading.main_thread():
            self._running(lib.VM_StreamRun, max_events)
            return
        with _Signals(self) as signals:
            while True:
                before = self.statistics.events_in
                self._running(lib.VM_StreamRun, max_events)
                # A handler that has not raised lets the stream go on.
                if not signals.take() or self._is_stopped or self.state != StreamState.STOPPED:
                    return
                if max_events is not None:
                    max_events -= self.statistics.events_in - before
                    if max_events <= 0:
                        return

    def poll(self, max_events: int | None = None) -> bool:
        """Passes events through that are there; returns whether the stream can go on later."""
        return not self._running(lib.VM_StreamPoll, max_events)

    def _running(self, function: Callable[..., int], max_events: int | None) -> bool:
        handle = self._context._handle
        why = lib.vmpy_enter_run(handle)
        if why:
            raise self._context._refused(why)
        try:
            status, error = self._status(function, 2**64 - 1 if max_events is None else max_events)
        finally:
            lib.vmpy_leave_run(handle)
        if status == Status.WOULD_BLOCK:
            lib.VM_ErrorDelete(error[0])
            return False
        if status:
            raised, self._raised = self._raised, None
            try:
                raise exception(error[0], status, raised)
            finally:
                lib.VM_ErrorDelete(error[0])
        return self.state in (StreamState.ENDED, StreamState.STOPPED)

    def stop(self) -> None:
        """Stops the run, from any thread, after the events that are under way."""
        self._is_stopped = True
        self._call(lib.VM_StreamStop)

    def rewind(self, position: int) -> None:
        """Continues after a position, with a source that can go back."""
        self._call(lib.VM_StreamRewind, position)

    @property
    def state(self) -> StreamState:
        """The state."""
        return StreamState(self._get(lib.VM_StreamGetState))

    @property
    def statistics(self) -> StreamStatistics:
        """What has passed through."""
        found = ffi.new("VM_StreamStatistics *")
        found.size = ffi.sizeof("VM_StreamStatistics")
        self._call(lib.VM_StreamGetStatistics, found)
        return StreamStatistics(**{name: getattr(found, name) for name in StreamStatistics.__dataclass_fields__})

    def part_report(self, part: str) -> PartReport:
        """The state of a source or sink."""
        found = ffi.new("VM_StreamPartReport *")
        found.size = ffi.sizeof("VM_StreamPartReport")
        self._call(lib.VM_StreamGetPartReport, c_string(part), found)
        return PartReport(found.state, found.reconnects, found.queued, text(ffi.cast("char *", found.text)))


@ffi.def_extern(onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_stream_state(user: Any, part: Any, state: int, said: Any) -> None:
    from_handle(user)(text(part), state, text(said))
