"""Hooks: functions at points of the host, with events that they read, change and answer."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ._errors import RAISED, Status, describe, raised_by_host, take
from ._native import ffi, lib
from ._object import NULL, Object, Using, c_string, made
from ._values import from_handle

if TYPE_CHECKING:
    from ._execution import Execution


class Answer(enum.IntEnum):
    """The answer of a hook: the next hook is called, none is called any more, or all are called again."""

    CONTINUE = 0
    COMPLETE = 2
    RETRY = 3


class Fields:
    """The fields of an event: `event["sender"] = "a@b"`, `del event["size"]`. Values are str, bytes or int."""

    def _event(self, use: Callable[..., int], *args: Any) -> int:
        raise NotImplementedError

    def _done(self, key: str, use: Callable[..., int], *args: Any) -> None:
        status = self._event(use, c_string(key), *args)
        if status == Status.NOT_FOUND:
            raise KeyError(key)
        if status:
            raise take(ffi.new("VM_Error **"), status)

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
        return self._event(lib.VM_EventGetType, c_string(key), kind) == 0

    def __iter__(self) -> Iterator[str]:
        keys: list[str] = []
        found = ffi.new("char **")
        while self._event(lib.VM_EventGetKey, len(keys), found) == 0:
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
        return int(use(self._pointer, *args))

    @property
    def point(self) -> str:
        """The name of the point."""
        return str(ffi.string(self._pointer.point).decode())


Hook = Callable[[HookEvent], "Answer | None"]


class WithHooks(Object):
    """The functions of a context that are about hooks."""

    _kept: list[Any]

    def hook(self, point: str, *, last: bool = False) -> Callable[[Hook], Hook]:
        """Decorates a hook of the host at a point: it answers with `libvm.Answer`, or with None to continue."""

        def add(function: Hook) -> Hook:
            handle = ffi.new_handle(function)
            self._kept.append((function, handle))
            position = lib.VM_HOOK_LAST if last else lib.VM_HOOK_FIRST
            self._call(lib.VM_ContextAddHook, c_string(point), position, lib.vmpy_hook, handle, NULL)
            return function

        return add

    def invoke_hooks(self, event: Event) -> Answer:
        """Calls the hooks at an event's point; the answer is COMPLETE if one has decided, else CONTINUE."""
        answer = ffi.new("VM_Status *")
        with Using(event) as (pointer,):
            self._call(lib.VM_ContextInvokeHooks, pointer, answer)
        return Answer(answer[0])

    def start_hooks(self, event: Event) -> Execution:
        """Starts to call the hooks at an event's point: `answer = await context.start_hooks(event)`."""
        from ._execution import start_with

        def finish(execution: Execution) -> Answer:
            answer = ffi.new("VM_Status *")
            execution._call(lib.VM_ExecutionGetAnswer, answer)
            return Answer(answer[0])

        with Using(event) as (pointer,):
            return start_with(
                self,  # type: ignore[arg-type]
                lambda context, queue, created, error: lib.VM_ContextStartHooks(context, pointer, queue, created, error),
                finish,
                None,
            )

    def set_hook_timeout(self, milliseconds: int) -> None:
        """Limits how long an event may wait for its answer; 0 for no limit."""
        self._call(lib.VM_ContextSetHookTimeout, milliseconds)


@ffi.def_extern(error=RAISED, onerror=lambda kind, raised, trace: raised_by_host.put(raised))  # type: ignore[untyped-decorator]
def vmpy_hook(user: Any, pointer: Any) -> int:
    event = HookEvent(pointer)
    try:
        answer = from_handle(user)(event)
        return 0 if answer is None else int(Answer(answer))
    except BaseException as raised:
        raised_by_host.put(raised)
        told = describe(raised).encode("utf-8", "replace").replace(b"\0", b"?")
        return int(lib.VM_EventFail(pointer, RAISED, told))
