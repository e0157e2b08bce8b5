"""Calls that were started: they can be awaited, polled, waited for and cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import threading
import time
import weakref
from collections.abc import Callable, Generator
from typing import Any

from ._errors import BusyError, ClosedError, Status, WouldBlockError, exception, take
from ._home import Home
from ._native import ffi, lib
from ._object import NULL, Object, Using, made
from ._values import results

# How long a wait keeps Python from handling signals, in milliseconds.
_PAUSE = 20
# How many executions an event loop polls before others have their turn.
_TURN = 16


class ExecutionState(enum.IntEnum):
    """The state of an execution."""

    READY = 1
    RUNNING = 2
    PENDING = 3
    DONE = 4
    FAILED = 5


class Execution(Object):
    """A started call. `await` it in the event loop in which it was started, or `wait` for it."""

    _noun = "execution"

    def __init__(self, context: Home, finish: Callable[[Any], Any], loop: asyncio.AbstractEventLoop | None) -> None:
        self._context = context
        self._finish = finish
        self._loop = loop
        self._future: asyncio.Future[Any] | None = None
        self._raised: BaseException | None = None
        self._outcome: tuple[Any, BaseException | None] | None = None

    def _adopt(self, pointer: Any) -> None:
        self._own(lib.VMPY_EXECUTION, pointer)
        _executions[_number(pointer)] = self

    @property
    def state(self) -> ExecutionState:
        """Whether it can go on, waits, or has ended."""
        return ExecutionState(self._get(lib.VM_ExecutionGetState))

    def done(self) -> bool:
        """Whether it has ended, with its results or a failure."""
        return self.state in (ExecutionState.DONE, ExecutionState.FAILED)

    def cancel(self) -> None:
        """Ends it with `libvm.Cancelled`, as soon as the guest is interrupted or suspended."""
        self._call(lib.VM_ExecutionCancel)

    def close(self) -> None:
        """Frees it; those that await it get `libvm.ClosedError`."""
        super().close()
        loop, future = self._loop, self._future
        if loop is None or future is None or future.done():
            return
        if _running_loop() is loop:
            self._abandon(future)
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing awaits in it any more
                loop.call_soon_threadsafe(self._abandon, future)

    def _abandon(self, future: asyncio.Future[Any]) -> None:
        if not future.done():
            future.set_exception(self._refused(lib.VMPY_CLOSED))
            future.exception()  # asyncio reports no exception that was looked at

    def poll(self) -> bool:
        """Runs it until a host function suspends it, its slice is used, or it ends; returns whether it has ended."""
        self._run(lib.VM_ExecutionPoll)
        self._tell()
        return self.done()

    def wait(self, timeout: float | None = None) -> Any:
        """Runs it until it has ended, and returns the results. After `timeout` seconds it raises TimeoutError, and can be waited for
        again."""
        end = None if timeout is None else time.monotonic() + timeout
        on_main_thread = threading.current_thread() is threading.main_thread()
        while True:
            left = None if end is None else max(end - time.monotonic(), 0)
            pause = _PAUSE if on_main_thread else 1 << 62
            if left is not None:
                pause = min(pause, int(left * 1000 + 0.999))
            if not self._run(lib.VM_ExecutionWait, pause):
                self._tell()
                return self.result()
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"the execution has not ended within {timeout} seconds")

    def result(self) -> Any:
        """The results of an execution that has ended, or its failure."""
        if self._outcome is None:
            if not self.done():
                raise WouldBlockError("the execution has not ended", Status.WOULD_BLOCK)
            self._run(lib.VM_ExecutionPoll)
        assert self._outcome is not None
        value, raised = self._outcome
        if raised is not None:
            raise raised
        return value

    def __await__(self) -> Generator[Any, None, Any]:
        if self._future is None:
            raise RuntimeError("the execution was not started in an event loop: use `wait`")
        return self._future.__await__()

    def _run(self, function: Callable[..., int], *args: Any) -> bool:
        """Polls or waits; returns whether it would have to wait longer."""
        handle = self._context._handle
        why = lib.vmpy_enter_run(handle)
        if why == lib.VMPY_VIEWED:
            raise self._context._refused(why)
        below, current.execution = current.execution, self
        try:
            status, error = self._status(function, *args)
        finally:
            current.execution = below
            if not why:
                lib.vmpy_leave_run(handle)
        if status == Status.WOULD_BLOCK and self.state != ExecutionState.FAILED:
            lib.VM_ErrorDelete(error[0])
            return True
        if status and self.state != ExecutionState.FAILED:
            raise take(error, status)
        if self._outcome is None and (status or self.state == ExecutionState.DONE):
            self._outcome = self._ended(status, error)
        elif status:
            lib.VM_ErrorDelete(error[0])
        return False

    def _ended(self, status: int, error: Any) -> tuple[Any, BaseException | None]:
        if not status:
            try:
                return self._finish(self), None
            except Exception as raised:
                return None, raised
        try:
            return None, exception(error[0], status, self._raised)
        finally:
            lib.VM_ErrorDelete(error[0])

    def _tell(self) -> None:
        """Completes the future of those that await it, after another has polled it or waited for it."""
        if self._loop is not None and self._outcome is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing awaits in it any more
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        """Completes the future of those that await it, if it has ended."""
        future = self._future
        if future is None or future.done() or self.closed or not self.done():
            return
        if self._outcome is None:
            self._run(lib.VM_ExecutionPoll)
        assert self._outcome is not None
        value, raised = self._outcome
        settle(future, value, raised)

    def exit_code(self) -> int:
        """The exit code of an execution of a WASI command."""
        code = ffi.new("int32_t *")
        self._call(lib.VM_ExecutionGetExitCode, code)
        return int(code[0])


def settle(future: asyncio.Future[Any], value: Any, raised: BaseException | None) -> None:
    """Completes a future with a value or an exception, if nothing has."""
    if future.done():
        return
    if raised is None:
        future.set_result(value)
    elif isinstance(raised, asyncio.CancelledError):
        future.cancel()  # the task of an asynchronous host function was cancelled, as at the end of its loop
    elif isinstance(raised, StopIteration):
        future.set_exception(RuntimeError(f"a host function raised {raised!r}"))
    else:
        future.set_exception(raised)


class Current(threading.local):
    """The execution that this thread is polling."""

    execution: Execution | None = None


current = Current()


_executions: weakref.WeakValueDictionary[int, Execution] = weakref.WeakValueDictionary()


def _number(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


class Queue(Object):
    """Contains the executions that can go on, in the order in which they became ready."""

    _noun = "queue"

    def __init__(self) -> None:
        self._own(lib.VMPY_QUEUE, made("VM_Queue", lib.VM_QueueCreate))

    def fileno(self) -> int:
        """A descriptor that is readable while the queue is not empty, for selectors and event loops."""
        return int(self._get(lib.VM_QueueGetHandle))

    def next(self) -> Execution | None:
        """Takes the first execution out of the queue, to poll it; None if the queue is empty."""
        while True:
            pointer = self._get(lib.VM_QueueNext)
            if pointer == NULL:
                return None
            found = _executions.get(_number(pointer))
            if found is not None and not found.closed:
                return found
            error = ffi.new("VM_Error **")  # it was closed meanwhile: polling it frees it
            lib.VM_ExecutionPoll(pointer, error)
            lib.VM_ErrorDelete(error[0])

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until the queue is not empty; returns whether it is not, after `timeout` seconds at the latest."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            pause = _PAUSE if end is None else min(_PAUSE, max(int((end - time.monotonic()) * 1000 + 0.999), 0))
            status, error = self._status(lib.VM_QueueWait, pause)
            if not status:
                return True
            if status != Status.WOULD_BLOCK:
                raise take(error, status)
            lib.VM_ErrorDelete(error[0])
            if end is not None and time.monotonic() >= end:
                return False


class _LoopQueue:
    """The executions that were started in an event loop of asyncio."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue = Queue()
        self.running: set[Execution] = set()
        loop.add_reader(self.queue.fileno(), self.drain)

    def drain(self) -> None:
        for _ in range(_TURN):
            execution = self.queue.next()
            if execution is None:
                return
            self.poll(execution)

    def poll(self, execution: Execution) -> None:
        try:
            execution._run(lib.VM_ExecutionPoll)
            execution._settle()
        except ClosedError:
            pass
        except BusyError:  # another thread waits for it, and may give up
            self.loop.call_later(_PAUSE / 1000, self.poll, execution)
        except BaseException as raised:
            self.running.discard(execution)
            if execution._future is not None and not execution._future.done() and isinstance(raised, Exception):
                execution._future.set_exception(raised)
                return
            raise


_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopQueue] = weakref.WeakKeyDictionary()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _finish(context: Home, count: int) -> Callable[[Execution], Any]:
    """Reads so many results."""

    def finish(execution: Execution) -> Any:
        values = ffi.new("VM_Value[]", max(count, 1))
        execution._call(lib.VM_ExecutionGetResults, values, count)
        return results(values, count, context)

    return finish


def go_on(context: Home, pointer: Any, count: int) -> Execution:
    """The execution of a call that has not ended after a while."""
    execution = Execution(context, _finish(context, count), None)
    execution._adopt(pointer)
    return execution


def start(context: Home, begin: Callable[..., int], count: int, queue: Queue | None) -> Execution:
    """Starts an execution that has so many results."""
    return start_with(context, begin, _finish(context, count), queue)


def start_with(context: Home, begin: Callable[..., int], finish: Callable[[Execution], Any], queue: Queue | None) -> Execution:
    """Starts an execution, in the running event loop if there is one and no queue is passed."""
    loop = _running_loop() if queue is None else None
    of_loop = None
    if loop is not None:
        of_loop = _loops.get(loop)
        if of_loop is None:
            of_loop = _loops[loop] = _LoopQueue(loop)
        queue = of_loop.queue
    execution = Execution(context, finish, loop)
    created = ffi.new("VM_Execution **")
    below, current.execution = current.execution, execution
    try:
        with Using(Queue, queue, optional=True) as queue_pointer:
            context._call(lambda pointer, error: begin(pointer, queue_pointer, created, error))
    finally:
        current.execution = below
    execution._adopt(created[0])
    if loop is not None and of_loop is not None:
        keeper = of_loop
        future = execution._future = loop.create_future()
        keeper.running.add(execution)

        def over(ended: asyncio.Future[Any]) -> None:
            keeper.running.discard(execution)
            if ended.cancelled() and not execution.closed:
                if not execution.done():
                    execution.cancel()
                # A guest that waits ends now, and one that is not interruptible has ended or is not running.
                execution.close()

        future.add_done_callback(over)
        execution._settle()
    return execution


def wait_interruptibly(execution: Execution) -> Any:
    """Waits for an execution; if a signal handler raises, as Ctrl-C does, the guest is stopped."""
    try:
        return execution.wait()
    finally:
        execution.close()
