"""Events of streams, and the stages of the host, which handle them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._errors import of_caller, text
from ._host import HostFunction
from ._native import ffi, lib
from ._object import c_string, is_asynchronous
from ._stream_coroutines import Coroutines
from ._types import bytes_of


@dataclass(frozen=True)
class StreamEvent:
    """An event of a stream."""

    payload: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)
    timestamp: int = 0
    position: int = 0


def copied(event: Any) -> StreamEvent:
    """Copies a VM_StreamEvent."""
    metadata = {text(event.metadata[index].key): text(event.metadata[index].value) for index in range(event.metadata_count)}
    return StreamEvent(bytes_of(event.payload), metadata, event.timestamp, event.position)


def checked(given: StreamEvent | bytes) -> StreamEvent:
    """An event that a source or a stage has made."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        given = StreamEvent(bytes(given))
    if not isinstance(given, StreamEvent) or not isinstance(given.payload, (bytes, bytearray, memoryview)):
        wrong = given.payload if isinstance(given, StreamEvent) else given
        raise TypeError(f"an event is a libvm.StreamEvent of bytes, or bytes, not {type(wrong).__name__}")
    return given


def filled(event: Any, given: StreamEvent | bytes) -> list[Any]:
    """Writes an event; returns what has to live as long as it."""
    given = checked(given)
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
        self._check(lib.VM_CallerGetEvent(self._caller, event), "the event of the stage cannot be read")
        return copied(event)

    def next(self) -> bool:
        """In a batched stage: continues with the next event; returns whether there is one."""
        is_next = ffi.new("bool *")
        self._check(lib.VM_CallerNextEvent(self._caller, is_next), "the next event of the stage cannot be had")
        return bool(is_next[0])

    def emit(self, given: StreamEvent | bytes) -> None:
        """Passes an event on."""
        event = ffi.new("VM_StreamEvent *")
        event.size = ffi.sizeof("VM_StreamEvent")
        kept = filled(event, given)
        self._check(lib.VM_CallerEmitEvent(self._caller, event), "the event cannot be emitted")
        del kept

    def _check(self, status: int, what: str) -> None:
        if status:
            raise of_caller(self._caller, status, what)


class _LateEvent(StageEvent):
    """The event of an asynchronous stage: a copy; what the stage emits is passed on when it has ended."""

    __slots__ = ("_event", "emitted")

    def __init__(self, event: StreamEvent) -> None:
        self._event = event
        self.emitted: list[StreamEvent] = []

    @property
    def event(self) -> StreamEvent:
        """The event."""
        return self._event

    def next(self) -> bool:
        """An asynchronous stage is called with one event."""
        return False

    def emit(self, given: StreamEvent | bytes) -> None:
        """Passes an event on."""
        self.emitted.append(checked(given))


class Stage(HostFunction):
    """A stage of the host."""

    def __init__(self, function: Callable[[StageEvent], object], coroutines: Coroutines, batched: bool) -> None:
        self.stage = coroutines.waiting(function, "a stage")
        self.is_async = is_asynchronous(function)
        if self.is_async and batched:
            raise ValueError("an asynchronous stage cannot be batched: it handles one event at a time")

    def __call__(self, caller: Any, args: Any, made: Any) -> int:
        event = StageEvent(caller)
        if not self.is_async:
            self.stage(event)
            return 0
        late = _LateEvent(event.event)
        self.stage(late)
        for emitted in late.emitted:
            event.emit(emitted)
        return 0
