"""Host functions: Python callables that guests import."""

from __future__ import annotations

import asyncio
import contextlib
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from ._async_caller import AsyncCall, AsyncCaller
from ._caller import Caller
from ._errors import RAISED, Error, raised_by_host, told
from ._home import home_of
from ._memory import lent_view
from ._native import ffi, lib
from ._object import NULL, Object, c_string, function_needed, is_asynchronous, made, needed
from ._suspension import waiting_loop
from ._types import GlobalType, MemoryType, Signature, TableType, ValType, c_limits, of_function, parse
from ._values import MOST_PACKED, from_handle, get_value, packing, set_value, wrapped

F = TypeVar("F", bound=Callable[..., Any])


def on_raise(kind: type[BaseException], raised: BaseException, trace: TracebackType) -> None:
    """Fails the call in which a Python function has raised."""
    if isinstance(raised, Error) and raised.is_passed_on:
        lib.vmpy_fail(raised.status, NULL)
    else:
        raised_by_host.put(raised, trace)
        lib.vmpy_fail(RAISED, told(raised))


class HostFunction:
    """A host function of any type."""

    def __init__(self, function: Callable[..., Any], signature: Signature, name: str) -> None:
        self.function, self.signature, self.name = function, signature, name
        self.types = signature.func_type.results
        self.is_async = is_asynchronous(function)
        if self.is_async:
            if signature.caller not in (None, AsyncCaller) or "view" in signature.kinds:
                what = "it cannot take a libvm.Caller or a memoryview, which end before it does"
                raise TypeError(f"`{name}` is asynchronous: {what}; take a libvm.AsyncCaller")
        elif signature.caller is AsyncCaller:
            raise TypeError(f"`{name}` is not asynchronous: it takes a libvm.Caller instead of a libvm.AsyncCaller")

    def __call__(self, caller: Any, args: Any, made: Any) -> int:
        given: list[Any] = []
        views: list[memoryview] = []
        try:
            for index, (letter, kind) in enumerate(zip(self.signature.params, self.signature.kinds)):
                given.append(self._argument(args[index], letter, kind, caller, views))
            if self.is_async:
                return self._call_asynchronously(given, caller, made)
            if self.signature.caller is not None:
                given.insert(0, Caller(caller))
            self._set_results(self.function(*given), caller, made)
        finally:
            given.clear()
            for view in views:
                with contextlib.suppress(BufferError):  # exported further: libvm's callback refuses to return
                    view.release()
        return 0

    def _argument(self, value: Any, letter: str, kind: str, caller: Any, views: list[memoryview]) -> Any:
        if kind == "view":
            views.append(lent_view(home_of(caller), value.of.buffer))
            return views[-1]
        if kind == "bytes" or kind == "str":
            copied = bytes(ffi.buffer(value.of.buffer.data, value.of.buffer.size)) if value.of.buffer.size else b""
            return copied if kind == "bytes" else copied.decode()
        if letter in "cr":
            return get_value(value, home_of(caller), caller)
        got = get_value(value, None, caller)
        return bool(got) if kind == "bool" else got

    def _values(self, returned: Any) -> tuple[Any, ...]:
        count = len(self.types)
        if count == 1 and not self.signature.is_tuple:
            return (returned,)
        if count == 0:
            if returned is not None:
                raise TypeError(f"`{self.name}` has no result, but returned {returned!r}")
            return ()
        if not isinstance(returned, tuple) or len(returned) != count:
            raise TypeError(f"`{self.name}` has {count} results, but returned {returned!r}")
        return returned

    def _set_results(self, returned: Any, caller: Any, made: Any) -> None:
        for index, value in enumerate(self._values(returned)):
            try:
                set_value(made[index], self.types[index], value, None, caller)
            except (AttributeError, TypeError):
                raise TypeError(f"`{self.name}` returned {value!r}, which is not a valid {self.types[index]!r}") from None

    def _call_asynchronously(self, given: list[Any], caller: Any, made: Any) -> int:
        asking = AsyncCaller(caller)
        if self.signature.caller is not None:
            given.insert(0, asking)
        coroutine = self.function(*given)
        where = waiting_loop(coroutine, lib.vmpy_home(caller), f"`{self.name}` is asynchronous, and its guest", "await function.start(…)")
        if where is not None:
            asking._call = AsyncCall(where[1], self.name, self._set_results)
            return asking._call.run(coroutine, caller)
        self._set_results(asyncio.run(coroutine), caller, made)
        return 0


@ffi.def_extern(error=0, onerror=on_raise)  # type: ignore[untyped-decorator]
def vmpy_host_any(user: Any, caller: Any, args: Any, made: Any) -> Any:
    return from_handle(user)(caller, args, made)


@ffi.def_extern(onerror=on_raise)  # type: ignore[untyped-decorator]
def vmpy_refuse_i32(number: int) -> None:
    wrapped(number, 32)


@ffi.def_extern(error=0, onerror=on_raise)  # type: ignore[untyped-decorator]
def vmpy_resume(user: Any, caller: Any, completion: Any, args: Any, made: Any) -> Any:
    return from_handle(user).resume(caller, completion, made)


_provided: set[str] = set()
_PATHS: dict[int, Callable[..., Any]] = {
    0: lambda user: from_handle(user)(),
    1: lambda user, a: from_handle(user)(a),
    2: lambda user, a, b: from_handle(user)(a, b),
    3: lambda user, a, b, c: from_handle(user)(a, b, c),
    4: lambda user, a, b, c, d: from_handle(user)(a, b, c, d),
}


def _any_path(user: Any, *args: Any) -> Any:
    return from_handle(user)(*args)


def _with_caller(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: function(Caller(lib.vmpy_current_caller()), *args)


def _of_i64(function: Callable[..., Any]) -> Callable[..., Any]:
    """The results of a function as signed numbers, as C takes them."""

    def called(*args: Any) -> int:
        number = operator.index(function(*args))
        return number if -(1 << 63) <= number < 1 << 63 else wrapped(number, 64)

    return called


def _unpacking(function: Callable[..., Any], params: Sequence[str]) -> Callable[..., Any]:
    """Passes arguments on that are 8 bytes each."""
    read = packing("".join(params))
    unpack, size, buffer = read.unpack, read.size, ffi.buffer
    return lambda data: function(*unpack(buffer(data, size)))


def callback(function: Callable[..., Any], signature: Signature, name: str) -> tuple[Any, Any, bool]:
    """The C callback for a Python function, the pointer to pass with it, and whether it may suspend its guest."""
    general = HostFunction(function, signature, name)
    plain = not general.is_async and not any(signature.kinds) and not signature.is_tuple and len(signature.params) <= MOST_PACKED
    if not plain or not set(signature.params) <= set("iIfF") or not set(signature.results) <= set("iIfF"):
        return lib.vmpy_callback(b"-", b"-"), ffi.new_handle(general), general.is_async
    called = _with_caller(function) if signature.caller is not None else function
    result = signature.results or "v"
    if result == "I":
        called = _of_i64(called)
    prefix = f"vmpy_host_{'v' if result == 'v' else 'i' if result in 'iI' else 'd'}_"
    shape, path = "".join("i" if letter in "iI" else "d" for letter in signature.params), _PATHS.get(len(signature.params), _any_path)
    if not hasattr(lib, prefix + shape):
        shape, path, called = "packed", _PATHS[1], _unpacking(called, signature.params)
    if prefix + shape not in _provided:
        ffi.def_extern(name=prefix + shape, error=0 if result != "v" else None, onerror=on_raise)(path)
        _provided.add(prefix + shape)
    return lib.vmpy_callback(shape.encode(), result.encode()), ffi.new_handle(called), False


class HostModule(Object):
    """Functions, memories, tables and globals of the host, which guests import under a module name."""

    _noun = "host module"

    def __init__(self, name: str) -> None:
        self.name = name
        self._kept: list[Any] = []
        self._own(lib.VMPY_HOST_MODULE, made("VM_HostModule", lib.VM_HostModuleCreate, c_string(name)))

    def function(
        self,
        name: str | None = None,
        *,
        signature: str | None = None,
        permission: str | None = None,
        pure: bool = False,
        may_block: bool = False,
    ) -> Callable[[F], F]:
        """Decorates a function of the module; its type is in its annotations, or in a signature string such as `(ii)i`."""
        local_names = sys._getframe(1).f_locals

        def add(function: F) -> F:
            self.add_function(
                name or function.__name__,
                function,
                signature=signature,
                permission=permission,
                pure=pure,
                may_block=may_block,
                local_names=local_names,
            )
            return function

        return add

    def add_function(
        self,
        name: str,
        function: Callable[..., Any],
        *,
        signature: str | None = None,
        permission: str | None = None,
        pure: bool = False,
        may_block: bool = False,
        local_names: Mapping[str, Any] | None = None,
    ) -> None:
        """Adds a function to the module."""
        function_needed(function, f"`{name}`", may_be_asynchronous=True)
        read = parse(c_string(signature).decode()) if signature is not None else of_function(function, local_names or {})
        pointer, handle, is_async = callback(function, read, f"{self.name}.{name}")
        encoded = c_string(name)
        self._call(lib.VM_HostModuleAddFunction, encoded, c_string(read.text), pointer, handle, NULL)
        self._kept.append((function, handle))
        flags = pure * lib.VM_FUNCTION_PURE | may_block * lib.VM_FUNCTION_MAY_BLOCK | lib.VM_FUNCTION_REENTERS
        flags |= lib.VM_FUNCTION_THREAD_STACK  # The interpreter looks at the bounds of its thread's stack.
        self._call(lib.VM_HostModuleSetFunctionFlags, encoded, flags | is_async * lib.VM_FUNCTION_MAY_SUSPEND)
        if permission is not None:
            self._call(lib.VM_HostModuleSetFunctionPermission, encoded, c_string(permission))

    def add_memory(self, name: str, kind: MemoryType) -> None:
        """Adds a linear memory; each context has its own."""
        self._call(lib.VM_HostModuleAddMemory, c_string(name), c_limits("VM_MemoryType", needed(MemoryType, kind)))

    def add_table(self, name: str, kind: TableType) -> None:
        """Adds a table; each context has its own."""
        self._call(lib.VM_HostModuleAddTable, c_string(name), c_limits("VM_TableType", needed(TableType, kind)))

    def add_global(self, name: str, kind: GlobalType, value: Any) -> None:
        """Adds a global with its first value; each context has its own."""
        c_kind = ffi.new("VM_GlobalType *")
        content = ValType(needed(GlobalType, kind).content)
        c_kind.size, c_kind.content, c_kind.is_mutable = ffi.sizeof("VM_GlobalType"), content, kind.is_mutable
        slot = ffi.new("VM_Value *")
        set_value(slot, content, value, None)
        self._call(lib.VM_HostModuleAddGlobal, c_string(name), c_kind, slot)

