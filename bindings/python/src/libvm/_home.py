"""What the rest of the package uses of a context."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from ._errors import Status, UnsupportedError, take
from ._native import ffi, lib
from ._object import Object


class Home(Object):
    """A context, without what is made of the rest of the package."""

    # What libvm points to, and what has to live as long as the context.
    _kept: list[Any]
    _interruptible: bool
    # Whether it is a pool's that is being prepared: it stays the pool's, and views of its memory would outlive it.
    _is_borrowed = False

    def _settle_in(self) -> None:
        _homes[int(ffi.cast("uintptr_t", self._handle))] = self

    def _function_of(self, reference: Any, caller: Any = None) -> Any:
        """The function that a funcref refers to."""
        raise NotImplementedError

    @staticmethod
    def _is_main_thread() -> bool:
        return threading.current_thread() is threading.main_thread()

    def _status(self, function: Callable[..., int], *args: Any) -> tuple[int, Any]:
        """Calls a function that may run the guest or move its memory."""
        handle = self._handle
        error = ffi.new("VM_Error **")
        why = lib.vmpy_enter_run(handle)
        if why:
            raise self._refused(why)
        try:
            return function(handle.object, *args, error), error
        finally:
            lib.vmpy_leave_run(handle)

    def _read(self, function: Callable[..., int], *args: Any) -> None:
        """Calls a function that neither runs the guest nor moves its memory."""
        status, error = Object._status(self, function, *args)
        if status:
            raise take(error, status)


_homes: weakref.WeakValueDictionary[int, Home] = weakref.WeakValueDictionary()


def in_preparation() -> UnsupportedError:
    """The error of what only contexts have that are the caller's."""
    what = "references, views of memory and `Caller.export` cannot be used while the context of a pool is prepared"
    return UnsupportedError(what, Status.UNSUPPORTED)


def home_of(caller: Any) -> Home:
    """The context of a callback."""
    home = lib.vmpy_home(caller)
    if home == ffi.NULL:
        raise in_preparation()
    return _homes[int(ffi.cast("uintptr_t", home))]
