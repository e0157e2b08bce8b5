"""Values between Python and wasm, and the Python objects that libvm holds."""

from __future__ import annotations

import operator
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._errors import of_caller
from ._native import ffi, lib
from ._object import NULL
from ._types import ValType

if TYPE_CHECKING:
    from ._home import Home

# What libvm points to, by its address, until libvm frees it.
_held: dict[int, Any] = {}
from_handle = ffi.from_handle


def hold(item: object) -> Any:
    """A pointer to an object that lives until `let_go`."""
    handle = ffi.new_handle(item)
    _held[int(ffi.cast("uintptr_t", handle))] = handle
    return handle


def let_go(pointer: Any) -> None:
    """Ends what `hold` began."""
    _held.pop(int(ffi.cast("uintptr_t", pointer)), None)


@ffi.def_extern()  # type: ignore[untyped-decorator]
def vmpy_free(pointer: Any) -> None:
    let_go(pointer)


# The parameters of a vmpy_Site.
MOST_PACKED = 64


def packing(letters: str) -> struct.Struct:
    """How integers and floats that are passed in 8 bytes each are packed."""
    return struct.Struct("=" + "".join("q" if letter in "iI" else "d" for letter in letters))


def wrapped(value: int, bits: int) -> int:
    """An integer, signed or unsigned, as a signed one."""
    if not -(1 << (bits - 1)) <= value < 1 << bits:
        raise OverflowError(f"{value} is not an i{bits}: it is not between {-(1 << (bits - 1))} and {(1 << bits) - 1}")
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


class Callee:
    """What a funcref refers to: a `libvm.Func`."""

    __slots__ = ("_site",)
    _site: Any


class Reference:
    """A reference of wasm that Python owns."""

    __slots__ = ("raw",)

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def __del__(self) -> None:
        lib.VM_RefRelease(self.raw)


def _ref(made: Any) -> Any:
    copy = ffi.new("VM_Ref *")
    copy[0] = made
    return copy[0]


def set_value(slot: Any, kind: ValType, value: Any, context: Home | None, caller: Any = None) -> Any:
    """Writes a value; returns what has to be kept until the call is over."""
    slot.reserved = 0
    if kind == ValType.I32:
        slot.of.i32 = wrapped(operator.index(value), 32)
    elif kind == ValType.I64:
        slot.of.i64 = wrapped(operator.index(value), 64)
    elif kind == ValType.F32:
        slot.of.f32 = value
    elif kind == ValType.F64:
        slot.of.f64 = value
    elif kind == ValType.V128:
        if len(value) != 16:
            raise ValueError(f"a v128 has 16 bytes, not {len(value)}")
        ffi.memmove(slot.of.v128, value, 16)
    else:
        kept = _set_reference(slot, kind, value, context, caller)
        slot.type = kind
        return kept
    slot.type = kind
    return None


def _set_reference(slot: Any, kind: ValType, value: Any, context: Home | None, caller: Any) -> Any:
    if value is None:
        slot.of.ref = lib.VM_RefNull()
        return None
    if kind == ValType.FUNCREF:
        if not isinstance(value, Callee):
            raise TypeError(f"a funcref is a libvm.Func or None, not {type(value).__name__}")
        slot.of.ref = lib.VM_FuncToRef(value._site.func)
        return value
    made = ffi.new("VM_Ref *")
    if caller is not None:
        status = lib.VM_CallerCreateExternRef(caller, hold(value), lib.vmpy_free, made)
        if status:
            raise of_caller(caller, status, "the externref cannot be created")
        slot.of.ref = made[0]
        return None
    if context is None:
        raise TypeError("an externref can be created only for a context")
    context._call(lib.VM_RefCreateExtern, hold(value), lib.vmpy_free, made)
    slot.of.ref = made[0]
    return Reference(_ref(made[0]))


def get_value(slot: Any, context: Home | None, caller: Any = None) -> Any:
    """Reads a value. A reference is Python's outside of callbacks, and borrowed in one."""
    kind = slot.type
    if kind == ValType.I32:
        return slot.of.i32
    if kind == ValType.I64:
        return slot.of.i64
    if kind == ValType.F32:
        return slot.of.f32
    if kind == ValType.F64:
        return slot.of.f64
    if kind == ValType.V128:
        return bytes(ffi.buffer(slot.of.v128, 16))
    raw = _ref(slot.of.ref)
    if raw.context == 0:
        return None
    if kind == ValType.FUNCREF:
        if context is None:
            raise TypeError("a funcref belongs to a context")
        if caller is not None:
            lib.VM_CallerRetainRef(caller, raw)
        return context._function_of(Reference(raw), caller)
    pointer = ffi.new("void **")
    if caller is not None:
        status = lib.VM_CallerGetExternRef(caller, raw, pointer)
        if status:
            raise of_caller(caller, status, "the externref cannot be read")
        return NULL if pointer[0] == NULL else from_handle(pointer[0])
    owned = Reference(raw)
    assert context is not None
    context._call(lib.VM_RefGetExtern, owned.raw, pointer)
    return from_handle(pointer[0])


def array(types: Sequence[ValType], values: Sequence[Any], context: Home | None, caller: Any = None) -> tuple[Any, list[Any]]:
    """An array of values, and what has to be kept until the call is over."""
    if len(values) != len(types):
        raise TypeError(f"the function takes {len(types)} argument{'s' if len(types) != 1 else ''}, not {len(values)}")
    made = ffi.new("VM_Value[]", max(len(types), 1))
    kept = [set_value(made[index], kind, value, context, caller) for index, (kind, value) in enumerate(zip(types, values))]
    return made, kept


def results(values: Any, count: int, context: Home | None, caller: Any = None) -> Any:
    """The results of a call: None, the only one, or a tuple."""
    if count == 0:
        return None
    if count == 1:
        return get_value(values[0], context, caller)
    return tuple(get_value(values[index], context, caller) for index in range(count))
