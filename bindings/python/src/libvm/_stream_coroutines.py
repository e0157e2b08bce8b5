"""Asynchronous stages and sinks: an event loop runs their coroutines, and the stream waits for them on another thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import threading
from collections.abc import Callable
from typing import Any

from ._errors import BusyError, ClosedError, Status, WouldBlockError
from ._execution import settle
from ._object import function_needed, is_asynchronous


class Coroutines:
    """The coroutines of a stream, and the event loop that runs them."""

    def __init__(self) -> None:
        # Whether a stage or a sink is asynchronous.
        self.are_needed = False
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: concurrent.futures.Future[Any] | None = None
        self._is_cancelled = False

    def waiting(self, function: Callable[..., Any], what: str) -> Callable[..., None]:
        """A function that returns when this one, which may be asynchronous, has done its work."""
        if is_asynchronous(function_needed(function, what, may_be_asynchronous=True)):
            self.are_needed = True
            return lambda *args: self._wait(function(*args))

        def called(*args: Any) -> None:
            returned = function(*args)
            if inspect.iscoroutine(returned):
                returned.close()
                raise TypeError(f"{what} returned a coroutine, which nothing waits for: pass the `async def` function itself")

        return called

    def _wait(self, coroutine: Any) -> None:
        with self._lock:
            if self._loop is None or self._is_cancelled:
                coroutine.close()
                raise concurrent.futures.CancelledError
            running = self._running = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        running.result()

    async def drive(self, run: Callable[[], bool], stop: Callable[[], None]) -> bool:
        """Runs the stream on a thread of its own while this loop runs its coroutines."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._loop is not None:
                raise BusyError("the stream is running", Status.BUSY)
            self._loop, self._is_cancelled = loop, False
        ended: asyncio.Future[bool] = loop.create_future()

        def work() -> None:
            value, raised = False, None
            try:
                value = run()
            except BaseException as error:
                raised = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing waits in it any more
                loop.call_soon_threadsafe(settle, ended, value, raised)

        # A daemon: the end of the process does not wait for it.
        threading.Thread(target=work, name="libvm.Stream", daemon=True).start()
        try:
            await asyncio.wait({ended})
        except asyncio.CancelledError:
            with contextlib.suppress(ClosedError):
                stop()
            self._cancel()
            await asyncio.wait({ended})
            ended.cancelled() or ended.exception()  # asyncio reports no exception that was looked at
            raise
        finally:
            with self._lock:
                self._loop = self._running = None
        return ended.result()

    def drive_now(self, run: Callable[[], bool], stop: Callable[[], None]) -> bool:
        """The same, in an event loop for this run."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self.drive(run, stop))
        what = "the stream has asynchronous functions, and was run in an event loop, which would have to wait"
        raise WouldBlockError(f"{what}: use `await stream.start()`", Status.WOULD_BLOCK)

    def _cancel(self) -> None:
        with self._lock:
            self._is_cancelled, running = True, self._running
        if running is not None:
            running.cancel()
