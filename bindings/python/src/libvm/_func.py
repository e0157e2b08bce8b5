"""Functions of guests, with a call path of their own for few integers and floats."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from ._errors import RAISED, Status, exception, of_caller, raised_by_host
from ._execution import Execution, Queue, go_on, start, wait_interruptibly
from ._home import Home
from ._native import ffi, lib
from ._types import FuncType, ValType, func_type, parse
from ._values import MOST_PACKED, Callee, Reference, array, packing, results, wrapped

_INTEGERS = (ValType.I32, ValType.I64)
_FLOATS = (ValType.F32, ValType.F64)


class Func(Callee):
    """A function of a guest: call it, or `start` it."""

    __slots__ = ("_context", "_fast", "_pack", "_name", "_type", "_reference", "__weakref__")

    def __init__(self, context: Home, raw: Any, kind: FuncType, name: str, reference: Reference | None = None) -> None:
        site = ffi.new("vmpy_Site *")
        site.home = context._handle
        site.func = raw
        site.interruptible = context._interruptible
        site.count = min(len(kind.params), MOST_PACKED)
        for index in range(site.count):
            site.params[index] = kind.params[index]
        if len(kind.results) == 1:
            site.result = kind.results[0]
        self._context, self._site, self._name, self._type, self._reference = context, site, name, kind, reference
        self._fast, self._pack = _path(kind)

    @property
    def type(self) -> FuncType:
        """Its type."""
        return self._type

    @property
    def name(self) -> str:
        """The name of the export, or an empty string."""
        return self._name

    def __repr__(self) -> str:
        return f"<libvm.Func {self._name} {self._type}>"

    def __call__(self, *args: Any) -> Any:
        """Calls the function, and returns None, its result, or a tuple of its results."""
        return self._general(args)

    def start(self, *args: Any, queue: Queue | None = None) -> Execution:
        """Starts a call, which can be awaited: `await f.start(1, 2)`."""
        context, site = self._context, self._site
        values, kept = array(self._type.params, args, context)
        execution = start(context, lambda pointer, queue_pointer, created, error: lib.VM_FuncStart(
            pointer, site.func, values, len(args), queue_pointer, created, error
        ), len(self._type.results), queue)
        del kept  # the arguments are copied, and references in them retained, when the call has started
        return execution

    def _general(self, args: Sequence[Any]) -> Any:
        context = self._context
        caller = lib.vmpy_caller(context._handle)
        if caller != ffi.NULL:
            return self._nested(args, caller)
        if self._site.interruptible and context._is_main_thread():
            return self._wait(args)
        values, kept = array(self._type.params, args, context)
        made = ffi.new("VM_Value[]", max(len(self._type.results), 1))
        context._call(lib.VM_FuncCall, self._site.func, values, len(args), made, len(self._type.results))
        del kept
        return results(made, len(self._type.results), context)

    def _nested(self, args: Sequence[Any], caller: Any) -> Any:
        """Calls the function from a host function that this context has called."""
        context, count = self._context, len(self._type.results)
        values, kept = array(self._type.params, args, context, caller)
        made = ffi.new("VM_Value[]", max(count, 1))
        why = lib.vmpy_enter_run(context._handle)
        if why:
            raise context._refused(why)
        try:
            status = lib.VM_CallerCallRef(caller, lib.VM_FuncToRef(self._site.func), values, len(args), made, count)
        finally:
            lib.vmpy_leave_run(context._handle)
        del kept
        if status:
            raised = raised_by_host.take() if status == RAISED else None
            if raised is not None:
                raise raised
            failed = of_caller(caller, status, f"the guest's function `{self._name}` failed")
            # libvm has the error, and passes it on if the host function fails with the same status.
            failed.is_passed_on = True
            raise failed
        return results(made, count, context, caller)

    def _wait(self, args: Sequence[Any]) -> Any:
        """Calls the function so that Ctrl-C interrupts it."""
        execution = self.start(*args)
        return wait_interruptibly(execution)

    def _failed(self, failure: Any, args: Sequence[Any]) -> Any:
        """What to do instead of returning a result."""
        kind = failure.kind
        try:
            if kind == lib.VMPY_INTEGER:
                return failure.integer
            if kind == lib.VMPY_FLOAT:
                return failure.number
            if kind == lib.VMPY_RANGE:
                wrapped(args[failure.index], 32)
            if kind == lib.VMPY_REFUSED:
                raise self._context._refused(failure.index)
            if kind == lib.VMPY_INTERRUPTIBLE:
                return wait_interruptibly(go_on(self._context, failure.execution, len(self._type.results)))
            if kind == lib.VMPY_FAILED and failure.status != Status.REENTRANT:
                raise exception(failure.error, failure.status)
        finally:
            lib.vmpy_failure_delete(failure)
        return self._general(args)

    def _wide(self, args: Sequence[Any]) -> Any:
        """A call with integers that are no int64_t: unsigned ones."""
        return self(*[wrapped(value, 64) if kind == ValType.I64 else wrapped(value, 32) if kind == ValType.I32 else float(value) if isinstance(value, int) else value
                      for kind, value in zip(self._type.params, args)])


def _path(kind: FuncType) -> tuple[Any, Any]:
    """The call path for a type, and how it packs its arguments, if it does; None if it has none of its own."""
    if len(kind.results) > 1:
        return None, None
    shape = "".join("i" if parameter in _INTEGERS else "d" if parameter in _FLOATS else "-" for parameter in kind.params)
    result = kind.results[0] if kind.results else ValType.I32
    if "-" in shape or len(shape) > MOST_PACKED or result not in (*_INTEGERS, *_FLOATS):
        return None, None
    name = f"vmpy_{'call' if result in _INTEGERS else 'number'}_"
    path = getattr(lib, name + shape, None)
    return (path, None) if path is not None else (getattr(lib, name + "packed"), packing(shape).pack)


_TEMPLATE = """
class {name}(Func):
    __slots__ = ()

    def __call__(self{parameters}):
        try:
            result = self._fast(self._site{passed})
        except {refused}:
            return self.{otherwise}(({tuple}))
        if {failed}:
            return self._failed({failure}(result), ({tuple}))
        return {result}
"""
_KINDS = {
    "Void": ("result", "integer", "None"),
    "I32": ("result < -2147483648", "integer", "result"),
    "I64": (f"result < {-(1 << 63) + (1 << 48)}", "integer", "result"),
    "Float": ("result != result", "number", "result"),
}
_classes: dict[tuple[int, str, bool], type[Func]] = {}


def _class(kind: FuncType, is_packed: bool) -> type[Func]:
    """The class of functions with as many parameters and such a result; it is written when the first one is met."""
    result = {(): "Void", (ValType.I32,): "I32", (ValType.I64,): "I64"}.get(kind.results, "Float")
    key = (len(kind.params), result, is_packed)
    if key not in _classes:
        names = [f"a{index}" for index in range(key[0])]
        failed, failure, value = _KINDS[result]
        name = f"Func{result}{key[0]}{'Packed' * is_packed}"
        source = _TEMPLATE.format(
            name=name,
            parameters="".join(f", {each}" for each in names),
            passed=f", self._pack({', '.join(names)})" if is_packed else "".join(f", {each}" for each in names),
            # The general path takes what `struct` does not, or says what is wrong.
            refused="(OverflowError, struct_error)" if is_packed else "OverflowError",
            otherwise="_general" if is_packed else "_wide",
            tuple="".join(f"{each}, " for each in names),
            failed=failed,
            failure=f"lib.vmpy_failure_of_{failure}",
            result=value,
        )
        written: dict[str, Any] = {"Func": Func, "lib": lib, "struct_error": struct.error, "__name__": __name__}
        exec(source, written)
        _classes[key] = written[name]
    return _classes[key]


def make_func(context: Home, raw: Any, kind: FuncType, name: str, reference: Reference | None = None) -> Func:
    """A function, with the call path for its type."""
    path, pack = _path(kind)
    return (Func if path is None else _class(kind, pack is not None))(context, raw, kind, name, reference)


def func_of_reference(context: Home, reference: Reference, caller: Any = None, name: str = "") -> Func:
    """The function that a funcref refers to; in a callback with its caller."""
    raw = ffi.new("VM_Func *")
    raw[0] = lib.VM_FuncFromRef(reference.raw)
    kind = type_of(context, raw[0]) if caller is None else type_in_callback(caller, reference)
    return make_func(context, raw[0], kind, name, reference)


def type_in_callback(caller: Any, reference: Reference) -> FuncType:
    """The type of the function that a funcref refers to."""
    signature = ffi.new("char **")
    status = lib.VM_CallerGetSignature(caller, reference.raw, signature)
    if status:
        raise of_caller(caller, status, "the type of the function cannot be read")
    return parse(ffi.string(signature[0]).decode()).func_type


def type_of(context: Home, raw: Any) -> FuncType:
    """The type of a function."""
    made = ffi.new("VM_FuncType **")
    context._call(lib.VM_FuncTypeCreateFromFunc, raw, made)
    try:
        return func_type(made[0])
    finally:
        lib.VM_FuncTypeDelete(made[0])
