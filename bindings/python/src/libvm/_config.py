"""Configuration files."""

from __future__ import annotations

from typing import Any

from ._native import ffi, lib
from ._object import NULL, Object, StrPath, c_path, made
from ._report import Reporting, ReportLine


class Config(Object):
    """A configuration: pass it to `Engine` and `ContextConfig`, and apply it to a `PluginRegistry`."""

    _noun = "configuration"

    def __init__(self, source: StrPath | bytes, directory: StrPath | None = None) -> None:
        """Reads a file, or bytes with the directory that paths in them are relative to."""
        if isinstance(source, bytes):
            where = NULL if directory is None else ffi.new("char[]", c_path(directory))
            pointer = made("VM_Config", lib.VM_ConfigLoadFromBuffer, source, len(source), where)
        else:
            pointer = made("VM_Config", lib.VM_ConfigLoadFromFile, c_path(source))
        self._own(lib.VMPY_CONFIG, pointer)

    def apply(self, registry: Reporting) -> list[ReportLine]:
        """Loads the plug-ins of the configuration into a `PluginRegistry`, with their options and permissions; returns the report."""

        def load(pointer: Any, report: Any, error: Any) -> int:
            status, own = self._status(lib.VM_ConfigApplyToPluginRegistry, pointer, report)
            error[0] = own[0]
            return status

        return registry._reported(load)
