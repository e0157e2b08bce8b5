"""Guest memory: copies in both directions, and views that nothing can leave dangling."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ._errors import of_caller
from ._home import Home, home_of, in_preparation
from ._native import ffi, lib
from ._types import MemoryType, memory_type

Bytes = bytes | bytearray | memoryview
"""What is written to memory: any object with the buffer protocol, also an array of numpy."""


def _exported(span: Any, leave: Callable[[], None]) -> memoryview:
    """A memoryview of a VM_Buffer: `leave` is called when it and everything that was made from it is released."""
    if not span.size:
        leave()
        return memoryview(bytearray())
    return memoryview(ffi.buffer(ffi.gc(span.data, lambda _: leave()), span.size))


def _leaving(context: Home) -> Callable[[], None]:
    """Ends a view of a context, which stays until then, and its pool with it."""
    return lambda: lib.vmpy_leave_view(context._handle)


def lent_view(context: Home, span: Any) -> memoryview:
    """A view of a buffer that a guest has passed to a host function."""
    if lib.vmpy_enter_view(context._handle):
        raise RuntimeError("the call of the host function is over")
    return _exported(span, _leaving(context))


class _Region:
    """Bytes at addresses."""

    __slots__ = ()

    @property
    def size(self) -> int:
        """The size in bytes."""
        raise NotImplementedError

    def _span(self, address: int, size: int) -> Any:
        raise NotImplementedError

    def _with(self, address: int, size: int, use: Callable[[Any], Any]) -> Any:
        raise NotImplementedError

    def read(self, address: int, size: int) -> bytes:
        """Copies bytes from the memory."""
        return bytes(self._with(address, size, lambda span: bytes(ffi.buffer(span.data, span.size)) if span.size else b""))

    def write(self, address: int, data: Any) -> None:
        """Copies bytes into the memory: any object with the buffer protocol."""
        source = ffi.from_buffer(data)
        self._with(address, len(source), lambda span: ffi.memmove(span.data, source, len(source)) if len(source) else None)

    def read_string(self, address: int, size: int | None = None) -> str:
        """Copies a UTF-8 string of so many bytes, or up to the next NUL."""
        if size is not None:
            return self.read(address, size).decode()
        rest = self.size - address

        def find(span: Any) -> bytes:
            return bytes(ffi.string(ffi.cast("char *", span.data), span.size)) if span.size else b""

        copied: bytes = self._with(address, max(rest, 0), find)
        if len(copied) == rest:
            raise ValueError(f"the string at {address} does not end with NUL")
        return copied.decode()

    def _bounds(self, key: slice) -> tuple[int, int]:
        start, stop, step = key.indices(self.size)
        if step != 1:
            raise ValueError("a slice of guest memory has no step")
        return start, max(stop - start, 0)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, key: int | slice) -> Any:
        if isinstance(key, slice):
            return self.read(*self._bounds(key))
        return self.read(self._address(key), 1)[0]

    def __setitem__(self, key: int | slice, data: Any) -> None:
        if not isinstance(key, slice):
            self.write(self._address(key), bytes([data]))
            return
        start, size = self._bounds(key)
        with memoryview(data) as view:
            if view.nbytes != size:
                raise ValueError(f"{view.nbytes} bytes do not fit a slice of {size} bytes: a memory is not moved by writing")
        self.write(start, data)

    def _address(self, key: int) -> int:
        address = operator.index(key)
        if address < 0:
            address += self.size
        if address < 0:
            raise IndexError(f"the address {key} is outside of the memory")
        return address

    def __bytes__(self) -> bytes:
        return self.read(0, self.size)


class Memory(_Region):
    """A linear memory of a context."""

    __slots__ = ("_context", "_raw")

    def __init__(self, context: Home, raw: Any) -> None:
        self._context, self._raw = context, raw

    def __repr__(self) -> str:
        return f"<libvm.Memory of {self._context!r}>"

    @property
    def size(self) -> int:
        """The size in bytes."""
        size = ffi.new("uint64_t *")
        self._context._read(lib.VM_MemoryGetSize, self._raw, size)
        return int(size[0])

    @property
    def type(self) -> MemoryType:
        """Its type."""
        kind = ffi.new("VM_MemoryType *")
        kind.size = ffi.sizeof("VM_MemoryType")
        self._context._read(lib.VM_MemoryGetType, self._raw, kind)
        return memory_type(kind)

    def grow(self, pages: int) -> int:
        """Adds pages, and returns the previous size in pages. Refused with BufferError while views exist: the memory may move."""
        previous = ffi.new("uint64_t *")
        self._context._call(lib.VM_MemoryGrow, self._raw, pages, previous)
        return int(previous[0])

    def view(self, address: int = 0, size: int | None = None) -> memoryview:
        """A writable memoryview, to use without copying: `with memory.view(0, 16) as view`.

        While it exists, or anything made from it (a slice, an array of numpy), the context does not run guests, grow memories or
        reset: such calls raise BufferError, as `bytearray` does when it is resized.
        """
        if self._context._is_borrowed:
            raise in_preparation()
        handle = self._context._handle
        why = lib.vmpy_enter_view(handle)
        if why:
            raise self._context._refused(why)
        try:
            span = self._span(address, max(self.size - address, 0) if size is None else size)
        except BaseException:
            lib.vmpy_leave_view(handle)
            raise
        return _exported(span, _leaving(self._context))

    def __buffer__(self, flags: int) -> memoryview:
        """The buffer protocol, from Python 3.12 on: `memoryview(memory)`, `numpy.frombuffer(memory)`."""
        return self.view()

    def _span(self, address: int, size: int) -> Any:
        span = ffi.new("VM_Buffer *")
        self._context._read(lib.VM_MemoryGetSpan, self._raw, address, size, span)
        return span

    def _with(self, address: int, size: int, use: Callable[[Any], Any]) -> Any:
        if address < 0 or size < 0:
            raise IndexError(f"the range of {size} bytes at {address} is outside of the memory")
        handle = self._context._handle
        why = lib.vmpy_enter_view(handle)
        if why:
            raise self._context._refused(why)
        try:
            return use(self._span(address, size))
        finally:
            lib.vmpy_leave_view(handle)


class CallerMemory(_Region):
    """The memory of the guest that called a host function."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Any) -> None:
        self._caller = caller

    def _check(self, status: int, what: str) -> None:
        if status:
            raise of_caller(self._caller, status, what)

    @property
    def size(self) -> int:
        """The size in bytes."""
        size = ffi.new("uint64_t *")
        self._check(lib.VM_CallerGetMemorySize(self._caller, size), "the size of the guest's memory cannot be read")
        return int(size[0])

    def view(self, address: int = 0, size: int | None = None) -> memoryview:
        """A writable memoryview: release it, and what was made from it, before the guest is called and before the function returns."""
        span = self._span(address, max(self.size - address, 0) if size is None else size)
        return lent_view(home_of(self._caller), span)

    def _span(self, address: int, size: int) -> Any:
        if address < 0 or size < 0:
            raise IndexError(f"the range of {size} bytes at {address} is outside of the memory")
        span = ffi.new("VM_Buffer *")
        self._check(
            lib.VM_CallerGetMemorySpan(self._caller, address, size, span), f"the range of {size} bytes at {address} cannot be used"
        )
        return span

    def _with(self, address: int, size: int, use: Callable[[Any], Any]) -> Any:
        return use(self._span(address, size))
