"""Host functions: Python callables that guests import."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from ._errors import RAISED, Error, describe, of_caller, raised_by_host
from ._func import Func, func_of_reference
from ._home import home_of
from ._memory import CallerMemory, lent_view
from ._native import ffi, lib
from ._object import NULL, Object, c_string, made
from ._suspension import suspend, waiting_loop
from ._types import GlobalType, MemoryType, Signature, TableType, ValType, c_limits, of_function, parse
from ._values import MOST_PACKED, Reference, array, from_handle, get_value, packing, set_value

F = TypeVar("F", bound=Callable[..., Any])


def on_raise(kind: type[BaseException], raised: BaseException, trace: TracebackType) -> None:
    """Fails the call in which a Python function has raised."""
    if isinstance(raised, Error) and raised.is_passed_on:
        lib.vmpy_fail(raised.status, NULL)
    else:
        raised_by_host.put(raised, trace)
        lib.vmpy_fail(RAISED, describe(raised).encode("utf-8", "replace")[:2000].replace(b"\0", b"?"))


class Caller:
    """The call that a host function was called for: a first parameter with this annotation receives it.

    It is valid until the function returns.
    """

    _is_caller = True
    __slots__ = ("_pointer",)

    def __init__(self, pointer: Any) -> None:
        self._pointer = pointer

    def _check(self, status: int, what: str) -> None:
        if status:
            raise of_caller(self._pointer, status, what)

    @property
    def memory(self) -> CallerMemory:
        """The guest's memory: the one that it exports as `memory`, or the only one."""
        return CallerMemory(self._pointer)

    def export(self, name: str) -> Func:
        """A function that the guest exports."""
        made = ffi.new("VM_Ref *")
        self._check(lib.VM_CallerGetExport(self._pointer, c_string(name), made), f"the guest exports no function `{name}`")
        self._check(lib.VM_CallerRetainRef(self._pointer, made[0]), "the reference cannot be kept")
        copy = ffi.new("VM_Ref *")
        copy[0] = made[0]
        return func_of_reference(home_of(self._pointer), Reference(copy[0]), self._pointer, name)

    def call(self, name: str, *args: Any) -> Any:
        """Calls a function that the guest exports."""
        return self.export(name)(*args)

    @property
    def time_left(self) -> int | None:
        """The milliseconds that the execution has left; None without a limit."""
        left = ffi.new("uint64_t *")
        self._check(lib.VM_CallerGetTimeLeft(self._pointer, left), "the time left cannot be read")
        return None if left[0] == 2**64 - 1 else int(left[0])

    def extend_time(self, milliseconds: int) -> None:
        """Moves the deadline and the compute limit, for work that is not the guest's."""
        self._check(lib.VM_CallerExtendTime(self._pointer, milliseconds), "the time cannot be extended")

    def consume_fuel(self, units: int) -> None:
        """Charges the work of the host function to the fuel of the context."""
        self._check(lib.VM_CallerConsumeFuel(self._pointer, units), "the fuel cannot be consumed")


class HostFunction:
    """A host function of any type."""

    def __init__(self, function: Callable[..., Any], signature: Signature, name: str) -> None:
        self.function, self.signature, self.name = function, signature, name
        self.types = signature.func_type.results
        self.is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))
        if self.is_async:
            if signature.takes_caller or "view" in signature.kinds:
                raise TypeError(f"`{name}` is asynchronous: it cannot take a libvm.Caller or a memoryview, which end before it does")
            if ValType.FUNCREF in self.types or ValType.EXTERNREF in self.types:
                raise TypeError(f"`{name}` is asynchronous: it cannot return references")

    def __call__(self, caller: Any, args: Any, made: Any) -> int:
        given: list[Any] = [Caller(caller)] if self.signature.takes_caller else []
        views: list[memoryview] = []
        try:
            for index, (letter, kind) in enumerate(zip(self.signature.params, self.signature.kinds)):
                given.append(self._argument(args[index], letter, kind, caller, views))
            returned = self.function(*given)
            if self.is_async:
                return self._suspend(returned, caller, made)
            self._set_results(returned, caller, made)
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

    def _suspend(self, coroutine: Coroutine[Any, Any, Any], caller: Any, made: Any) -> int:
        where = waiting_loop(coroutine, f"`{self.name}` is asynchronous, and its guest", "await function.start(…)")
        if where is None:
            self._set_results(asyncio.run(coroutine), caller, made)
            return 0
        status = suspend(
            where, coroutine, "VM_Suspension", lambda suspension, token: lib.VM_CallerSuspend(caller, suspension, token), self._complete, self._fail
        )
        if status != lib.VM_STATUS_PENDING:
            raise of_caller(caller, status, f"`{self.name}` cannot suspend its guest")
        return status

    def _complete(self, token: int, task: Any, error: Any) -> None:
        values, kept = array(self.types, self._values(task.result()), None)
        lib.VM_Complete(token, values, len(self.types), error)
        del kept

    @staticmethod
    def _fail(token: int, told: bytes, error: Any) -> None:
        lib.VM_CompleteWithFailure(token, RAISED, told, error)


@ffi.def_extern(error=0, onerror=on_raise)  # type: ignore[untyped-decorator]
def vmpy_host_any(user: Any, caller: Any, args: Any, made: Any) -> Any:
    return from_handle(user)(caller, args, made)


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
    called = _with_caller(function) if signature.takes_caller else function
    result = signature.results or "v"
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
        if not callable(function):
            raise TypeError(f"`{name}` is to be a function, not {type(function).__name__}")
        read = parse(signature) if signature is not None else of_function(function, local_names or {})
        pointer, handle, is_async = callback(function, read, f"{self.name}.{name}")
        encoded = c_string(name)
        self._call(lib.VM_HostModuleAddFunction, encoded, c_string(read.text), pointer, handle, NULL)
        self._kept.append((function, handle))
        flags = pure * lib.VM_FUNCTION_PURE | may_block * lib.VM_FUNCTION_MAY_BLOCK | lib.VM_FUNCTION_REENTERS
        self._call(lib.VM_HostModuleSetFunctionFlags, encoded, flags | is_async * lib.VM_FUNCTION_MAY_SUSPEND)
        if permission is not None:
            self._call(lib.VM_HostModuleSetFunctionPermission, encoded, c_string(permission))

    def add_memory(self, name: str, kind: MemoryType) -> None:
        """Adds a linear memory; each context has its own."""
        self._call(lib.VM_HostModuleAddMemory, c_string(name), c_limits("VM_MemoryType", kind))

    def add_table(self, name: str, kind: TableType) -> None:
        """Adds a table; each context has its own."""
        self._call(lib.VM_HostModuleAddTable, c_string(name), c_limits("VM_TableType", kind))

    def add_global(self, name: str, kind: GlobalType, value: Any) -> None:
        """Adds a global with its first value; each context has its own."""
        c_kind = ffi.new("VM_GlobalType *")
        c_kind.size, c_kind.content, c_kind.is_mutable = ffi.sizeof("VM_GlobalType"), kind.content, kind.is_mutable
        slot = ffi.new("VM_Value *")
        set_value(slot, kind.content, value, None)
        self._call(lib.VM_HostModuleAddGlobal, c_string(name), c_kind, slot)

