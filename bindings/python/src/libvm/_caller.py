"""The call of a host function."""

from __future__ import annotations

from typing import Any

from ._errors import of_caller
from ._func import Func, func_of_reference
from ._home import home_of
from ._memory import CallerMemory
from ._native import ffi, lib
from ._object import c_string
from ._values import Reference


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
        self._check(lib.VM_CallerGetExport(self._pointer, c_string(name), made), f"the function `{name}` of the guest cannot be found")
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
