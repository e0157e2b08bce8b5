"""Host functions: Python callables that guests import."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ._errors import RAISED, Error, Status, WouldBlockError, describe, error_class, raised_by_host
from ._memory import CallerMemory, lent_view
from ._native import ffi, lib
from ._object import NULL, Object, c_string, made
from ._types import GlobalType, MemoryType, Signature, TableType, ValType, c_limits, of_function, parse
from ._values import array, from_handle, get_value, hold, let_go, set_value

if TYPE_CHECKING:
    from ._context import Context
    from ._execution import Execution
    from ._func import Func

F = TypeVar("F", bound=Callable[..., Any])


class Current(threading.local):
    """The execution that this thread is polling."""

    execution: Execution | None = None


current = Current()


def on_raise(kind: type[BaseException], raised: BaseException, trace: object) -> None:
    """Fails the call in which a Python function has raised."""
    if isinstance(raised, Error) and raised.is_passed_on:
        lib.vmpy_fail(raised.status, NULL)
    else:
        raised_by_host.put(raised)
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
            raise error_class(status)(f"{what}: {ffi.string(lib.VM_StatusGetName(status)).decode()}", status)

    @property
    def memory(self) -> CallerMemory:
        """The guest's memory: the one that it exports as `memory`, or the only one."""
        return CallerMemory(self._pointer)

    def export(self, name: str, signature: str) -> Func:
        """A function that the guest exports, with the type that a signature string says, as in `(ii)i`."""
        from ._context import context_of
        from ._func import func_of_reference
        from ._values import Reference

        made = ffi.new("VM_Ref *")
        self._check(lib.VM_CallerGetExport(self._pointer, c_string(name), made), f"the guest exports no function `{name}`")
        self._check(lib.VM_CallerRetainRef(self._pointer, made[0]), "the reference cannot be kept")
        copy = ffi.new("VM_Ref *")
        copy[0] = made[0]
        return func_of_reference(context_of(self._pointer), Reference(copy[0]), parse(signature).func_type, name)

    def call(self, name: str, *args: Any, signature: str) -> Any:
        """Calls a function that the guest exports."""
        return self.export(name, signature)(*args)

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


class _Suspended:
    """A coroutine that a suspended guest waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.task: Any = None

    def cancel(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs in it any more
            self.loop.call_soon_threadsafe(self.task.cancel)


@ffi.def_extern()  # type: ignore[untyped-decorator]
def vmpy_suspension_cancel(user: Any) -> None:
    from_handle(user).cancel()


@ffi.def_extern()  # type: ignore[untyped-decorator]
def vmpy_suspension_release(user: Any) -> None:
    let_go(user)


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
            views.append(lent_view(lib.vmpy_home(caller), value.of.buffer))
            return views[-1]
        if kind == "bytes" or kind == "str":
            copied = bytes(ffi.buffer(value.of.buffer.data, value.of.buffer.size)) if value.of.buffer.size else b""
            return copied if kind == "bytes" else copied.decode()
        if letter in "cr":
            from ._context import context_of

            return get_value(value, context_of(caller), caller)
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
        execution = current.execution
        loop = execution._loop if execution is not None else None
        try:
            running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if loop is None or execution is None:
            if running is not None:
                coroutine.close()
                raise WouldBlockError(
                    f"`{self.name}` is asynchronous, and its guest was called from a running event loop, which would have to "
                    "wait: use `await function.start(…)`",
                    Status.WOULD_BLOCK,
                )
            self._set_results(asyncio.run(coroutine), caller, made)
            return 0
        waiting = _Suspended(loop)
        suspension = ffi.new("VM_Suspension *")
        suspension.size = ffi.sizeof("VM_Suspension")
        suspension.user = hold(waiting)
        suspension.cancel, suspension.release = lib.vmpy_suspension_cancel, lib.vmpy_suspension_release
        token = ffi.new("VM_Token *")
        # The cancel function uses the task; a failure calls it too.
        if running is loop:
            waiting.task = loop.create_task(coroutine)
        else:
            waiting.task = asyncio.run_coroutine_threadsafe(coroutine, loop)
        status: int = lib.VM_CallerSuspend(caller, suspension, token)
        if status != lib.VM_STATUS_PENDING:
            raise error_class(status)(f"`{self.name}` cannot suspend its guest: {ffi.string(lib.VM_StatusGetName(status)).decode()}", status)
        number = token[0]
        waiting.task.add_done_callback(lambda task: self._complete(number, task, execution))
        return status

    def _complete(self, token: int, task: Any, execution: Execution) -> None:
        error = ffi.new("VM_Error **")
        try:
            values, kept = array(self.types, self._values(task.result()), None)
            status = lib.VM_Complete(token, values, len(self.types), error)
            del kept
        except BaseException as raised:
            execution._raised = raised
            told = describe(raised).encode("utf-8", "replace").replace(b"\0", b"?")
            status = lib.VM_CompleteWithFailure(token, RAISED, told, error)
            if isinstance(raised, (KeyboardInterrupt, SystemExit)):
                raise
        finally:
            # Stale if the execution is over.
            lib.VM_ErrorDelete(error[0])
        del status


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


def callback(function: Callable[..., Any], signature: Signature, name: str) -> tuple[Any, Any, bool]:
    """The C callback for a Python function, the pointer to pass with it, and whether it may suspend its guest."""
    general = HostFunction(function, signature, name)
    plain = not general.is_async and not any(signature.kinds) and not signature.is_tuple and set(signature.params) <= set("iIfF")
    shape = "".join("i" if letter in "iI" else "d" for letter in signature.params)
    result = signature.results or "v"
    provided = f"vmpy_host_{'v' if result == 'v' else 'i' if result in 'iI' else 'd'}_{shape}"
    if not plain or not set(signature.results) <= set("iIfF") or not hasattr(lib, provided):
        return lib.vmpy_callback(b"-", b"-"), ffi.new_handle(general), general.is_async
    if provided not in _provided:
        ffi.def_extern(name=provided, error=0 if result != "v" else None, onerror=on_raise)(_PATHS.get(len(shape), _any_path))
        _provided.add(provided)
    called = _with_caller(function) if signature.takes_caller else function
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

