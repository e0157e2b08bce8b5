"""Observing guests: statistics, recordings and their replay, log lines."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._context_config import unraisable
from ._engine import Tier
from ._errors import RAISED, raised_by_host, text
from ._native import ffi, lib
from ._object import NULL, Object, StrPath, c_path, c_string, checked, function_needed, sized
from ._values import from_handle


class LogLevel(enum.IntEnum):
    """The severity of a log line."""

    ERROR = 1
    WARNING = 2
    INFO = 3
    DEBUG = 4
    TRACE = 5


LogCallback = Callable[[LogLevel, str, str], None]
"""Receives the level, the source and the text of a log line."""


@dataclass(frozen=True)
class Statistics:
    """What the guests of a context have done."""

    counts_calls: bool
    traps: int
    memory_bytes: int
    memory_high_water: int
    fuel: int
    host_calls: int
    host_failures: int
    guest_calls: int
    suspensions: int
    host_nanoseconds: int
    guest_nanoseconds: int


@dataclass(frozen=True)
class PluginStatistics:
    """What a plug-in has done in a context."""

    calls: int
    failures: int
    guest_calls: int
    suspensions: int
    nanoseconds: int


class Observed(Object):
    """The functions of a context that observe it."""

    _kept: list[Any]

    @property
    def statistics(self) -> Statistics:
        """What the guests have done; calls are counted with `ContextConfig(statistics=True)`."""
        found = sized("VM_Statistics")
        self._call(lib.VM_ContextGetStatistics, found)
        return Statistics(**{name: getattr(found, name) for name in Statistics.__dataclass_fields__})

    @property
    def tier(self) -> Tier:
        """How the guests run: `Tier.INTERPRETER` or `Tier.COMPILED`."""
        found = ffi.new("VM_Tier *")
        self._call(lib.VM_ContextGetTier, found)
        return Tier(found[0])

    def plugin_statistics(self, name: str) -> PluginStatistics:
        """What a plug-in has done in the context."""
        found = sized("VM_PluginStatistics")
        self._call(lib.VM_ContextGetPluginStatistics, c_string(name), found)
        return PluginStatistics(**{name: getattr(found, name) for name in PluginStatistics.__dataclass_fields__})

    def record(self, output: StrPath | Callable[[bytes], None]) -> None:
        """Records what comes from the host into a file, or passes it to a function, until `stop_recording`."""
        if callable(output):
            handle = ffi.new_handle(function_needed(output, "what receives the recording"))
            self._kept.append((output, handle))
            self._call(lib.VM_ContextRecordToCallback, lib.vmpy_record, handle, NULL)
        else:
            self._call(lib.VM_ContextRecordToFile, c_path(output))

    def replay(self, recording: StrPath | bytes) -> None:
        """Makes host functions answer as they did in a recording."""
        if isinstance(recording, bytes):
            self._call(lib.VM_ContextReplayFromBuffer, recording, len(recording))
        else:
            self._call(lib.VM_ContextReplayFromFile, c_path(recording))

    def stop_recording(self) -> None:
        """Ends a recording or replay."""
        self._call(lib.VM_ContextStopRecording)

    def set_log_callback(self, callback: LogCallback | None, level: LogLevel = LogLevel.INFO) -> None:
        """Sets the function that receives the log lines of the context, down to a level."""
        handle = NULL if callback is None else ffi.new_handle(function_needed(callback, "what receives the log"))
        self._kept.append((callback, handle))
        self._call(lib.VM_ContextSetLogCallback, level, NULL if callback is None else lib.vmpy_log, handle, NULL)


_process_log: list[Any] = []


def set_log_callback(callback: LogCallback | None, level: LogLevel = LogLevel.INFO) -> None:
    """Sets the function that receives the log lines of the process, down to a level."""
    handle = NULL if callback is None else ffi.new_handle(function_needed(callback, "what receives the log"))
    _process_log.append((callback, handle))  # another thread may be writing a line to the one before
    checked(lib.VM_LogSetCallback, level, NULL if callback is None else lib.vmpy_log, handle, NULL)


@ffi.def_extern(onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_log(user: Any, level: int, source: Any, line: Any) -> None:
    from_handle(user)(LogLevel(level), text(source), text(line))


@ffi.def_extern(error=RAISED, onerror=lambda kind, raised, trace: raised_by_host.put(raised, trace))  # type: ignore[untyped-decorator]
def vmpy_record(user: Any, data: Any, size: int) -> int:
    from_handle(user)(bytes(ffi.buffer(data, size)))
    return 0
