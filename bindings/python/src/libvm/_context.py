"""Contexts: what guests run in; and instances of modules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ._context_config import ContextConfig
from ._context_plugins import WithPlugins
from ._engine import Engine, Module
from ._errors import Exit, NotFoundError, WrongTypeError
from ._execution import Execution, Queue, start_with, wait_interruptibly
from ._func import Func, func_of_reference, make_func, type_of
from ._host import HostModule
from ._items import Global, Table
from ._memory import Memory
from ._native import ffi, lib
from ._object import StrPath, Using, c_string, checked, needed
from ._observe import Observed
from ._values import Reference
from ._wasi import Wasi

F = TypeVar("F", bound=Callable[..., Any])


class Context(WithPlugins, Observed):
    """What guests run in: instances, and the host modules, plug-ins and WASI that they import. One thread at a time uses it."""

    _noun = "context"

    def __init__(self, engine: Engine, config: ContextConfig | None = None) -> None:
        created = ffi.new("VM_Context **")
        with Using(ContextConfig, config, optional=True) as config_pointer:
            needed(Engine, engine)._call(lib.VM_ContextCreate, config_pointer, created)
        self._begin(engine, created[0], lib.VMPY_CONTEXT, [config])

    def _begin(self, engine: Engine, pointer: Any, kind: int, kept: list[Any]) -> None:
        self._engine = engine
        # What libvm points to, and what has to live as long as the context.
        self._kept = kept
        self._own(kind, pointer)
        self._settle_in()
        if self._is_main_thread():
            lib.vmpy_set_main_thread()
        # Only contexts of interruptible engines have slices. They let event loops do other work meanwhile.
        error = ffi.new("VM_Error **")
        self._interruptible = lib.VM_ContextSetSlice(pointer, 10_000, error) == 0
        lib.VM_ErrorDelete(error[0])

    def __del__(self) -> None:
        # Before the cyclic collector takes apart what the context's callbacks use.
        self.close()

    def _function_of(self, reference: Reference, caller: Any = None) -> Func:
        return func_of_reference(self, reference, caller)

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self._engine

    @property
    def id(self) -> int:
        """The number of the context."""
        return int(self._get(lib.VM_ContextGetId))

    def function(
        self,
        module: str,
        name: str | None = None,
        *,
        signature: str | None = None,
        permission: str | None = None,
        pure: bool = False,
        may_block: bool = False,
    ) -> Callable[[F], F]:
        """Decorates a host function, which guests import as `module.name`; its type is in its annotations, as in
        `def add(a: libvm.i32, b: libvm.i32) -> libvm.i32`, or in a signature string such as `(ii)i`."""
        local_names = sys._getframe(1).f_locals

        def add(function: F) -> F:
            with HostModule(module) as host:
                host.add_function(
                    name or function.__name__,
                    function,
                    signature=signature,
                    permission=permission,
                    pure=pure,
                    may_block=may_block,
                    local_names=local_names,
                )
                self.register(host)
            return function

        return add

    def register(self, module: HostModule) -> None:
        """Registers a host module, which can no longer be changed."""
        with Using(HostModule, module) as pointer:
            self._call(lib.VM_ContextRegisterModule, pointer)
        self._kept.append(module._kept)

    def register_wasi(self, wasi: Wasi) -> None:
        """Registers a description of WASI, from which guests import."""
        with Using(Wasi, wasi) as pointer:
            self._call(lib.VM_ContextRegisterWasi, pointer)
        self._kept.append(wasi)

    def register_stream_module(self) -> None:
        """Registers the functions with which guests handle events of streams."""
        self._call(lib.VM_ContextRegisterStreamModule)

    def register_wasm(self, name: str, module: Module) -> Instance:
        """Instantiates a module, from which others import by this name."""
        raw = ffi.new("VM_Instance *")
        with Using(Module, module) as pointer:
            self._call(lib.VM_ContextRegisterWasm, c_string(name), pointer, raw)
        return Instance(self, raw[0], module)

    def register_instance(self, name: str, instance: Instance) -> None:
        """Registers an instance under a name, from which others can import."""
        self._call(lib.VM_ContextRegisterInstance, c_string(name), needed(Instance, instance)._raw)

    def instantiate(self, module: Module) -> Instance:
        """Instantiates a module, and runs its start function."""
        raw = ffi.new("VM_Instance *")
        if self._interruptible and self._is_main_thread():
            return wait_interruptibly(self._start_instantiate(module, Queue()))  # type: ignore[no-any-return]
        with Using(Module, module) as pointer:
            self._call(lib.VM_ContextInstantiate, pointer, raw)
        return Instance(self, raw[0], module)

    def start_instantiate(self, module: Module) -> Execution:
        """Starts to instantiate a module: `instance = await context.start_instantiate(module)`."""
        return self._start_instantiate(module, None)

    def _start_instantiate(self, module: Module, queue: Queue | None) -> Execution:
        def finish(execution: Execution) -> Instance:
            raw = ffi.new("VM_Instance *")
            execution._call(lib.VM_ExecutionGetInstance, raw)
            return Instance(self, raw[0], module)

        with Using(Module, module) as pointer:
            return start_with(
                self,
                lambda context, queue_pointer, created, error: lib.VM_ContextStartInstantiate(
                    context, pointer, queue_pointer, created, error
                ),
                finish,
                queue,
            )

    def _load(self, source: Module | StrPath | bytes) -> Module:
        return source if isinstance(source, Module) else self._engine.load(source)

    def run(self, source: Module | StrPath | bytes, name: str, *args: Any) -> Any:
        """Instantiates a module, from a file or bytes if it is not loaded, and calls one of its functions."""
        return self.instantiate(self._load(source)).call(name, *args)

    def run_wasi(self, source: Module | StrPath | bytes) -> int:
        """Runs a WASI command, and returns its exit code."""
        instance = self.instantiate(self._load(source))
        try:
            instance.call("_start")
        except Exit as ended:
            return ended.exit_code
        return 0

    def find_instance(self, name: str) -> Instance:
        """Returns the instance that is registered by this name."""
        raw = ffi.new("VM_Instance *")
        self._call(lib.VM_ContextFindInstance, c_string(name), raw)
        return Instance(self, raw[0])

    @property
    def instances(self) -> list[Instance]:
        """The instances of the context."""
        found = []
        for index in range(self._get(lib.VM_ContextGetInstanceCount)):
            raw = ffi.new("VM_Instance *")
            self._call(lib.VM_ContextGetInstance, index, raw)
            found.append(Instance(self, raw[0]))
        return found

    def remove_instance(self, instance: Instance) -> None:
        """Makes an instance's handles stale and its names available; its memory is freed with the context."""
        self._call(lib.VM_ContextRemoveInstance, needed(Instance, instance)._raw)

    def reset(self) -> None:
        """Restores the state before anything ran: instances and their items are gone, what is registered stays."""
        self._call(lib.VM_ContextReset)

    def set_timeout(self, milliseconds: int) -> None:
        """Limits how long a call may take, with all waiting; 0 for no limit. Needs an interruptible engine."""
        self._call(lib.VM_ContextSetTimeout, milliseconds)

    def set_compute_limit(self, milliseconds: int) -> None:
        """Limits the time of the processor that a call may take; 0 for no limit. Needs an interruptible engine."""
        self._call(lib.VM_ContextSetComputeLimit, milliseconds)

    def set_slice(self, microseconds: int) -> None:
        """Sets how long a started call runs before others have their turn: 10 ms if it was not set. Needs an interruptible engine."""
        self._call(lib.VM_ContextSetSlice, microseconds)

    @property
    def fuel(self) -> int:
        """The fuel that is left. Needs an engine that counts it."""
        units = ffi.new("uint64_t *")
        self._read(lib.VM_ContextGetFuel, units)
        return int(units[0])

    @fuel.setter
    def fuel(self, units: int) -> None:
        self._call(lib.VM_ContextSetFuel, units)

    def add_fuel(self, units: int) -> None:
        """Adds to the fuel that is left."""
        self._call(lib.VM_ContextAddFuel, units)

    @property
    def cancel_id(self) -> int:
        """A number with which any thread can cancel what runs in the context: `libvm.cancel(id)`."""
        number = ffi.new("uint64_t *")
        self._call(lib.VM_ContextGetCancelId, number)
        return int(number[0])


class Exports:
    """The exports of an instance, by name: `exports.sum(20, 22)`, `exports["odd name"]`."""

    def __init__(self, instance: Instance) -> None:
        # No export that can be asked for has this name.
        self.__dict__["\0"] = instance

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        try:
            found = self.__dict__["\0"]._find(name)
        except NotFoundError as error:
            raise AttributeError(error.message, name=name, obj=self) from None
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"the export `{name}` cannot be replaced; a global has a `value`", name=name, obj=self)

    def __getitem__(self, name: str) -> Any:
        try:
            return self.__dict__[name] if name in self.__dict__ else self.__dict__["\0"]._find(name)
        except NotFoundError as error:
            raise KeyError(error.message) from None

    def __iter__(self) -> Iterator[str]:
        module: Module | None = self.__dict__["\0"].module
        return iter([export.name for export in module.exports] if module else [])

    def __dir__(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"<libvm.Exports {' '.join(self)}>"


class Instance:
    """An instance of a module."""

    __slots__ = ("_context", "_raw", "module", "exports", "__weakref__")

    def __init__(self, context: Context, raw: Any, module: Module | None = None) -> None:
        self._context = context
        kept = ffi.new("VM_Instance *")
        kept[0] = raw
        self._raw = kept[0]
        self.module = module
        self.exports = Exports(self)

    def __repr__(self) -> str:
        return f"<libvm.Instance of {self._context!r}>"

    @property
    def context(self) -> Context:
        """Its context."""
        return self._context

    def call(self, name: str, *args: Any) -> Any:
        """Calls an exported function."""
        return self.function(name)(*args)

    def _item(self, kind: str, function: Callable[..., int], name: str) -> Any:
        raw = ffi.new(f"{kind} *")
        self._context._call(function, self._raw, c_string(name), raw)
        return raw[0]

    def function(self, name: str) -> Func:
        """Returns an exported function."""
        raw = self._item("VM_Func", lib.VM_InstanceFindFunction, name)
        return make_func(self._context, raw, type_of(self._context, raw), name)

    def function_at(self, index: int) -> Func:
        """Returns the exported function at an index of `module.exports`, also one whose name contains NUL."""
        raw = ffi.new("VM_Func *")
        self._context._call(lib.VM_InstanceGetFunction, self._raw, index, raw)
        return make_func(self._context, raw[0], type_of(self._context, raw[0]), "")

    def memory(self, name: str = "memory") -> Memory:
        """Returns an exported memory."""
        return Memory(self._context, self._item("VM_Memory", lib.VM_InstanceFindMemory, name))

    def table(self, name: str) -> Table:
        """Returns an exported table."""
        return Table(self._context, self._item("VM_Table", lib.VM_InstanceFindTable, name))

    def global_(self, name: str) -> Global:
        """Returns an exported global."""
        return Global(self._context, self._item("VM_Global", lib.VM_InstanceFindGlobal, name))

    def _find(self, name: str) -> Func | Memory | Table | Global:
        for find in (self.function, self.memory, self.table):
            try:
                return find(name)
            except WrongTypeError:
                continue
        return self.global_(name)


def cancel(cancel_id: int) -> None:
    """Cancels what runs in a context (`context.cancel_id`). Any thread may call it."""
    checked(lib.VM_Cancel, cancel_id)
