"""Calls of guests with str and bytes, in memory that the guest's own allocator provides."""

from __future__ import annotations

from typing import Any, overload

from ._context import Instance
from ._errors import LimitError, Status
from ._object import needed
from ._types import ValType


class Allocator:
    """Passes str and bytes to the functions of an instance, and returns theirs.

    `allocate(size) -> address` and `free(address)` or `free(address, size)` are names of functions that the guest exports. Each str
    or bytes argument is two parameters of the function, address and length; it is freed after the call, whatever the call does. A
    function that returns bytes has two results, address and length, or an `i64` with the address in the upper half and the length
    in the lower one; they are copied and freed.
    """

    def __init__(self, instance: Instance, allocate: str = "malloc", free: str = "free", memory: str = "memory") -> None:
        self.instance = needed(Instance, instance)
        self.memory = instance.memory(memory)
        self._allocate = instance.function(allocate)
        self._free = instance.function(free)
        if len(self._allocate.type.params) != 1 or len(self._allocate.type.results) != 1:
            raise TypeError(f"`{allocate}` has the type {self._allocate.type}: an allocator takes a size and returns an address")
        if len(self._free.type.params) not in (1, 2):
            raise TypeError(f"`{free}` has the type {self._free.type}: it takes an address, or an address and a size")
        self._mask = 0xFFFFFFFF if self._allocate.type.results[0] == ValType.I32 else 0xFFFFFFFFFFFFFFFF

    def put(self, data: bytes | bytearray | memoryview | str) -> tuple[int, int]:
        """Copies data into memory that the guest has allocated; returns address and size. `free` it."""
        given = data.encode() if isinstance(data, str) else bytes(data)
        address = self._allocate(len(given)) & self._mask
        if address == 0 and given:
            raise LimitError(f"the guest's `{self._allocate.name}` has no {len(given)} bytes", Status.OUT_OF_MEMORY)
        try:
            self.memory.write(address, given)
        except BaseException:
            self.free(address, len(given))
            raise
        return address, len(given)

    def free(self, address: int, size: int) -> None:
        """Frees what the guest has allocated."""
        self._free(*(address, size)[: len(self._free.type.params)])

    def take(self, address: int, size: int) -> bytes:
        """Copies bytes that the guest has allocated, and frees them."""
        try:
            return self.memory.read(address, size)
        finally:
            self.free(address, size)

    @overload
    def call(self, name: str, *args: Any, returns: type[bytes]) -> bytes: ...

    @overload
    def call(self, name: str, *args: Any, returns: type[str]) -> str: ...

    @overload
    def call(self, name: str, *args: Any, returns: None = None) -> Any: ...

    def call(self, name: str, *args: Any, returns: type[Any] | None = None) -> Any:
        """Calls an exported function with str, bytes and numbers; with `returns=bytes` or `returns=str` it returns those."""
        function = self.instance.function(name)
        if returns not in (None, bytes, str):
            raise TypeError(f"`returns` is bytes, str or None, not {returns!r}")
        wide = function.type.results == (ValType.I64,)
        if returns is not None and not wide and len(function.type.results) != 2:
            raise TypeError(f"`{name}` has the type {function.type}: one that returns bytes has two results, or an i64")
        allocated: list[tuple[int, int]] = []
        given: list[Any] = []
        try:
            for value in args:
                if isinstance(value, (bytes, bytearray, memoryview, str)):
                    allocated.append(self.put(value))
                    given += allocated[-1]
                else:
                    given.append(value)
            result = function(*given)
        finally:
            for address, size in allocated:
                self.free(address, size)
        if returns is None:
            return result
        if wide:
            address, size = (result >> 32) & 0xFFFFFFFF, result & 0xFFFFFFFF
        else:
            address, size = (part & self._mask for part in result)
        copied = self.take(address, size)
        return copied.decode() if returns is str else copied
