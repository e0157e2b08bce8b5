"""Plug-ins: registries, what they have loaded, reports, inspection of files."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ._engine import Module
from ._errors import maybe_text, text
from ._loop import Loop
from ._native import lib
from ._object import NULL, Object, StrPath, Using, c_path, c_string, c_strings, made
from ._report import ReportLine, Reporting
from ._types import ExternType, FuncType, extern_type, func_type


class DirectoryKind(enum.IntEnum):
    """The purpose of a directory of a plug-in."""

    RESOURCE = 1
    DATA = 2
    CACHE = 3
    TEMP = 4


class ModulePlugins(enum.IntFlag):
    """Which plug-ins of a module are loaded with it."""

    DECLARED = 1
    IMPORTS = 2
    DEPENDENCIES = 4


@dataclass(frozen=True)
class PluginFunction:
    """A function of a plug-in."""

    name: str
    signature: str
    description: str | None
    permission: str | None
    type: FuncType | None


@dataclass(frozen=True)
class PluginModule:
    """A module of a plug-in."""

    name: str
    description: str | None
    functions: tuple[PluginFunction, ...]


@dataclass(frozen=True)
class PluginOption:
    """An option of a plug-in, source or sink."""

    key: str
    type: int
    description: str | None
    default: str | None
    choices: str | None
    minimum: float | None
    maximum: float | None
    is_secret: bool


@dataclass(frozen=True)
class PluginHook:
    """A hook of a plug-in."""

    point: str
    description: str | None


@dataclass(frozen=True)
class PluginPart:
    """A source or sink of a plug-in."""

    name: str
    description: str | None
    options: tuple[PluginOption, ...]


@dataclass(frozen=True)
class ImportOffer:
    """What provides an import, or what a context offers."""

    module: str
    name: str
    type: ExternType | None
    provider: int
    state: int
    plugin: str | None
    path: str | None
    version: str | None
    nearest: str | None
    message: str | None


@dataclass(frozen=True)
class PluginInspection:
    """The manifest of a plug-in's file, of which no code was run."""

    status: int
    message: str
    path: str
    platform: str
    name: str
    version: str
    description: str
    license: str
    host_version: str
    abi: tuple[int, int, int]
    flags: int
    modules: tuple[str, ...]
    permissions: tuple[str, ...]
    dependencies: tuple[tuple[str, str], ...]


def option_of(option: Any) -> PluginOption:
    """Copies a VM_PluginOption."""
    is_float = option.type == lib.VM_OPTION_TYPE_FLOAT
    low, high = (option.minimum_number, option.maximum_number) if is_float else (option.minimum, option.maximum)
    return PluginOption(
        text(option.key),
        option.type,
        maybe_text(option.description),
        maybe_text(option.default_value),
        maybe_text(option.choices),
        low if option.is_ranged else None,
        high if option.is_ranged else None,
        bool(option.is_secret),
    )


def function_of(function: Any) -> PluginFunction:
    """Copies a VM_PluginFunction."""
    kind = None if function.type == NULL else func_type(function.type)
    described = maybe_text(function.description), maybe_text(function.permission)
    return PluginFunction(text(function.name), text(function.signature), *described, kind)


def imports_of(pointer: Any) -> list[ImportOffer]:
    """Copies a VM_ImportList, which is freed."""
    try:
        offers = (lib.VM_ImportListGet(pointer, index) for index in range(lib.VM_ImportListGetCount(pointer)))
        return [
            ImportOffer(
                text(offer.module),
                text(offer.name),
                extern_type(offer.type),
                offer.provider,
                offer.state,
                *(maybe_text(each) for each in (offer.plugin, offer.path, offer.version, offer.nearest, offer.message)),
            )
            for offer in offers
        ]
    finally:
        lib.VM_ImportListDelete(pointer)


class Plugin(Object):
    """A loaded plug-in."""

    _noun = "plug-in"

    def __init__(self, registry: PluginRegistry, pointer: Any) -> None:
        self._registry = registry
        self._own(lib.VMPY_PLUGIN, pointer)

    def __repr__(self) -> str:
        return f"<libvm.Plugin {'(closed)' if self.closed else f'{self.name} {self.version}'}>"

    @property
    def name(self) -> str:
        """Its name."""
        return self._text(lib.VM_PluginGetName)

    @property
    def version(self) -> str:
        """Its version."""
        return self._text(lib.VM_PluginGetVersion)

    @property
    def description(self) -> str:
        """Its description, one line."""
        return self._text(lib.VM_PluginGetDescription)

    @property
    def license(self) -> str:
        """Its license."""
        return self._text(lib.VM_PluginGetLicense)

    @property
    def path(self) -> str:
        """Its file."""
        return self._text(lib.VM_PluginGetPath)

    @property
    def abi_minor(self) -> int:
        """The minor version of the ABI that it was built for."""
        return int(self._get(lib.VM_PluginGetAbiMinor))

    def _list(self, count: Callable[..., int], get: Callable[..., Any], copy: Callable[[Any], Any]) -> Any:
        return self._get(lambda pointer: tuple(copy(get(pointer, index)) for index in range(count(pointer))))

    @property
    def modules(self) -> tuple[PluginModule, ...]:
        """Its modules with their functions."""

        def copy(pointer: Any) -> tuple[PluginModule, ...]:
            found = []
            for module in range(lib.VM_PluginGetModuleCount(pointer)):
                count = lib.VM_PluginGetFunctionCount(pointer, module)
                functions = tuple(function_of(lib.VM_PluginGetFunction(pointer, module, index)) for index in range(count))
                name, described = lib.VM_PluginGetModuleName(pointer, module), lib.VM_PluginGetModuleDescription(pointer, module)
                found.append(PluginModule(text(name), maybe_text(described), functions))
            return tuple(found)

        return tuple(self._get(copy))

    @property
    def options(self) -> tuple[PluginOption, ...]:
        """Its options."""
        return tuple(self._list(lib.VM_PluginGetOptionCount, lib.VM_PluginGetOption, option_of))

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permissions that it asks for."""
        return tuple(self._list(lib.VM_PluginGetPermissionCount, lib.VM_PluginGetPermission, text))

    @property
    def hooks(self) -> tuple[PluginHook, ...]:
        """Its hooks."""
        return tuple(
            self._list(
                lib.VM_PluginGetHookCount,
                lib.VM_PluginGetHook,
                lambda hook: PluginHook(text(hook.point), maybe_text(hook.description)),
            )
        )

    def _parts(self, count: Any, get: Any, option: Any) -> tuple[PluginPart, ...]:
        def copy(pointer: Any) -> tuple[PluginPart, ...]:
            found = []
            for index in range(count(pointer)):
                part = get(pointer, index)
                options = tuple(option_of(option(pointer, index, each)) for each in range(part.option_count))
                found.append(PluginPart(text(part.name), maybe_text(part.description), options))
            return tuple(found)

        return tuple(self._get(copy))

    @property
    def sources(self) -> tuple[PluginPart, ...]:
        """Its sources of streams."""
        return self._parts(lib.VM_PluginGetSourceCount, lib.VM_PluginGetSource, lib.VM_PluginGetSourceOption)

    @property
    def sinks(self) -> tuple[PluginPart, ...]:
        """Its sinks of streams."""
        return self._parts(lib.VM_PluginGetSinkCount, lib.VM_PluginGetSink, lib.VM_PluginGetSinkOption)


class PluginRegistry(Reporting):
    """Loads plug-ins, under conditions that are set before."""

    _noun = "registry"

    def __init__(self) -> None:
        self._kept: list[Any] = []
        self._own(lib.VMPY_REGISTRY, made("VM_PluginRegistry", lib.VM_PluginRegistryCreate))

    def load_from_path(self, path: StrPath) -> list[ReportLine]:
        """Loads a plug-in from a file, or those of a directory; returns the report."""
        return self._reported(lambda registry, report, error: lib.VM_PluginLoadFromPath(registry, c_path(path), report, error))

    def load_with_default_paths(self) -> list[ReportLine]:
        """Loads the plug-ins of the default directories; returns the report."""
        return self._reported(lib.VM_PluginLoadWithDefaultPaths)

    def load_for_module(self, module: Module) -> list[ReportLine]:
        """Loads the plug-ins that a module needs; returns the report."""
        with Using(Module, module) as pointer:
            return self._reported(lambda registry, report, error: lib.VM_PluginLoadForModule(registry, pointer, report, error))

    def update_from_path(self, path: StrPath) -> list[ReportLine]:
        """Loads another version of loaded plug-ins; returns the report."""
        return self._reported(lambda registry, report, error: lib.VM_PluginRegistryUpdateFromPath(registry, c_path(path), report, error))

    def find(self, name: str) -> Plugin:
        """Returns a plug-in by its name."""
        return Plugin(self, self._make("VM_Plugin", lib.VM_PluginRegistryFind, c_string(name)))

    def __len__(self) -> int:
        return int(self._get(lib.VM_PluginRegistryGetCount))

    def __iter__(self) -> Iterator[Plugin]:
        for index in range(len(self)):
            yield Plugin(self, self._make("VM_Plugin", lib.VM_PluginRegistryFindByIndex, index))

    def allow_only(self, names: Iterable[str]) -> None:
        """Allows only plug-ins with these names; no code of any other is run."""
        array, count, kept = c_strings(names)
        self._call(lib.VM_PluginRegistrySetPolicy, lib.VM_PLUGIN_POLICY_NAMED, array, count)
        del kept

    def allow_all(self) -> None:
        """Allows all plug-ins, which is the default."""
        self._call(lib.VM_PluginRegistrySetPolicy, lib.VM_PLUGIN_POLICY_ANY, NULL, 0)

    def add_search_directory(self, directory: StrPath) -> None:
        """Adds a directory in which plug-ins are looked for by name."""
        self._call(lib.VM_PluginRegistryAddSearchDirectory, c_path(directory))

    def set_package_directory(self, directory: StrPath) -> None:
        """Sets the directory of installed packages."""
        self._call(lib.VM_PluginRegistrySetPackageDirectory, c_path(directory))

    def set_state_file(self, path: StrPath) -> None:
        """Sets the file in which plug-ins keep their state."""
        self._call(lib.VM_PluginRegistrySetStateFile, c_path(path))

    def set_data_directory(self, kind: DirectoryKind, directory: StrPath) -> None:
        """Sets the directory below which plug-ins have their directories of a kind."""
        self._call(lib.VM_PluginRegistrySetDataDirectory, kind, c_path(directory))

    def set_index_file(self, path: StrPath) -> None:
        """Sets the file that records which plug-ins are in which files."""
        self._call(lib.VM_PluginRegistrySetIndexFile, c_path(path))

    def set_file_checks(self, on: bool) -> None:
        """Sets whether files that other users could have written are refused."""
        self._call(lib.VM_PluginRegistrySetFileChecks, on)

    def add_trusted_group(self, group: int) -> None:
        """Trusts files that a group can write."""
        self._call(lib.VM_PluginRegistryAddTrustedGroup, group)

    def set_lock(self, path: StrPath) -> None:
        """Allows only the files with the hashes of a lock file."""
        self._call(lib.VM_PluginRegistrySetLock, c_path(path))

    def write_lock(self, path: StrPath) -> None:
        """Writes a lock file with the hashes of the loaded plug-ins."""
        self._call(lib.VM_PluginRegistryWriteLock, c_path(path))

    def add_key(self, key: str) -> None:
        """Allows only files that are signed with a key that was added."""
        self._call(lib.VM_PluginRegistryAddKey, c_string(key))

    def grant_permission(self, plugin: str, permission: str) -> None:
        """Grants a permission to a plug-in in all contexts."""
        self._call(lib.VM_PluginRegistryGrantPermission, c_string(plugin), c_string(permission))

    def declare_hook_point(self, point: str, description: str = "") -> None:
        """Declares a point of the host, so that hooks at other points are found to be mistakes."""
        self._call(lib.VM_PluginRegistryDeclareHookPoint, c_string(point), c_string(description))

    def set_module_plugins(self, flags: ModulePlugins) -> None:
        """Sets which plug-ins of modules are loaded with them."""
        self._call(lib.VM_PluginRegistrySetModulePlugins, flags)

    def prepare_module(self, module: Module) -> None:
        """Compiles the parameters of a module ahead."""
        with Using(Module, module) as pointer:
            self._call(lib.VM_PluginRegistryPrepareModule, pointer)

    def examine_module(self, module: Module) -> list[ImportOffer]:
        """Lists what would provide the imports of a module; nothing is loaded."""
        with Using(Module, module) as pointer:
            return imports_of(self._make("VM_ImportList", lib.VM_PluginRegistryExamineModule, pointer))

    def set_loop(self, loop: Loop) -> None:
        """Sets the event loop on which plug-ins run timers and watch descriptors."""
        with Using(Loop, loop) as pointer:
            self._call(lib.VM_PluginRegistrySetLoop, pointer)
        self._kept.append(loop)


def inspect_plugin(path: StrPath) -> PluginInspection:
    """Reads the manifest of a plug-in's file, without running its code."""
    pointer = made("VM_PluginInspection", lib.VM_PluginInspectFile, c_path(path))

    def say(*names: str) -> dict[str, Any]:
        return {name.lower(): text(getattr(lib, f"VM_PluginInspectionGet{name}")(pointer)) for name in names}

    def listed(count: Any, get: Any) -> tuple[str, ...]:
        return tuple(text(get(pointer, index)) for index in range(count(pointer)))

    try:
        depends = range(lib.VM_PluginInspectionGetDependencyCount(pointer))
        return PluginInspection(
            status=lib.VM_PluginInspectionGetStatus(pointer),
            **say("Message", "Path", "Platform", "Name", "Version", "Description", "License"),
            host_version=text(lib.VM_PluginInspectionGetHostVersion(pointer)),
            abi=(
                lib.VM_PluginInspectionGetAbiMajor(pointer),
                lib.VM_PluginInspectionGetAbiMinorBuilt(pointer),
                lib.VM_PluginInspectionGetAbiMinorRequired(pointer),
            ),
            flags=lib.VM_PluginInspectionGetFlags(pointer),
            modules=listed(lib.VM_PluginInspectionGetModuleCount, lib.VM_PluginInspectionGetModule),
            permissions=listed(lib.VM_PluginInspectionGetPermissionCount, lib.VM_PluginInspectionGetPermission),
            dependencies=tuple(
                (
                    text(lib.VM_PluginInspectionGetDependencyName(pointer, index)),
                    text(lib.VM_PluginInspectionGetDependencyVersion(pointer, index)),
                )
                for index in depends
            ),
        )
    finally:
        lib.VM_PluginInspectionDelete(pointer)
