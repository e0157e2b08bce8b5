"""Engines, and modules that they have loaded."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._config import Config
from ._errors import ModuleError, Status, take, text
from ._native import ffi, lib
from ._object import Object, StrPath, Using, c_path, made, needed, sized
from ._types import ExternType, bytes_of, extern_type


class Proposal(enum.IntEnum):
    """A proposal of WebAssembly that an engine can switch on or off."""

    MUTABLE_GLOBALS = 0
    SIGN_EXTENSION = 1
    SATURATING_FLOAT_TO_INT = 2
    MULTI_VALUE = 3
    MULTI_MEMORY = 4
    BULK_MEMORY = 5
    REFERENCE_TYPES = 6
    TAIL_CALL = 7
    EXTENDED_CONST = 8
    CUSTOM_PAGE_SIZES = 9
    MEMORY64 = 10
    WIDE_ARITHMETIC = 11
    SIMD = 12
    RELAXED_SIMD = 13
    FLOATS = 14


class Tier(enum.IntEnum):
    """How an engine runs guests."""

    INTERPRETER = 0
    COMPILED = 1
    AUTO = 2


@dataclass(frozen=True)
class EngineStatistics:
    """What an engine has compiled, and what its cache has done."""

    compilations: int
    compile_nanoseconds: int
    cache_hits: int
    cache_misses: int
    cache_refused: int
    cache_stored: int
    cache_not_stored: int
    cache_bytes: int


class _EngineConfig(Object):
    _noun = "configuration"

    def __init__(self) -> None:
        self._own(lib.VMPY_ENGINE_CONFIG, made("VM_EngineConfig", lib.VM_EngineConfigCreate))


class Engine(Object):
    """Loads modules and runs them. Several threads may use it at the same time.

    With `interruptible` guests can be stopped: by Ctrl-C, timeouts and cancellation. With `fuel` their instructions are
    counted; with `backtraces` their failures say where they were. `tier` chooses between the interpreter and machine code; without it
    the environment variable `LIBVM_TIER` does. `cache` is the directory in which machine code is kept: `True` for the user's, `False` for
    none. `pool` reserves room for so many instances that run machine code, whose memories have up to `pool_memory` bytes, 0 for 4 GiB.
    Without `signal_handlers`, traps of machine code are found without signals, which makes it slower.
    Other settings have the names of the C API's setters.
    """

    _noun = "engine"

    def __init__(
        self,
        *,
        interruptible: bool = False,
        fuel: bool = False,
        backtraces: bool = False,
        eager: bool = False,
        tier: Tier | None = None,
        cache: StrPath | bool = True,
        cache_size: int | None = None,
        pool: int = 0,
        pool_memory: int = 0,
        signal_handlers: bool = True,
        config: Config | None = None,
        proposals: Mapping[Proposal, bool] | None = None,
        stack_size: int | None = None,
        recursion_depth: int | None = None,
        concurrency: int | None = None,
        nesting_limit: int | None = None,
        local_limit: int | None = None,
        body_size_limit: int | None = None,
        function_limit: int | None = None,
        import_limit: int | None = None,
    ) -> None:
        with _EngineConfig() as settings:
            if config is not None:
                with Using(_EngineConfig, settings) as pointer:
                    needed(Config, config)._call(lib.VM_ConfigApplyToEngineConfig, pointer)
            for wanted, switch in (
                (interruptible, lib.VM_EngineConfigSetInterruptible),
                (fuel, lib.VM_EngineConfigSetFuelMetering),
                (backtraces, lib.VM_EngineConfigSetBacktraces),
                (eager, lib.VM_EngineConfigSetCompilation),
            ):
                if wanted:
                    settings._call(switch, 1)
            if tier is not None:
                settings._call(lib.VM_EngineConfigSetTier, needed(Tier, tier))
            if cache is not True:
                settings._call(lib.VM_EngineConfigSetCacheDirectory, c_path("" if cache is False else cache))
            if pool:
                settings._call(lib.VM_EngineConfigSetPooling, pool, pool_memory)
            if not signal_handlers:
                settings._call(lib.VM_EngineConfigSetSignalHandlers, 0)
            for proposal, on in (proposals or {}).items():
                settings._call(lib.VM_EngineConfigSetProposal, proposal, on)
            for number, setter in (
                (stack_size, lib.VM_EngineConfigSetStackSize),
                (recursion_depth, lib.VM_EngineConfigSetRecursionDepth),
                (cache_size, lib.VM_EngineConfigSetCacheSize),
                (concurrency, lib.VM_EngineConfigSetConcurrency),
                (nesting_limit, lib.VM_EngineConfigSetNestingLimit),
                (local_limit, lib.VM_EngineConfigSetLocalLimit),
                (body_size_limit, lib.VM_EngineConfigSetBodySizeLimit),
                (function_limit, lib.VM_EngineConfigSetFunctionLimit),
                (import_limit, lib.VM_EngineConfigSetImportLimit),
            ):
                if number is not None:
                    settings._call(setter, number)
            with Using(_EngineConfig, settings) as pointer:
                engine = made("VM_Engine", lib.VM_EngineCreate, pointer)
        self._own(lib.VMPY_ENGINE, engine)

    def load(self, source: StrPath | bytes | bytearray | memoryview) -> Module:
        """Loads a module from a file, or from bytes: binary or text."""
        if isinstance(source, (bytes, bytearray, memoryview)):
            return Module(self, source)
        return Module.from_file(self, source)

    @property
    def statistics(self) -> EngineStatistics:
        """What it has compiled, and what its cache has done."""
        found = sized("VM_EngineStatistics")
        self._call(lib.VM_EngineGetStatistics, found)
        return EngineStatistics(**{name: getattr(found, name) for name in EngineStatistics.__dataclass_fields__})

    def validate(self, source: bytes | bytearray | memoryview | str) -> None:
        """Raises the error that loading the module would raise."""
        data = ffi.from_buffer(binary(source))
        self._call(lib.VM_ModuleValidate, data, len(data))


def wat_to_wasm(source: str | bytes) -> bytes:
    """Converts a module from the text format (WAT) to the binary format."""
    given = source.encode() if isinstance(source, str) else bytes(memoryview(source))
    output, size = ffi.new("uint8_t **"), ffi.new("size_t *")
    failed = lib.vmpy_wat_convert(given, len(given), output, size)
    try:
        converted = bytes(ffi.buffer(output[0], size[0])) if size[0] else b""
    finally:
        lib.vmpy_wat_free(output[0], size[0])
    if failed:
        raise ModuleError(f"the text is not a module: {converted.decode('utf-8', 'replace')}", Status.BAD_MODULE)
    return converted


def binary(source: bytes | bytearray | memoryview | str) -> Any:
    """A module in the binary format, as it is or converted from text."""
    if isinstance(source, str):
        return wat_to_wasm(source)
    start = bytes(memoryview(source)[:4096]).lstrip()
    # The binary format begins with a NUL, and what has no parenthesis or comment is left to the library's own message.
    return wat_to_wasm(bytes(source)) if start[:1] in (b"(", b";") else source


@dataclass(frozen=True)
class Import:
    """An import of a module."""

    module: str
    name: str
    type: ExternType


@dataclass(frozen=True)
class Export:
    """An export of a module."""

    name: str
    type: ExternType


@dataclass(frozen=True)
class CustomSection:
    """A custom section of a module."""

    name: str
    data: bytes


def _name(pointer: Any, size: int) -> str:
    return ffi.buffer(pointer, size)[:].decode("utf-8", "replace") if size else ""


class Module(Object):
    """A loaded module, from bytes in the binary format or from text: `Module(engine, "(module …)")`."""

    _noun = "module"

    def __init__(self, engine: Engine, source: bytes | bytearray | memoryview | str) -> None:
        data = ffi.from_buffer(binary(source))
        self._engine = engine
        self._own(lib.VMPY_MODULE, needed(Engine, engine)._make("VM_Module", lib.VM_ModuleLoadFromBuffer, data, len(data)))

    @classmethod
    def from_file(cls, engine: Engine, path: StrPath) -> Module:
        """Loads a module from a file in the binary format or the text format."""
        created = ffi.new("VM_Module **")
        status, error = engine._status(lib.VM_ModuleLoadFromFile, c_path(path), created)
        if status == Status.TEXT_FORMAT:
            lib.VM_ErrorDelete(error[0])
            with open(os.fspath(path), "rb") as file:
                return cls(engine, wat_to_wasm(file.read()))
        if status:
            raise take(error, status)
        module = cls.__new__(cls)
        module._engine = engine
        module._own(lib.VMPY_MODULE, created[0])
        return module

    @classmethod
    def from_compiled(cls, engine: Engine, source: bytes | bytearray | memoryview | str, path: StrPath) -> Module:
        """Loads a module whose machine code `save_compiled` has written. Loading the file is running it: it must be as
        trusted as the program."""
        data = ffi.from_buffer(binary(source))
        module = cls.__new__(cls)
        module._engine = engine
        module._own(lib.VMPY_MODULE, engine._make("VM_Module", lib.VM_ModuleLoadCompiled, data, len(data), c_path(path)))
        return module

    def save_compiled(self, path: StrPath) -> None:
        """Writes its machine code to a file."""
        self._call(lib.VM_ModuleSaveCompiled, c_path(path))

    @property
    def imports(self) -> list[Import]:
        """Its imports, in the module's order."""

        def copy(pointer: Any) -> list[Import]:
            items = (lib.VM_ModuleGetImport(pointer, index) for index in range(lib.VM_ModuleGetImportCount(pointer)))
            return [
                Import(_name(item.module, item.module_size), _name(item.name, item.name_size), _extern(item.type)) for item in items
            ]

        return list(self._get(copy))

    @property
    def exports(self) -> list[Export]:
        """Its exports, in the module's order."""

        def copy(pointer: Any) -> list[Export]:
            items = (lib.VM_ModuleGetExport(pointer, index) for index in range(lib.VM_ModuleGetExportCount(pointer)))
            return [Export(_name(item.name, item.name_size), _extern(item.type)) for item in items]

        return list(self._get(copy))

    @property
    def custom_sections(self) -> list[CustomSection]:
        """Its custom sections, in the module's order."""

        def copy(pointer: Any) -> list[CustomSection]:
            count = lib.VM_ModuleGetCustomSectionCount(pointer)
            items = (lib.VM_ModuleGetCustomSection(pointer, index) for index in range(count))
            return [CustomSection(bytes_of(item.name).decode("utf-8", "replace"), bytes_of(item.data)) for item in items]

        return list(self._get(copy))


def _extern(pointer: Any) -> ExternType:
    kind = extern_type(pointer)
    assert kind is not None
    return kind


def version() -> str:
    """The version of the library."""
    return text(lib.VM_VersionGetString())


def version_number() -> int:
    """The version of the library: major * 1,000,000 + minor * 1,000 + patch."""
    return int(lib.VM_VersionGetNumber())
