"""Tables and globals of a context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._native import ffi, lib
from ._types import GlobalType, TableType, ValType, global_type, table_type
from ._values import get_value, set_value

if TYPE_CHECKING:
    from ._home import Home


class Table:
    """A table: functions of guests, or Python objects."""

    __slots__ = ("_context", "_raw")

    def __init__(self, context: Home, raw: Any) -> None:
        self._context, self._raw = context, raw

    @property
    def type(self) -> TableType:
        """Its type."""
        kind = ffi.new("VM_TableType *")
        kind.size = ffi.sizeof("VM_TableType")
        self._context._read(lib.VM_TableGetType, self._raw, kind)
        return table_type(kind)

    def __len__(self) -> int:
        size = ffi.new("uint64_t *")
        self._context._read(lib.VM_TableGetSize, self._raw, size)
        return int(size[0])

    def __getitem__(self, index: int) -> Any:
        slot = ffi.new("VM_Value *")
        self._context._read(lib.VM_TableRead, self._raw, index, slot)
        return get_value(slot, self._context)

    def __setitem__(self, index: int, value: Any) -> None:
        slot = ffi.new("VM_Value *")
        kept = set_value(slot, self.type.element, value, self._context)
        self._context._read(lib.VM_TableWrite, self._raw, index, slot)
        del kept

    def grow(self, elements: int, value: Any = None) -> int:
        """Adds elements with a value, and returns the previous size."""
        slot, previous = ffi.new("VM_Value *"), ffi.new("uint64_t *")
        kept = set_value(slot, self.type.element, value, self._context)
        self._context._read(lib.VM_TableGrow, self._raw, elements, slot, previous)
        del kept
        return int(previous[0])


class Global:
    """A global."""

    __slots__ = ("_context", "_raw", "_type")

    def __init__(self, context: Home, raw: Any) -> None:
        self._context, self._raw = context, raw
        kind = ffi.new("VM_GlobalType *")
        kind.size = ffi.sizeof("VM_GlobalType")
        context._read(lib.VM_GlobalGetType, raw, kind)
        self._type = global_type(kind)

    @property
    def type(self) -> GlobalType:
        """Its type."""
        return self._type

    @property
    def value(self) -> Any:
        """Its value."""
        slot = ffi.new("VM_Value *")
        self._context._read(lib.VM_GlobalRead, self._raw, slot)
        return get_value(slot, self._context)

    @value.setter
    def value(self, value: Any) -> None:
        slot = ffi.new("VM_Value *")
        kept = set_value(slot, ValType(self._type.content), value, self._context)
        self._context._read(lib.VM_GlobalWrite, self._raw, slot)
        del kept
