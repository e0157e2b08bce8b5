"""Coroutines that guests and events wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from ._errors import Status, WouldBlockError, describe
from ._execution import Execution, current
from ._native import ffi, lib
from ._values import from_handle, hold, let_go


class Suspended:
    """A coroutine for which libvm waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop, kept: object) -> None:
        self.loop = loop
        self.kept = kept
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


def waiting_loop(coroutine: Coroutine[Any, Any, Any], what: str, instead: str) -> Execution | None:
    """The execution that waits for a coroutine in its loop; None if the call blocks, and the coroutine is to be run at once."""
    execution = current.execution
    if execution is not None and execution._loop is not None:
        return execution
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    coroutine.close()
    raise WouldBlockError(f"{what} was called from a running event loop, which would have to wait: use `{instead}`", Status.WOULD_BLOCK)


def suspend(
    execution: Execution,
    coroutine: Coroutine[Any, Any, Any],
    kind: str,
    begin: Callable[[Any, Any], int],
    complete: Callable[[int, Any, Any], None],
    fail: Callable[[int, bytes, Any], None],
    kept: object = None,
    resume: Any = ffi.NULL,
) -> int:
    """Suspends the call that `begin` suspends until the coroutine has ended; returns the status of that."""
    loop = execution._loop
    assert loop is not None
    waiting = Suspended(loop, kept)
    suspension = ffi.new(kind + " *")
    suspension.size = ffi.sizeof(kind)
    suspension.user, suspension.resume = hold(waiting), resume
    suspension.cancel, suspension.release = lib.vmpy_suspension_cancel, lib.vmpy_suspension_release
    token = ffi.new("VM_Token *")
    # The cancel function uses the task; a failure calls it too.
    try:
        is_running = asyncio.get_running_loop() is loop
    except RuntimeError:
        is_running = False
    if is_running:
        waiting.task = loop.create_task(coroutine)
    else:
        waiting.task = asyncio.run_coroutine_threadsafe(coroutine, loop)
    status = begin(suspension, token)
    if status == lib.VM_STATUS_PENDING:
        number = token[0]
        waiting.task.add_done_callback(lambda task: _over(execution, number, task, complete, fail))
    return status


def _over(
    execution: Execution, token: int, task: Any, complete: Callable[[int, Any, Any], None], fail: Callable[[int, bytes, Any], None]
) -> None:
    error = ffi.new("VM_Error **")
    try:
        complete(token, task, error)
    except BaseException as raised:
        execution._raised = raised
        fail(token, describe(raised).encode("utf-8", "replace").replace(b"\0", b"?"), error)
        if isinstance(raised, (KeyboardInterrupt, SystemExit)):
            raise
    finally:
        # Stale if the execution is over.
        lib.VM_ErrorDelete(error[0])
