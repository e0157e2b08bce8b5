"""Streams: events from a source through stages to sinks."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ._context import Context, Instance
from ._context_config import unraisable
from ._errors import Status, exception, text
from ._native import ffi, lib
from ._object import NULL, Object, Using, c_string, function_needed, needed
from ._plugins import Plugin
from ._signals import Signals
from ._stream_coroutines import Coroutines
from ._stream_events import Stage, StageEvent, StreamEvent
from ._stream_parts import Ending, Push, PushSource, Sink, Source, StreamPosition, sink_descriptor, source_descriptor
from ._values import from_handle


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


class Stream(Object):
    """A stream of a context: a source, stages and sinks, which `run` passes events through."""

    _noun = "stream"

    def __init__(self, context: Context, name: str) -> None:
        self._context = needed(Context, context)
        self._kept: list[Any] = []
        self._ending = Ending()
        self._coroutines = Coroutines()
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
        """Sets the source: one of a plug-in by its name, a push source with `start` and `stop`, or an iterable. An iterator that raises
        `libvm.WouldBlockError` has no event now; `commit` is told up to which position events are acknowledged."""
        if isinstance(source, Plugin):
            with Using(Plugin, source) as pointer:
                self._call(lib.VM_StreamSetSource, pointer, c_string(name))
            return
        if isinstance(source, Iterable):
            described: Source | Push = Source(source, commit if commit is None else function_needed(commit, "what is told the commits"))
        elif callable(getattr(source, "start", None)) and callable(getattr(source, "stop", None)):
            described = Push(source, self._ending)
        else:
            raise TypeError(f"a source is a plug-in, an iterable or an object with `start` and `stop`, not {type(source).__name__}")
        self._call(lib.VM_StreamSetSourceCallbacks, source_descriptor(described), self._keep(described), NULL)

    def add_sink(
        self,
        sink: Plugin | Callable[[StreamEvent], object],
        name: str = "sink",
        *,
        part: str | None = None,
        flush: Callable[[], object] | None = None,
    ) -> None:
        """Adds a sink: one of a plug-in by its name, with `part` as its name in the stream, or a function, which may be asynchronous, as
        `flush`, which acknowledges what was written."""
        if isinstance(sink, Plugin):
            with Using(Plugin, sink) as pointer:
                self._call(lib.VM_StreamAddSink, pointer, c_string(name), NULL if part is None else c_string(part))
            return
        described = Sink(sink, flush, self._coroutines)
        self._call(lib.VM_StreamAddSinkCallbacks, sink_descriptor(described), c_string(part or name), self._keep(described), NULL)

    def set_dead_letter_sink(self, sink: Plugin | Callable[[StreamEvent], object], name: str = "") -> None:
        """Sets the sink for events that failed, with `ErrorPolicy.DEAD_LETTER`."""
        if isinstance(sink, Plugin):
            with Using(Plugin, sink) as pointer:
                self._call(lib.VM_StreamSetDeadLetterSink, pointer, c_string(name))
            return
        described = Sink(sink, None, self._coroutines)
        self._call(lib.VM_StreamSetDeadLetterSinkCallbacks, sink_descriptor(described), self._keep(described), NULL)

    def add_guest_stage(self, instance: Instance, name: str, *, batched: bool = False) -> None:
        """Adds a stage: an exported function of a guest."""
        self._call(lib.VM_StreamAddGuestStage, needed(Instance, instance)._raw, c_string(name), batched * lib.VM_STAGE_BATCHED)

    def add_plugin_stage(self, plugin: Plugin, module: str, name: str, *, batched: bool = False) -> None:
        """Adds a stage: a function of a plug-in."""
        with Using(Plugin, plugin) as pointer:
            self._call(lib.VM_StreamAddPluginStage, pointer, c_string(module), c_string(name), batched * lib.VM_STAGE_BATCHED)

    def add_stage(self, name: str, function: Callable[[StageEvent], object], *, batched: bool = False) -> None:
        """Adds a stage: a function of the host, which emits what it passes on. What an asynchronous one emits is passed on when it has
        ended."""
        handle = self._keep(Stage(function, self._coroutines, batched))
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
        self._call(lib.VM_StreamSetStateCallback, lib.vmpy_stream_state, self._keep(function_needed(function, "what is told the states")), NULL)

    def close(self) -> None:
        """Stops the stream if it runs, and frees it; a second time does nothing."""
        if not self.closed:
            self.stop()
        super().close()

    def run(self, max_events: int | None = None) -> None:
        """Passes events through the stream until the source ends, or so many; waits for events. Ctrl-C interrupts it. Asynchronous stages
        and sinks get an event loop for the run."""
        self._is_stopped = False
        if self._coroutines.are_needed:
            self._coroutines.drive_now(lambda: self._running(lib.VM_StreamRun, max_events), self.stop)
            return
        if threading.current_thread() is not threading.main_thread():
            self._running(lib.VM_StreamRun, max_events)
            return
        with Signals(lambda: self._call(lib.VM_StreamStop)) as signals:
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

    async def start(self, max_events: int | None = None) -> None:
        """Runs the stream on a thread of its own, and asynchronous stages and sinks in the event loop: `await stream.start()`. It stops when
        its task is cancelled."""
        self._is_stopped = False
        await self._coroutines.drive(lambda: self._running(lib.VM_StreamRun, max_events), self.stop)

    def poll(self, max_events: int | None = None) -> bool:
        """Passes events through that are there; returns whether the stream can go on later."""
        if self._coroutines.are_needed:
            return not self._coroutines.drive_now(lambda: self._running(lib.VM_StreamPoll, max_events), self.stop)
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
            try:
                raise exception(error[0], status, self._ending.take())
            finally:
                lib.VM_ErrorDelete(error[0])
        return self.state in (StreamState.ENDED, StreamState.STOPPED)

    def stop(self) -> None:
        """Stops the run, from any thread, after the events that are under way."""
        self._is_stopped = True
        self._call(lib.VM_StreamStop)

    def rewind(self, position: int) -> None:
        """Continues after a position, that of an event or a `StreamPosition`, with a source that can go back."""
        if position >= StreamPosition.BEGINNING and not isinstance(position, StreamPosition):
            raise ValueError(f"a stream cannot continue after position {position}; the last one is {StreamPosition.BEGINNING - 1}")
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
