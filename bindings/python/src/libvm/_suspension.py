"""Coroutines that guests and events wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from ._errors import Status, WouldBlockError
from ._execution import Execution, current
from ._native import ffi, lib
from ._values import from_handle, hold, let_go


class Suspended:
    """A coroutine for which libvm waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop, kept: object = None) -> None:
        self.loop = loop
        self.kept = kept
        self.task: Any = None

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Starts the coroutine, in its loop."""
        try:
            is_running = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            is_running = False
        if is_running:
            self.task = self.loop.create_task(coroutine)
        else:
            self.task = asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def suspension(self, kind: str, resume: Any) -> Any:
        """A VM_Suspension or VM_EventSuspension, for one use. Its cancel function, which a failure calls too, uses the task."""
        made = ffi.new(kind + " *")
        made.size = ffi.sizeof(kind)
        made.user, made.resume = hold(self), resume
        made.cancel, made.release = lib.vmpy_suspension_cancel, lib.vmpy_suspension_release
        return made

    def cancel(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs in it any more
            self.loop.call_soon_threadsafe(self.task.cancel)


@ffi.def_extern()  # type: ignore[untyped-decorator]
def vmpy_suspension_cancel(user: Any) -> None:
    from_handle(user).cancel()


@ffi.def_extern()  # type: ignore[untyped-decorator]
def vmpy_suspension_release(user: Any) -> None:
    let_go(user)


def waiting_loop(
    coroutine: Coroutine[Any, Any, Any], home: Any, what: str, instead: str
) -> tuple[Execution, asyncio.AbstractEventLoop] | None:
    """The execution that waits for a coroutine, and its loop; None if the call blocks, and the coroutine is to be run at once. `home` is the
    handle of the context: a blocking call of another one may have been made while the execution runs."""
    execution = current.execution
    if execution is not None and execution._loop is not None and execution._context._handle == home:
        return execution, execution._loop
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    coroutine.close()
    raise WouldBlockError(f"{what} was called from a running event loop, which would have to wait: use `{instead}`", Status.WOULD_BLOCK)
