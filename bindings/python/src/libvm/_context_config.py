"""The settings of a context that are made before it exists: limits, its name, tracing."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._config import Config
from ._errors import Status, maybe_text
from ._native import ffi, lib
from ._object import NULL, Object, Using, c_string, function_needed, made, needed
from ._values import from_handle

UNLIMITED = 2**64 - 1
"""Lifts a limit."""


class LimitKind(enum.IntEnum):
    """What would exceed a limit."""

    MEMORY = 1
    MEMORY_SIZE = 2
    TABLE = 3
    INSTANCE = 4
    REFERENCE = 5


@dataclass(frozen=True)
class LimitRequest:
    """What a limit callback is asked: what is used, what would be used, and the limit."""

    kind: LimitKind
    used: int
    wanted: int
    limit: int


class TraceKind(enum.IntEnum):
    """What a trace event is about."""

    HOST_CALL = 1
    HOST_RETURN = 2
    GUEST_CALL = 3
    GUEST_RETURN = 4
    SUSPEND = 5
    RESUME = 6


@dataclass(frozen=True)
class TraceEvent:
    """A call or return, as a trace callback receives it. References among the values are shown as `...`."""

    kind: TraceKind
    depth: int
    status: int
    module: str | None
    function: str | None
    plugin: str | None
    message: str | None
    values: tuple[Any, ...]


class ContextConfig(Object):
    """Settings of a context: `Context(engine, ContextConfig(memory_limit=16 << 20))`."""

    _noun = "configuration"

    def __init__(
        self,
        *,
        config: Config | None = None,
        name: str | None = None,
        memory_limit: int | None = None,
        memory_size_limit: int | None = None,
        table_limit: int | None = None,
        instance_limit: int | None = None,
        reference_limit: int | None = None,
        call_depth_limit: int | None = None,
        open_file_limit: int | None = None,
        hook_retry_limit: int | None = None,
        unknown_imports_trap: bool | None = None,
        may_block: bool | None = None,
        statistics: bool | None = None,
        on_limit: Callable[[LimitRequest], int] | None = None,
        trace: Callable[[TraceEvent], None] | None = None,
    ) -> None:
        self._kept: list[Any] = []
        self._own(lib.VMPY_CONTEXT_CONFIG, made("VM_ContextConfig", lib.VM_ContextConfigCreate))
        if config is not None:
            with Using(ContextConfig, self) as pointer:
                needed(Config, config)._call(lib.VM_ConfigApplyToContextConfig, pointer)
        if name is not None:
            self._call(lib.VM_ContextConfigSetName, c_string(name))
        for value, setter in (
            (memory_limit, lib.VM_ContextConfigSetMemoryLimit),
            (memory_size_limit, lib.VM_ContextConfigSetMemorySizeLimit),
            (table_limit, lib.VM_ContextConfigSetTableLimit),
            (instance_limit, lib.VM_ContextConfigSetInstanceLimit),
            (reference_limit, lib.VM_ContextConfigSetReferenceLimit),
            (call_depth_limit, lib.VM_ContextConfigSetCallDepthLimit),
            (open_file_limit, lib.VM_ContextConfigSetOpenFileLimit),
            (hook_retry_limit, lib.VM_ContextConfigSetHookRetryLimit),
            (unknown_imports_trap, lib.VM_ContextConfigSetUnknownImportsTrap),
            (may_block, lib.VM_ContextConfigSetMayBlock),
            (statistics, lib.VM_ContextConfigSetStatistics),
        ):
            if value is not None:
                self._call(setter, value)
        for name_of_it, function, callback, set_callback in (
            ("on_limit", on_limit, lib.vmpy_limit, lib.VM_ContextConfigSetLimitCallback),
            ("trace", trace, lib.vmpy_trace, lib.VM_ContextConfigSetTrace),
        ):
            if function is not None:
                handle = ffi.new_handle(function_needed(function, f"`{name_of_it}`"))
                self._kept.append((function, handle))
                self._call(set_callback, callback, handle, NULL)


def unraisable(kind: type[BaseException], raised: BaseException, trace: Any) -> None:
    """Reports an exception of a callback whose caller has no use for it."""
    sys.excepthook(kind, raised, trace)


@ffi.def_extern(error=0, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_limit(user: Any, request: Any) -> int:
    asked = LimitRequest(LimitKind(request.kind), request.used, request.wanted, request.limit)
    return int(from_handle(user)(asked))


@ffi.def_extern(onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_trace(user: Any, event: Any) -> None:
    from_handle(user)(
        TraceEvent(
            TraceKind(event.kind),
            event.depth,
            Status(event.status) if event.status in Status._value2member_map_ else event.status,
            maybe_text(event.module),
            maybe_text(event.function),
            maybe_text(event.plugin),
            maybe_text(event.message),
            tuple(_shown(event.values[index]) for index in range(event.count)),
        )
    )


def _shown(value: Any) -> Any:
    number = {1: "i32", 2: "i64", 3: "f32", 4: "f64"}.get(value.type)
    return getattr(value.of, number) if number else ...
