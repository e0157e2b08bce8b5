"""Pools of contexts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._context import Context
from ._context_config import ContextConfig
from ._engine import Engine
from ._errors import RAISED, raised_by_host
from ._native import ffi, lib
from ._object import NULL, Object, Using, function_needed, needed


class ContextPool(Object):
    """Contexts that are prepared once and used again: `with pool.take() as context`."""

    _noun = "pool"

    def __init__(
        self, engine: Engine, prepare: Callable[[Context], None] | None = None, *, limit: int = 0, config: ContextConfig | None = None
    ) -> None:
        self._engine = engine
        self._prepare = prepare if prepare is None else function_needed(prepare, "what prepares the contexts of a pool")
        self._kept: list[Any] = [config]
        self._handle_of_self = ffi.new_handle(self)
        created = ffi.new("VM_ContextPool **")
        callback = lib.vmpy_prepare if prepare is not None else NULL
        with Using(ContextConfig, config, optional=True) as pointer:
            needed(Engine, engine)._call(lib.VM_ContextPoolCreate, pointer, limit, created, callback, self._handle_of_self, NULL)
        self._own(lib.VMPY_POOL, created[0])

    def __del__(self) -> None:
        self.close()

    def take(self) -> PooledContext:
        """Takes a context, which is returned when it is closed."""
        return PooledContext._taken(self, self._make("VM_Context", lib.VM_ContextPoolTake))

    def fill(self, count: int) -> None:
        """Creates contexts in advance, until the pool has so many, taken ones included."""
        self._call(lib.VM_ContextPoolFill, count)

    @property
    def idle_count(self) -> int:
        """The number of unused contexts."""
        return int(self._get(lib.VM_ContextPoolGetIdleCount))

    @property
    def taken_count(self) -> int:
        """The number of contexts that are taken."""
        return int(self._get(lib.VM_ContextPoolGetTakenCount))


class PooledContext(Context):
    """A context of a pool. Closing it returns it to the pool, which resets it."""

    @classmethod
    def _taken(cls, pool: ContextPool, pointer: Any) -> PooledContext:
        context = cls.__new__(cls)
        context._begin(pool._engine, pointer, lib.VMPY_CONTEXT, [pool])
        lib.vmpy_handle_set_pool(context._handle, pool._handle)
        return context


@ffi.def_extern(error=RAISED, onerror=lambda kind, raised, trace: raised_by_host.put(raised, trace))  # type: ignore[untyped-decorator]
def vmpy_prepare(user: Any, pointer: Any, error: Any) -> int:
    pool: ContextPool = ffi.from_handle(user)
    assert pool._prepare is not None
    context = Context.__new__(Context)
    context._is_borrowed = True
    context._begin(pool._engine, pointer, lib.VMPY_BORROWED_CONTEXT, pool._kept)
    try:
        pool._prepare(context)
    finally:
        context.close()
    return 0
