"""Hooks: functions at points of the host, with events that they read, change and answer."""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from ._errors import RAISED, Status, failed, raised_by_host, told
from ._execution import Execution, start_with
from ._home import Home
from ._native import ffi, lib
from ._object import NULL, Object, Using, c_string, function_needed, is_asynchronous, made
from ._suspension import Suspended, waiting_loop
from ._values import from_handle


class Answer(enum.IntEnum):
    """The answer of a hook: the next hook is called, none is called any more, or all are called again."""

    CONTINUE = 0
    COMPLETE = 2
    RETRY = 3


_OF_EVENT: Mapping[int, str] = {
    Status.INVALID_ARGUMENT: "the length of a key is between 1 and 255 bytes",
    Status.LIMIT: "an event has up to 1,000 fields",
    Status.STALE: "the hook has returned, and its event is valid only until then",
    Status.BUSY: "hooks are being called with the event, or it waits for one: use it when `invoke_hooks` or `start_hooks` has ended",
    Status.WRONG_THREAD: "the hook runs on another thread, which alone may use its event",
}


class Fields:
    """The fields of an event: `event["sender"] = "a@b"`, `del event["size"]`. Values are str, bytes or int."""

    def _event(self, use: Callable[..., int], *args: Any) -> int:
        raise NotImplementedError

    def _done(self, key: str, use: Callable[..., int], *args: Any) -> None:
        status = self._event(use, c_string(key), *args)
        if status == Status.NOT_FOUND:
            raise KeyError(key)
        if status:
            raise failed(status, f"the field `{key}` cannot be used", _OF_EVENT)

    @staticmethod
    def _is_found(status: int, what: str) -> bool:
        if status and status != Status.NOT_FOUND:
            raise failed(status, what, _OF_EVENT)
        return not status

    def __getitem__(self, key: str) -> str | bytes | int:
        kind = ffi.new("VM_EventType *")
        self._done(key, lib.VM_EventGetType, kind)
        if kind[0] == lib.VM_EVENT_TYPE_INTEGER:
            number = ffi.new("int64_t *")
            self._done(key, lib.VM_EventGetInteger, number)
            return int(number[0])
        if kind[0] == lib.VM_EVENT_TYPE_STRING:
            string = ffi.new("char **")
            self._done(key, lib.VM_EventGetString, string)
            return str(ffi.string(string[0]).decode())
        if kind[0] == lib.VM_EVENT_TYPE_BYTES:
            found = ffi.new("VM_Bytes *")
            self._done(key, lib.VM_EventGetBytes, found)
            return bytes(ffi.buffer(found.data, found.size)) if found.size else b""
        raise TypeError(f"the field `{key}` is a pointer, which has no meaning in Python")

    def __setitem__(self, key: str, value: str | bytes | int) -> None:
        if isinstance(value, str):
            self._done(key, lib.VM_EventSetString, c_string(value))
        elif isinstance(value, int):
            self._done(key, lib.VM_EventSetInteger, value)
        else:
            data = ffi.from_buffer(value)
            self._done(key, lib.VM_EventSetBytes, data, len(data))

    def __delitem__(self, key: str) -> None:
        self._done(key, lib.VM_EventRemove)

    def __contains__(self, key: str) -> bool:
        kind = ffi.new("VM_EventType *")
        return self._is_found(self._event(lib.VM_EventGetType, c_string(key), kind), f"the field `{key}` cannot be used")

    def __iter__(self) -> Iterator[str]:
        keys: list[str] = []
        found = ffi.new("char **")
        while self._is_found(self._event(lib.VM_EventGetKey, len(keys), found), "the fields of the event cannot be listed"):
            keys.append(ffi.string(found[0]).decode())
        return iter(keys)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a field, or the default."""
        try:
            return self[key]
        except KeyError:
            return default


class Event(Fields, Object):
    """An event for the hooks at a point: `context.invoke_hooks(Event("mail.accept", sender="a@b"))`."""

    _noun = "event"

    def __init__(self, point: str, **fields: str | bytes | int) -> None:
        self._own(lib.VMPY_EVENT, made("VM_Event", lib.VM_EventCreate, c_string(point)))
        for key, value in fields.items():
            self[key] = value

    def _event(self, use: Callable[..., int], *args: Any) -> int:
        return int(self._get(use, *args))


class HookEvent(Fields):
    """The event that a hook was called with; valid until the hook returns."""

    __slots__ = ("_pointer",)

    def __init__(self, pointer: Any) -> None:
        self._pointer = pointer

    def _event(self, use: Callable[..., int], *args: Any) -> int:
        return int(lib.VM_STATUS_STALE if self._pointer is None else use(self._pointer, *args))

    @property
    def point(self) -> str:
        """The name of the point."""
        if self._pointer is None:
            raise failed(Status.STALE, "the name of the point cannot be read", _OF_EVENT)
        return str(ffi.string(self._pointer.point).decode())


class _Copied(HookEvent):
    """The event of an asynchronous hook: a copy, whose changes are made when the hook has ended."""

    __slots__ = ("_point", "_values", "_changed")

    def __init__(self, event: HookEvent) -> None:
        self._point = event.point
        self._values: dict[str, str | bytes | int] = {}
        for key in event:
            with contextlib.suppress(TypeError):  # a pointer
                self._values[key] = event[key]
        self._changed: set[str] = set()

    def __getitem__(self, key: str) -> str | bytes | int:
        return self._values[key]

    def __setitem__(self, key: str, value: str | bytes | int) -> None:
        self._values[key] = value
        self._changed.add(key)

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._changed.add(key)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._values))

    @property
    def point(self) -> str:
        """The name of the point."""
        return self._point

    def apply(self, event: HookEvent) -> None:
        """Makes the changes in an event."""
        for key in self._changed:
            if key in self._values:
                event[key] = self._values[key]
            elif key in event:
                del event[key]


class _AsyncHook:
    """An `async def` hook: the event waits for it, and the context is free meanwhile."""

    def __init__(self, function: Callable[[HookEvent], Any], home: Any) -> None:
        self.function, self.home = function, home

    def __call__(self, event: HookEvent) -> Answer | int:
        copied = _Copied(event)
        coroutine = self.function(copied)
        where = waiting_loop(coroutine, self.home, f"the hook at `{event.point}` is asynchronous, and", "await context.start_hooks(event)")
        if where is None:
            answer = asyncio.run(coroutine)
            copied.apply(event)
            return Answer.CONTINUE if answer is None else Answer(answer)
        execution, loop = where
        waiting = Suspended(loop, copied)
        waiting.begin(coroutine)
        token = ffi.new("VM_Token *")
        status = lib.VM_EventSuspend(event._pointer, waiting.suspension("VM_EventSuspension", lib.vmpy_event_resume), token)
        if status != lib.VM_STATUS_PENDING:
            raise failed(status, f"the hook at `{event.point}` cannot let its event wait", _OF_EVENT)
        number = token[0]
        waiting.task.add_done_callback(lambda task: self._over(execution, number, task))
        return int(status)

    @staticmethod
    def _over(execution: Execution, token: int, task: Any) -> None:
        error = ffi.new("VM_Error **")
        try:
            answer = task.result()
            lib.VM_CompleteEvent(token, Answer.CONTINUE if answer is None else Answer(answer), NULL, error)
        except BaseException as raised:
            execution._raised = raised
            lib.VM_CompleteEvent(token, RAISED, told(raised), error)
            if isinstance(raised, (KeyboardInterrupt, SystemExit)):
                raise
        finally:
            # Stale if the execution is over.
            lib.VM_ErrorDelete(error[0])


Hook = Callable[[HookEvent], "Answer | None"]
AsyncHook = Callable[[HookEvent], Coroutine[Any, Any, "Answer | None"]]
AnyHook = TypeVar("AnyHook", bound="Hook | AsyncHook")


class WithHooks(Home):
    """The functions of a context that are about hooks."""

    def hook(self, point: str, *, last: bool = False) -> Callable[[AnyHook], AnyHook]:
        """Decorates a hook of the host at a point: it answers with `libvm.Answer`, or with None to continue. The event waits for an
        `async def` hook; what that changes in the event is seen when it has ended."""

        def add(function: AnyHook) -> AnyHook:
            function_needed(function, f"the hook at `{point}`", may_be_asynchronous=True)
            handle = ffi.new_handle(_AsyncHook(function, self._handle) if is_asynchronous(function) else function)
            self._kept.append(handle)
            position = lib.VM_HOOK_LAST if last else lib.VM_HOOK_FIRST
            self._call(lib.VM_ContextAddHook, c_string(point), position, lib.vmpy_hook, handle, NULL)
            return function

        return add

    def invoke_hooks(self, event: Event) -> Answer:
        """Calls the hooks at an event's point; the answer is COMPLETE if one has decided, else CONTINUE."""
        answer = ffi.new("VM_Status *")
        with Using(Event, event) as pointer:
            self._call(lib.VM_ContextInvokeHooks, pointer, answer)
        return Answer(answer[0])

    def start_hooks(self, event: Event) -> Execution:
        """Starts to call the hooks at an event's point: `answer = await context.start_hooks(event)`."""
        def finish(execution: Execution) -> Answer:
            answer = ffi.new("VM_Status *")
            execution._call(lib.VM_ExecutionGetAnswer, answer)
            return Answer(answer[0])

        with Using(Event, event) as pointer:
            return start_with(
                self,
                lambda context, queue, created, error: lib.VM_ContextStartHooks(context, pointer, queue, created, error),
                finish,
                None,
            )

    def set_hook_timeout(self, milliseconds: int) -> None:
        """Limits how long an event may wait for its answer; 0 for no limit."""
        self._call(lib.VM_ContextSetHookTimeout, milliseconds)


def _guarded(pointer: Any, use: Callable[[], int]) -> int:
    try:
        return use()
    except BaseException as raised:
        raised_by_host.put(raised)
        return int(lib.VM_EventFail(pointer, RAISED, told(raised)))


@ffi.def_extern(error=RAISED, onerror=lambda kind, raised, trace: raised_by_host.put(raised, trace))  # type: ignore[untyped-decorator]
def vmpy_hook(user: Any, pointer: Any) -> int:
    hook = from_handle(user)

    def use() -> int:
        event = HookEvent(pointer)
        try:
            answer = hook(event)
        finally:
            event._pointer = None
        if isinstance(hook, _AsyncHook):
            return int(answer)
        return 0 if answer is None else int(Answer(answer))

    return _guarded(pointer, use)


@ffi.def_extern(error=RAISED, onerror=lambda kind, raised, trace: raised_by_host.put(raised, trace))  # type: ignore[untyped-decorator]
def vmpy_event_resume(user: Any, pointer: Any, answer: int, why: Any) -> int:
    if answer < 0:
        return int(lib.VM_EventFail(pointer, answer, why))

    def use() -> int:
        from_handle(user).kept.apply(HookEvent(pointer))
        return answer

    return _guarded(pointer, use)
