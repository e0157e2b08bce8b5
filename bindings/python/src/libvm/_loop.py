"""The event loop on which plug-ins run timers and watch descriptors."""

from __future__ import annotations

from ._native import lib
from ._object import Object, made


class Loop(Object):
    """An event loop for plug-ins (`PluginRegistry.set_loop`). asyncio runs it: `loop.add_reader(plugins, plugins.run_once)`."""

    _noun = "event loop"

    def __init__(self) -> None:
        self._own(lib.VMPY_LOOP, made("VM_Loop", lib.VM_LoopCreate))

    def run_once(self, timeout: float = 0) -> None:
        """Runs what is due, and waits for it for so many seconds at most."""
        self._call(lib.VM_LoopRunOnce, int(timeout * 1000))

    def fileno(self) -> int:
        """A descriptor that is readable when something is due, apart from timers."""
        return int(self._get(lib.VM_LoopGetHandle))

    @property
    def timeout(self) -> float | None:
        """The seconds until the next timer is due; None without one."""
        milliseconds = int(self._get(lib.VM_LoopGetTimeout))
        return None if milliseconds == 2**64 - 1 else milliseconds / 1000
