"""Packages of plug-ins: archives, and the directory in which they are installed."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._context_config import unraisable
from ._errors import Status, maybe_text, text
from ._native import ffi, lib
from ._object import NULL, Object, StrPath, Using, c_path, c_string, checked, function_needed, made
from ._plugins import PluginFunction, PluginModule, PluginOption, PluginRegistry, function_of, option_of
from ._values import from_handle


class PackageStage(enum.IntEnum):
    """What a long call is doing."""

    WAIT = 1
    UNPACK = 2
    VERIFY = 3


@dataclass(frozen=True)
class PackageProgress:
    """How far a long call is: bytes that are done, of all."""

    stage: PackageStage
    done: int
    total: int
    entry: str


Progress = Callable[[PackageProgress], "bool | None"]
"""Receives progress; False cancels the call."""


@dataclass(frozen=True)
class PackageFile:
    """A file of a package."""

    name: str
    bytes: int


@dataclass(frozen=True)
class PackageLibrary:
    """A library of a package, for one kind of machine."""

    file: str
    system: str
    processor: str
    platform: str
    is_for_this_machine: bool


@dataclass(frozen=True)
class PackageInspection:
    """The description of a package, of which no code was run."""

    status: int
    message: str
    path: str
    name: str
    version: str
    description: str
    author: str
    license: str
    homepage: str
    flags: int
    libraries: tuple[PackageLibrary, ...]
    files: tuple[PackageFile, ...]
    modules: tuple[PluginModule, ...]
    options: tuple[PluginOption, ...]
    hooks: tuple[tuple[str, str | None], ...]
    sources: tuple[tuple[str, str | None], ...]
    sinks: tuple[tuple[str, str | None], ...]
    permissions: tuple[str, ...]
    dependencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class InstalledPackage:
    """An installed version of a package."""

    status: int
    name: str
    version: str
    description: str
    path: str
    message: str
    active: bool


def _inspection(pointer: Any) -> PackageInspection:
    def say(*names: str) -> dict[str, Any]:
        return {name.lower(): text(getattr(lib, f"VM_PackageInspectionGet{name}")(pointer)) for name in names}

    def listed(name: str, copy: Callable[[Any], Any], *args: Any) -> tuple[Any, ...]:
        count = getattr(lib, f"VM_PackageInspectionGet{name}Count")(pointer, *args)
        get = getattr(lib, f"VM_PackageInspectionGet{name}")
        return tuple(copy(get(pointer, *args, index)) for index in range(count))

    def module(index: int) -> PluginModule:
        functions: tuple[PluginFunction, ...] = ()
        if lib.VM_PackageInspectionHasFunctions(pointer, index):
            count = lib.VM_PackageInspectionGetFunctionCount(pointer, index)
            functions = tuple(function_of(lib.VM_PackageInspectionGetFunction(pointer, index, each)) for each in range(count))
        described = maybe_text(lib.VM_PackageInspectionGetModuleDescription(pointer, index))
        return PluginModule(text(lib.VM_PackageInspectionGetModuleName(pointer, index)), described, functions)

    def items(kind: int) -> tuple[Any, ...]:
        return listed("Item", lambda item: (text(item.name), maybe_text(item.description)), kind)

    def library(found: Any) -> PackageLibrary:
        return PackageLibrary(
            text(found.file), text(found.system), text(found.processor), text(found.platform), bool(found.is_for_this_machine)
        )

    try:
        depends = range(lib.VM_PackageInspectionGetDependencyCount(pointer))
        return PackageInspection(
            status=lib.VM_PackageInspectionGetStatus(pointer),
            **say("Message", "Path", "Name", "Version", "Description", "Author", "License", "Homepage"),
            flags=lib.VM_PackageInspectionGetFlags(pointer),
            libraries=listed("Library", library),
            files=listed("File", lambda file: PackageFile(text(file.name), file.bytes)),
            modules=tuple(module(index) for index in range(lib.VM_PackageInspectionGetModuleCount(pointer))),
            options=listed("Option", option_of),
            hooks=items(lib.VM_PACKAGE_ITEM_HOOK),
            sources=items(lib.VM_PACKAGE_ITEM_SOURCE),
            sinks=items(lib.VM_PACKAGE_ITEM_SINK),
            permissions=listed("Permission", text),
            dependencies=tuple(
                (
                    text(lib.VM_PackageInspectionGetDependencyName(pointer, index)),
                    text(lib.VM_PackageInspectionGetDependencyVersion(pointer, index)),
                )
                for index in depends
            ),
        )
    finally:
        lib.VM_PackageInspectionDelete(pointer)


@ffi.def_extern(error=False, onerror=unraisable)  # type: ignore[untyped-decorator]
def vmpy_progress(user: Any, progress: Any) -> bool:
    told = PackageProgress(PackageStage(progress.stage), progress.done, progress.total, text(progress.entry))
    return from_handle(user)(told) is not False


def _progress(function: Progress | None) -> tuple[Any, Any]:
    return (NULL, NULL) if function is None else (lib.vmpy_progress, ffi.new_handle(function_needed(function, "what is told the progress")))


def inspect_package(file: StrPath) -> PackageInspection:
    """Reads the description of a package."""
    return _inspection(made("VM_PackageInspection", lib.VM_PackageInspectFile, c_path(file)))


def verify_package(file: StrPath, registry: PluginRegistry | None = None, progress: Progress | None = None) -> None:
    """Raises an error unless the hashes of a package, and with a registry's keys its signature, are right."""
    callback, handle = _progress(progress)
    with Using(PluginRegistry, registry, optional=True) as pointer:
        checked(lib.VM_PackageVerifyFile, pointer, c_path(file), callback, handle)


def build_package(directory: StrPath, output: StrPath) -> None:
    """Builds a package from a directory."""
    checked(lib.VM_PackageBuild, c_path(directory), c_path(output))


class PackageDirectory(Object):
    """A directory of installed packages."""

    _noun = "package directory"

    def __init__(self, path: StrPath | None = None, registry: PluginRegistry | None = None) -> None:
        with Using(PluginRegistry, registry, optional=True) as pointer:
            where = NULL if path is None else c_path(path)
            self._own(lib.VMPY_PACKAGES, made("VM_PackageDirectory", lib.VM_PackageDirectoryCreate, where, pointer))

    @property
    def path(self) -> str:
        """The directory."""
        return self._text(lib.VM_PackageDirectoryGetPath)

    def install(
        self,
        archive: StrPath,
        *,
        replace: bool = False,
        downgrade: bool = False,
        inactive: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Installs a package and makes it active."""
        self._install(lib.VM_PackageDirectoryInstall, archive, replace, downgrade, inactive, progress)

    def update(
        self,
        archive: StrPath,
        *,
        replace: bool = False,
        downgrade: bool = False,
        inactive: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Installs another version of an installed package."""
        self._install(lib.VM_PackageDirectoryUpdate, archive, replace, downgrade, inactive, progress)

    def _install(
        self, function: Any, archive: StrPath, replace: bool, downgrade: bool, inactive: bool, progress: Progress | None
    ) -> None:
        callback, handle = _progress(progress)
        flags = replace * lib.VM_PACKAGE_REPLACE | downgrade * lib.VM_PACKAGE_DOWNGRADE | inactive * lib.VM_PACKAGE_INACTIVE
        self._call(function, c_path(archive), flags, callback, handle)

    def use(self, name: str, version: str) -> None:
        """Makes an installed version active."""
        self._call(lib.VM_PackageDirectoryUse, c_string(name), c_string(version))

    def remove(self, name: str, version: str | None = None, next: str | None = None) -> None:
        """Removes a version, or all, of a package; `next` becomes active."""
        optional = (NULL if each is None else c_string(each) for each in (version, next))
        self._call(lib.VM_PackageDirectoryRemove, c_string(name), *optional)

    def verify(self, name: str, version: str | None = None, progress: Progress | None = None) -> None:
        """Raises an error unless the files are those that were installed."""
        callback, handle = _progress(progress)
        self._call(lib.VM_PackageDirectoryVerify, c_string(name), NULL if version is None else c_string(version), callback, handle)

    def describe(self, name: str, version: str | None = None) -> PackageInspection:
        """The description of an installed package."""
        which = NULL if version is None else c_string(version)
        return _inspection(self._make("VM_PackageInspection", lib.VM_PackageDirectoryDescribe, c_string(name), which))

    @property
    def packages(self) -> list[InstalledPackage]:
        """The installed packages, each version."""
        pointer = self._make("VM_PackageList", lib.VM_PackageDirectoryList)
        try:
            found = (lib.VM_PackageListGet(pointer, index) for index in range(lib.VM_PackageListGetCount(pointer)))
            return [
                InstalledPackage(
                    Status(item.status) if item.status in Status._value2member_map_ else item.status,
                    text(item.name),
                    text(item.version),
                    text(item.description),
                    text(item.path),
                    text(item.message),
                    bool(item.active),
                )
                for item in found
            ]
        finally:
            lib.VM_PackageListDelete(pointer)
