"""Types of values, and the annotations of host functions."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from ._native import ffi, lib
from ._object import NULL


class ValType(enum.IntEnum):
    """The type of a value."""

    I32 = 1
    I64 = 2
    F32 = 3
    F64 = 4
    V128 = 5
    FUNCREF = 6
    EXTERNREF = 7

    def __repr__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class _Buffer:
    """A parameter that is a pointer and a length in wasm."""

    sigil: str
    kind: str


i32 = Annotated[int, ValType.I32]
"""A 32-bit integer; a signed or unsigned one is accepted, and a signed one returned."""
i64 = Annotated[int, ValType.I64]
"""A 64-bit integer; a signed or unsigned one is accepted, and a signed one returned."""
f32 = Annotated[float, ValType.F32]
"""A 32-bit float."""
f64 = Annotated[float, ValType.F64]
"""A 64-bit float."""
v128 = Annotated[bytes, ValType.V128]
"""A vector: 16 bytes, little-endian as in linear memory."""
externref = Annotated[object, ValType.EXTERNREF]
"""Any Python object; None is the null reference."""
funcref = Annotated[Any, ValType.FUNCREF]
"""A function of a guest (`libvm.Func`), or None."""
cstring = Annotated[str, _Buffer("$", "str")]
"""As a parameter: a string in guest memory that ends with NUL, one parameter of wasm."""
output = Annotated[memoryview, _Buffer(">~", "view")]
"""As a parameter: a range of guest memory to write, a pointer and a length in wasm."""

_LETTERS = {"i": ValType.I32, "I": ValType.I64, "f": ValType.F32, "F": ValType.F64, "v": ValType.V128, "c": ValType.FUNCREF, "r": ValType.EXTERNREF}
_OF_TYPE = {value: letter for letter, value in _LETTERS.items()}


@dataclass(frozen=True)
class FuncType:
    """The type of a function."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]

    def __str__(self) -> str:
        return f"({' '.join(map(repr, self.params))}) -> ({' '.join(map(repr, self.results))})"


@dataclass(frozen=True)
class Signature:
    """The type of a host function: letters of a signature string for each parameter and result, and what Python receives."""

    params: tuple[str, ...]
    kinds: tuple[str, ...]
    results: str
    is_tuple: bool
    caller: Any = None
    """The annotation of the first parameter, if that is the call itself."""

    @property
    def text(self) -> str:
        return f"({''.join(self.params)}){self.results}"

    @property
    def func_type(self) -> FuncType:
        """As wasm sees it."""
        params: list[ValType] = []
        for letter in self.params:
            params += [ValType.I32] if letter == "$" else [ValType.I32] * 2 if letter.endswith("~") else [_LETTERS[letter]]
        return FuncType(tuple(params), tuple(_LETTERS[letter] for letter in self.results))


def parse(text: str) -> Signature:
    """Reads a signature string, as in `(i<~)I`."""
    inside, closed, results = text.removeprefix("(").partition(")")
    if not text.startswith("(") or not closed:
        raise ValueError(f"the signature {text!r} is not of the form `(ii)i`")
    params: list[str] = []
    rest = inside
    while rest:
        size = 2 if rest[0] in "<>*" else 1
        params.append(rest[:size])
        rest = rest[size:]
    allowed = {*_LETTERS, "$", "<~", ">~", "*~"}
    for letter in (*params, *results):
        if letter not in allowed or (letter in results and letter not in _LETTERS):
            raise ValueError(f"the signature {text!r} contains the unknown letter `{letter}`")
    kinds = tuple("view" if letter in (">~", "*~") else "bytes" if letter in ("<~", "$") else "" for letter in params)
    return Signature(tuple(params), kinds, results, len(results) > 1)


def of_function(function: Callable[..., Any], local_names: Mapping[str, Any]) -> Signature:
    """Reads the annotations of a host function."""
    import inspect

    # A callable object has the annotations of its `__call__`, a partial function those of what it calls.
    annotated: Any = function
    while hasattr(annotated, "func") and not hasattr(annotated, "__annotations__"):
        annotated = annotated.func
    if not hasattr(annotated, "__annotations__") or inspect.isclass(annotated):
        annotated = getattr(annotated, "__call__", annotated)
    name = getattr(function, "__name__", repr(function))
    try:
        hints = get_type_hints(annotated, None, dict(local_names), include_extras=True)
    except NameError as error:
        raise TypeError(f"the annotations of `{name}` cannot be read: {error}; pass `signature=` instead") from None
    params: list[str] = []
    kinds: list[str] = []
    caller = None
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise TypeError(f"the parameter `{parameter.name}` of `{name}` is not positional; pass `signature=` instead")
        if parameter.name not in hints:
            raise TypeError(f"the parameter `{parameter.name}` of `{name}` has no annotation: use `libvm.i32`, …, or pass `signature=`")
        hint = hints[parameter.name]
        if getattr(hint, "_is_caller", False):
            if position:
                raise TypeError(f"the `libvm.{hint.__name__}` of `{name}` must be its first parameter")
            caller = hint
            continue
        letter, kind = _letter(hint, f"the parameter `{parameter.name}` of `{name}`", True)
        params.append(letter)
        kinds.append(kind)
    result = hints.get("return", None)
    if result is None or result is type(None):
        return Signature(tuple(params), tuple(kinds), "", False, caller)
    where = f"the result of `{name}`"
    if get_origin(result) is tuple:
        letters = "".join(_letter(part, where, False)[0] for part in get_args(result))
        return Signature(tuple(params), tuple(kinds), letters, True, caller)
    return Signature(tuple(params), tuple(kinds), _letter(result, where, False)[0], False, caller)


def _letter(hint: Any, where: str, is_parameter: bool) -> tuple[str, str]:
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, ValType):
                return _OF_TYPE[extra], ""
            if isinstance(extra, _Buffer) and is_parameter:
                return extra.sigil, extra.kind
        hint = get_args(hint)[0]
    plain = {float: "F", bool: "i"}.get(hint)
    if plain:
        return plain, "bool" if hint is bool else ""
    buffers = {bytes: ("<~", "bytes"), str: ("<~", "str"), memoryview: ("*~", "view")}
    if is_parameter and hint in buffers:
        return buffers[hint]
    if hint is int:
        raise TypeError(f"{where} is annotated with `int`, which has no size: use `libvm.i32` or `libvm.i64`")
    raise TypeError(f"{where} is annotated with {hint!r}, which has no equivalent in wasm: use `libvm.i32`, …, or pass `signature=`")


def func_type(pointer: Any) -> FuncType:
    """Copies a VM_FuncType."""
    count = ffi.new("size_t *")
    params = lib.VM_FuncTypeGetParams(pointer, count)
    given = tuple(ValType(params[index]) for index in range(count[0]))
    results = lib.VM_FuncTypeGetResults(pointer, count)
    return FuncType(given, tuple(ValType(results[index]) for index in range(count[0])))


@dataclass(frozen=True)
class MemoryType:
    """The type of a linear memory; sizes in pages."""

    minimum: int = 0
    maximum: int | None = None
    is_64: bool = False
    page_size: int = 65536


@dataclass(frozen=True)
class TableType:
    """The type of a table; sizes in elements."""

    element: ValType = ValType.FUNCREF
    minimum: int = 0
    maximum: int | None = None
    is_64: bool = False


@dataclass(frozen=True)
class GlobalType:
    """The type of a global."""

    content: ValType
    is_mutable: bool = False


ExternType = FuncType | MemoryType | TableType | GlobalType


def _sizes(pointer: Any) -> tuple[int, int | None, bool]:
    return pointer.minimum, pointer.maximum if pointer.has_maximum else None, bool(pointer.is_64)


def memory_type(pointer: Any) -> MemoryType:
    """Copies a VM_MemoryType."""
    return MemoryType(*_sizes(pointer), pointer.page_size or 65536)


def table_type(pointer: Any) -> TableType:
    """Copies a VM_TableType."""
    return TableType(ValType(pointer.element), *_sizes(pointer))


def global_type(pointer: Any) -> GlobalType:
    """Copies a VM_GlobalType."""
    return GlobalType(ValType(pointer.content), bool(pointer.is_mutable))


def extern_type(pointer: Any) -> ExternType | None:
    """Copies a VM_ExternType; None for NULL."""
    if pointer == NULL:
        return None
    if pointer.kind == lib.VM_EXTERN_FUNC:
        return func_type(pointer.function)
    if pointer.kind == lib.VM_EXTERN_MEMORY:
        return memory_type(pointer.memory)
    return table_type(pointer.table) if pointer.kind == lib.VM_EXTERN_TABLE else global_type(getattr(pointer, "global"))


def c_limits(name: str, kind: MemoryType | TableType) -> Any:
    """A VM_MemoryType or VM_TableType."""
    made = ffi.new(name + " *")
    made.size = ffi.sizeof(name)
    made.minimum, made.has_maximum, made.is_64 = kind.minimum, kind.maximum is not None, kind.is_64
    made.maximum = kind.maximum or 0
    if isinstance(kind, MemoryType):
        made.page_size = kind.page_size
    else:
        made.element = kind.element
    return made


def bytes_of(value: Any) -> bytes:
    """Copies a VM_Bytes or VM_Buffer."""
    return bytes(ffi.buffer(value.data, value.size)) if value.size else b""


