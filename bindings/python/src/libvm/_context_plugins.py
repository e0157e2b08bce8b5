"""Plug-ins and hooks of a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._engine import Module
from ._hooks import WithHooks
from ._native import lib
from ._object import Using, c_string, c_strings
from ._plugins import ImportOffer, Plugin, PluginRegistry, imports_of


class WithPlugins(WithHooks):
    """The functions of a context that are about plug-ins."""

    _kept: list[Any]

    def register_plugin(self, plugin: Plugin) -> None:
        """Registers a plug-in, from which guests import."""
        with Using(Plugin, plugin) as pointer:
            self._call(lib.VM_ContextRegisterPlugin, pointer)

    def register_plugins(self, registry: PluginRegistry) -> None:
        """Registers the plug-ins of a registry."""
        with Using(PluginRegistry, registry) as pointer:
            self._call(lib.VM_ContextRegisterPlugins, pointer)

    def update_plugin(self, plugin: Plugin) -> None:
        """Replaces a registered plug-in with another version of it."""
        with Using(Plugin, plugin) as pointer:
            self._call(lib.VM_ContextUpdatePlugin, pointer)

    def set_module_plugins(self, registry: PluginRegistry) -> None:
        """Loads the plug-ins of modules from a registry when they are instantiated."""
        with Using(PluginRegistry, registry) as pointer:
            self._call(lib.VM_ContextSetModulePlugins, pointer)

    def set_plugin_option(self, plugin: str, key: str, value: str | bool | int | float | Sequence[str]) -> None:
        """Sets an option of a plug-in, before it is registered."""
        names = c_string(plugin), c_string(key)
        if isinstance(value, bool):
            self._call(lib.VM_ContextSetPluginOptionBool, *names, value)
        elif isinstance(value, int):
            self._call(lib.VM_ContextSetPluginOptionInteger, *names, value)
        elif isinstance(value, float):
            self._call(lib.VM_ContextSetPluginOptionFloat, *names, value)
        elif isinstance(value, str):
            self._call(lib.VM_ContextSetPluginOption, *names, c_string(value))
        else:
            array, count, kept = c_strings(value)
            self._call(lib.VM_ContextSetPluginOptionList, *names, array, count)
            del kept

    def grant_permission(self, plugin: str, permission: str) -> None:
        """Grants a permission to a plug-in, or to a host module of this name, before it is registered."""
        self._call(lib.VM_ContextGrantPermission, c_string(plugin), c_string(permission))

    @property
    def offers(self) -> list[ImportOffer]:
        """What guests of the context can import."""
        return imports_of(self._make("VM_ImportList", lib.VM_ContextListImports))

    def examine_module(self, module: Module) -> list[ImportOffer]:
        """Lists what provides the imports of a module; nothing is loaded or linked."""
        with Using(Module, module) as pointer:
            return imports_of(self._make("VM_ImportList", lib.VM_ContextExamineModule, pointer))
