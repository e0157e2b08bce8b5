"""Asynchronous host functions: their guest is suspended while they wait, and goes on for what they ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ._caller import Caller
from ._errors import RAISED, StaleError, Status, of_caller, raised_by_host
from ._execution import settle
from ._func import Func
from ._home import home_of
from ._native import ffi, lib
from ._suspension import Suspended
from ._values import array, results

T = TypeVar("T")

_GO_ON = ffi.addressof(lib, "vmpy_go_on")


class AsyncCaller:
    """The call that an `async def` host function was called for: a first parameter with this annotation receives it.

    It is valid until the function returns.
    """

    _is_caller = True
    __slots__ = ("_caller", "_call")

    def __init__(self, caller: Any) -> None:
        self._caller = caller
        # None in a blocking call, which is on the stack while the function runs.
        self._call: AsyncCall | None = None

    async def call(self, function: str | Func, *args: Any) -> Any:
        """Calls a function of the guest: one that it exports, by its name, or a `libvm.Func`. It may call asynchronous host functions in
        turn. Other calls of the same host function wait until it has returned."""
        call = self._call
        if call is None:
            return _func(self._caller, function)(*args)
        return await call.ask(lambda caller, answer: call.start(caller, answer, function, args))

    async def use(self, function: Callable[[Caller], T]) -> T:
        """Calls a function with a `libvm.Caller`, for the guest's memory for example: `await caller.use(lambda guest:
        guest.memory.read(0, 5))`."""
        call = self._call
        if call is None:
            return _used(self._caller, function)
        used: T = await call.ask(lambda caller, answer: call.settle(answer, lambda: _used(caller, function)))
        return used


def _func(caller: Any, function: str | Func) -> Func:
    return function if isinstance(function, Func) else Caller(caller).export(function)


def _used(caller: Any, function: Callable[[Caller], T]) -> T:
    used = function(Caller(caller))
    if inspect.iscoroutine(used):
        used.close()
        raise TypeError("the function cannot be asynchronous: its libvm.Caller is valid until it returns")
    return used


class AsyncCall(Suspended):
    """A call of an asynchronous host function. Its guest is suspended until the coroutine asks for something or has ended; then libvm
    calls `resume`, with a caller that is valid until that returns."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str, end: Callable[[Any, Any, Any], None]) -> None:
        super().__init__(loop)
        self._name, self._end = name, end
        self._lock = threading.Lock()
        self._asked: deque[tuple[asyncio.Future[Any], Callable[[Any, asyncio.Future[Any]], bool]]] = deque()
        # The running call of the guest, and what it is the answer to.
        self._calling: tuple[asyncio.Future[Any], str] | None = None
        self._token = 0
        self._is_starting = self._is_over = False

    def run(self, coroutine: Coroutine[Any, Any, Any], caller: Any) -> int:
        """Starts the coroutine, and suspends the guest; returns the status of that."""
        self.begin(coroutine)
        self.task.add_done_callback(lambda task: self._wake())
        return self._wait(caller)

    async def ask(self, ask: Callable[[Any, asyncio.Future[Any]], bool]) -> Any:
        """Has a function called with a caller and the future of its answer; it returns whether it has started a call of the guest."""
        answer = self.loop.create_future()
        with self._lock:
            if self._is_over:
                raise StaleError(f"the call of `{self._name}` is over, and its libvm.AsyncCaller was valid until then", Status.STALE)
            self._asked.append((answer, ask))
        self._wake()
        return await answer

    def start(self, caller: Any, answer: asyncio.Future[Any], function: str | Func, args: tuple[Any, ...]) -> bool:
        """Starts a call of the guest."""
        self._is_starting = True  # a failure is the answer, and does not end this call
        try:
            func = _func(caller, function)
            values, kept = array(func.type.params, args, func._context, caller)
            reference, token = lib.VM_FuncToRef(func._site.func), ffi.new("VM_Token *")
            status = lib.VM_CallerStartCall(caller, reference, values, len(args), self.suspension("VM_Suspension", _GO_ON), token)
            del kept
            if status != lib.VM_STATUS_PENDING:
                raise of_caller(caller, status, f"the guest's function `{func.name}` cannot be called")
            self._calling = answer, func.name
        except Exception as raised:
            self._set(answer, None, raised)
        finally:
            self._is_starting = False
        return self._calling is not None

    def settle(self, answer: asyncio.Future[Any], use: Callable[[], Any]) -> bool:
        """Completes an answer with what a function returns or raises."""
        try:
            self._set(answer, use(), None)
        except Exception as raised:
            # What their variables refer to may be a part of the guest's memory.
            traceback.clear_frames(raised.__traceback__)
            self._set(answer, None, raised)
        return False

    def resume(self, caller: Any, completion: Any, made: Any) -> int:
        """Goes on with the call: does what the coroutine has asked for, or returns its results."""
        try:
            calling, self._calling = self._calling, None
            if calling is not None:
                answer, name = calling
                self.settle(answer, lambda: _results(caller, completion, name))
            while not self.task.done():
                with self._lock:
                    asked = self._asked.popleft() if self._asked else None
                if asked is None:
                    return self._wait(caller)
                answer, ask = asked
                if not answer.done() and ask(caller, answer):
                    return int(lib.VM_STATUS_PENDING)
            self._end(self.task.result(), caller, made)
            self._over()
        except BaseException:
            self.cancel()
            raise
        return 0

    def cancel(self) -> None:
        if not self._is_starting:
            super().cancel()
            self._over()

    def _wait(self, caller: Any) -> int:
        token = ffi.new("VM_Token *")
        status = lib.VM_CallerSuspend(caller, self.suspension("VM_Suspension", _GO_ON), token)
        if status != lib.VM_STATUS_PENDING:
            raise of_caller(caller, status, f"`{self._name}` cannot suspend its guest")
        with self._lock:
            self._token = token[0]
            is_ready = self.task.done() or len(self._asked) > 0
        if is_ready:
            self._wake()
        return int(status)

    def _wake(self) -> None:
        """Has `resume` called, if the guest is suspended."""
        with self._lock:
            token, self._token = self._token, 0
        if token:
            error = ffi.new("VM_Error **")
            lib.VM_Complete(token, ffi.NULL, 0, error)  # stale if the execution is over
            lib.VM_ErrorDelete(error[0])

    def _over(self) -> None:
        """Ends the answers that the coroutine has not waited for."""
        with self._lock:
            self._is_over = True
            left = [answer for answer, _ in self._asked]
            self._asked.clear()
        if self._calling is not None:
            left.append(self._calling[0])
        for answer in left:
            self._in_loop(answer.cancel)

    def _set(self, answer: asyncio.Future[Any], value: Any, raised: Exception | None) -> None:
        self._in_loop(lambda: settle(answer, value, raised))

    def _in_loop(self, use: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs in it any more
            self.loop.call_soon_threadsafe(use)


def _results(caller: Any, completion: Any, name: str) -> Any:
    """The results of a call of the guest, or its failure."""
    status = completion.status
    if not status:
        return results(completion.values, completion.count, home_of(caller), caller)
    raised = raised_by_host.take() if status == RAISED else None
    if raised is not None:
        raise raised
    raise of_caller(caller, status, f"the guest's function `{name}` failed")
