"""What the objects of libvm have in common: they are closed once, and not while they are used."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from ._errors import BusyError, ClosedError, Status, take, text
from ._native import ffi, lib

Self = TypeVar("Self", bound="Object")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
StrPath = str | os.PathLike[str]

NULL = ffi.NULL
_enter, _leave, _enter_run, _leave_run = lib.vmpy_enter, lib.vmpy_leave, lib.vmpy_enter_run, lib.vmpy_leave_run


def c_string(value: str) -> bytes:
    """A string for C; it must not contain NUL."""
    if not isinstance(value, str):
        raise TypeError(f"a str is needed, not {type(value).__name__}")
    encoded = value.encode()
    if b"\0" in encoded:
        raise ValueError("the string contains a NUL character")
    return encoded


def sized(name: str) -> Any:
    """A struct that begins with its size."""
    created = ffi.new(name + " *")
    created.size = ffi.sizeof(name)
    return created


def c_path(path: StrPath) -> bytes:
    """A path for C."""
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ValueError("the path contains a NUL character")
    return encoded


def c_strings(values: Any) -> tuple[Any, int, Any]:
    """An array of strings for C, their number, and what keeps them alive."""
    if isinstance(values, str):
        raise TypeError("a list of strings is needed, not a str")
    kept = [ffi.new("char[]", c_string(value)) for value in values]
    return ffi.new("char *[]", kept), len(kept), kept


def checked(function: Callable[..., int], *args: Any) -> None:
    """Calls a function of libvm that belongs to no object, and raises its error."""
    error = ffi.new("VM_Error **")
    status = function(*args, error)
    if status:
        raise take(error, status)


def made(type_name: str, function: Callable[..., int], *args: Any) -> Any:
    """Calls a function of libvm that creates an object."""
    created = ffi.new(type_name + " **")
    checked(function, *args, created)
    return created[0]


class Object:
    """An object of libvm. It is closed by `close`, at the end of a `with` block, or when nothing refers to it any more."""

    _handle: Any = None
    _noun = "object"

    def _own(self, kind: int, pointer: Any) -> None:
        # Objects that are collected together are finalized in any order, and use one another's handles: the memory of a handle stays
        # until nothing refers to it.
        self._handle = ffi.new("vmpy_Handle *")
        lib.vmpy_handle_open(self._handle, kind, pointer)
        self._closer = ffi.gc(self._handle, lib.vmpy_handle_close)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._handle is None or bool(lib.vmpy_handle_is_closed(self._handle))

    def close(self) -> None:
        """Frees the object, now or when the last call that uses it returns; a second time does nothing."""
        if self._handle is not None:
            lib.vmpy_handle_close(self._handle)

    def __enter__(self: Self) -> Self:
        self._pointer_check()
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<libvm.{type(self).__name__}{' (closed)' if self.closed else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a libvm.{type(self).__name__} cannot be copied or pickled")

    def _pointer_check(self) -> None:
        if self.closed:
            raise self._refused(lib.VMPY_CLOSED)

    def _refused(self, why: int) -> Exception:
        if why == lib.VMPY_VIEWED:
            return BufferError(
                "memoryviews of the guest's memory exist, and the memory may move: release them before the context is used"
            )
        if why == lib.VMPY_BUSY:
            return BusyError(f"the {self._noun} is running on another thread", Status.BUSY)
        return ClosedError(f"the {self._noun} is closed", Status.STALE)

    def _call(self, function: Callable[..., int], *args: Any) -> None:
        """Calls a function with the object, and raises its error."""
        status, error = self._status(function, *args)
        if status:
            raise take(error, status)

    def _status(self, function: Callable[..., int], *args: Any) -> tuple[int, Any]:
        handle = self._handle
        error = ffi.new("VM_Error **")
        why = _enter(handle) if handle is not None else lib.VMPY_CLOSED
        if why:
            raise self._refused(why)
        try:
            return function(handle.object, *args, error), error
        finally:
            _leave(handle)

    def _get(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a function with the object that has no error."""
        handle = self._handle
        why = _enter(handle) if handle is not None else lib.VMPY_CLOSED
        if why:
            raise self._refused(why)
        try:
            return function(handle.object, *args)
        finally:
            _leave(handle)

    def _text(self, function: Callable[..., Any], *args: Any) -> str:
        """Calls a function with the object that returns a string, which is copied while the object is there."""
        return str(self._get(lambda *given: text(function(*given)), *args))

    def _make(self, type_name: str, function: Callable[..., int], *args: Any) -> Any:
        """Calls a function with the object that creates another one."""
        created = ffi.new(type_name + " **")
        self._call(function, *args, created)
        return created[0]


def needed(kind: type[T], item: object) -> T:
    """An argument, which is to be of this class."""
    if not isinstance(item, kind):
        raise TypeError(f"a libvm.{kind.__name__} is needed, not {type(item).__name__}")
    return item


def is_asynchronous(function: Callable[..., Any]) -> bool:
    """Whether a function is an `async def`, or an object with such a `__call__`."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))


def function_needed(function: F, what: str, *, may_be_asynchronous: bool = False) -> F:
    """An argument that libvm calls later."""
    if not callable(function):
        raise TypeError(f"{what} is a function, not {type(function).__name__}")
    if is_asynchronous(function) and not may_be_asynchronous:
        raise TypeError(f"{what} cannot be asynchronous: nothing would wait for it")
    return function


class Using:
    """Holds the pointer of an argument of this class for a call: `with Using(Module, module) as pointer`. None is NULL, if it may be."""

    def __init__(self, kind: type[Object], item: Object | None, *, optional: bool = False) -> None:
        self._item = None if optional and item is None else needed(kind, item)

    def __enter__(self) -> Any:
        if self._item is None:
            return NULL
        self._handle = self._item._handle
        why = _enter(self._handle) if self._handle is not None else lib.VMPY_CLOSED
        if why:
            raise self._item._refused(why)
        return self._handle.object

    def __exit__(self, *_: object) -> None:
        if self._item is not None:
            _leave(self._handle)
