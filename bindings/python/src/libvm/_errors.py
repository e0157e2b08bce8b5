"""Statuses, and the exceptions that carry libvm's errors."""

from __future__ import annotations

import enum
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ._native import ffi, lib


class Status(enum.IntEnum):
    """The statuses of libvm."""

    OK = 0
    PENDING = 1
    COMPLETE = 2
    RETRY = 3
    NULL_ARGUMENT = -100
    INVALID_ARGUMENT = -101
    BAD_UTF8 = -102
    WRONG_TYPE = -103
    WRONG_COUNT = -104
    STALE = -105
    WRONG_CONTEXT = -106
    BUSY = -107
    REENTRANT = -108
    WRONG_THREAD = -109
    NOT_FOUND = -110
    ALREADY_EXISTS = -111
    SEALED = -112
    UNSUPPORTED = -113
    OUT_OF_BOUNDS = -114
    BAD_SIGNATURE = -115
    IMMUTABLE = -116
    BAD_CONFIG = -117
    WOULD_BLOCK = -118
    BAD_MODULE = -200
    TEXT_FORMAT = -201
    BAD_PARAMETER = -202
    UNRESOLVED_IMPORT = -300
    INCOMPATIBLE_IMPORT = -301
    INSTANTIATION = -302
    MODULE_REFUSED = -303
    TRAP = -400
    EXIT = -401
    BAD_ANSWER = -402
    CANCELLED = -403
    REPLAY_DIFFERS = -404
    OUT_OF_MEMORY = -500
    RECURSION_LIMIT = -501
    LIMIT = -502
    TIMEOUT = -503
    OUT_OF_FUEL = -504
    PLUGIN_NOT_FOUND = -600
    PLUGIN_BAD_FILE = -601
    PLUGIN_NO_MANIFEST = -602
    PLUGIN_BAD_MANIFEST = -603
    PLUGIN_WRONG_PLATFORM = -604
    PLUGIN_INCOMPATIBLE = -605
    PLUGIN_NOT_ALLOWED = -606
    PLUGIN_DUPLICATE = -607
    PLUGIN_SUPERSEDED = -608
    PLUGIN_LOAD = -609
    PLUGIN_BAD_DESCRIPTOR = -610
    PLUGIN_INITIALIZE = -611
    PLUGIN_DEPENDENCY = -612
    PLUGIN_FAILED = -613
    PLUGIN_OPTION = -614
    PLUGIN_PERMISSION = -615
    UNTRUSTED_PATH = -620
    PLUGIN_LOCK = -621
    PLUGIN_HASH = -622
    PLUGIN_SIGNATURE = -623
    BAD_PACKAGE = -630
    PACKAGE_NOT_FOUND = -631
    IO = -700
    FILE_NOT_FOUND = -701
    PERMISSION_DENIED = -702
    BAD_STATE_FILE = -703
    BAD_RECORDING = -704
    INTERNAL = -800


class TrapCode(enum.IntEnum):
    """Why a guest trapped."""

    NONE = 0
    UNREACHABLE = 1
    MEMORY_OUT_OF_BOUNDS = 2
    TABLE_OUT_OF_BOUNDS = 3
    INDIRECT_CALL_TO_NULL = 4
    DIVISION_BY_ZERO = 5
    INTEGER_OVERFLOW = 6
    BAD_CONVERSION = 7
    STACK_OVERFLOW = 8
    BAD_SIGNATURE = 9
    OUT_OF_FUEL = 10
    GROWTH_LIMITED = 11
    HOST_FUNCTION = 12
    OUT_OF_MEMORY = 13


class FrameKind(enum.IntEnum):
    """What a frame of a backtrace is."""

    GUEST = 1
    HOST = 2
    OMITTED = 3


@dataclass(frozen=True)
class Frame:
    """A frame of a backtrace (`Engine(backtraces=True)`)."""

    kind: FrameKind
    module: str
    function: str
    plugin: str | None
    code_offset: int
    function_index: int
    omitted: int


USER_STATUS = -10000
"""The first status of hosts and plug-ins; smaller numbers are theirs too."""

# The status of a call that failed because a Python function has raised: its exception is raised again instead.
RAISED = -10000 - 0x7079


def text(pointer: Any) -> str:
    """A string of C."""
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def maybe_text(pointer: Any) -> str | None:
    """A string of C, or None for NULL."""
    return None if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


class Error(Exception):
    """An error of libvm.

    `status` is the status (a number of a plug-in or host that is not libvm's is an int), `message` what the library says.
    """

    status: int = Status.INTERNAL
    message: str = ""
    is_retryable: bool = False
    trap_code: TrapCode = TrapCode.NONE
    exit_code: int = 0
    module: str | None = None
    function: str | None = None
    plugin: str | None = None
    path: str | None = None
    os_error: int = 0
    frames: tuple[Frame, ...] = ()
    is_passed_on: bool = False
    report: tuple[Any, ...] = ()

    def __init__(self, message: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return self.message

    @property
    def status_name(self) -> str:
        """The name of the status, as in `VM_STATUS_TRAP`."""
        return text(lib.VM_StatusGetName(self.status))


class ArgumentError(Error, ValueError):
    """An argument has a value that is not allowed."""


class WrongTypeError(ArgumentError, TypeError):
    """A value has another type than required, or there are too many or too few."""


class NotFoundError(ArgumentError, LookupError):
    """Nothing has this name or index."""


class AlreadyExistsError(ArgumentError):
    """The name is already in use."""


class OutOfBoundsError(ArgumentError, IndexError):
    """An address or index outside of the memory or table."""


class StateError(Error, RuntimeError):
    """The object cannot be used so now."""


class StaleError(StateError):
    """A handle or token refers to something that no longer exists."""


class BusyError(StateError):
    """In use: by another thread, or by an unfinished execution."""


class ReentrantError(StateError):
    """Called from inside the context's own callback, where only its caller can be used."""


class WouldBlockError(StateError):
    """The call would have to wait longer than it may."""


class UnsupportedError(StateError):
    """Not supported by this build, engine or configuration."""


class ClosedError(StateError):
    """The object was closed."""


class ModuleError(Error):
    """The bytes are not a module that can be loaded."""


class LinkError(Error):
    """The module cannot be linked or instantiated."""


class GuestError(Error):
    """The guest ended with a failure."""


class Trap(GuestError):
    """The guest trapped: `trap_code` says why, `frames` where."""


class Exit(GuestError):
    """The guest called `proc_exit`: see `exit_code`."""


class Cancelled(GuestError):
    """The execution was cancelled."""


class LimitError(Error):
    """A limit was reached."""


class GuestTimeout(LimitError, TimeoutError):
    """The deadline or the compute limit of the execution passed."""


class OutOfFuel(LimitError):
    """The execution used up the fuel of its context."""


class PluginError(Error):
    """A plug-in cannot be loaded, or has failed."""


class PluginNotFoundError(PluginError, LookupError):
    """No such file, or no plug-in with this name."""


class PluginOptionError(PluginError, ValueError):
    """An option is unknown, missing, of the wrong type or out of range."""


class PluginPermissionError(PluginError, PermissionError):
    """A permission is not granted, or is granted but not requested."""


class PackageError(PluginError):
    """The package is damaged or not installed."""


class FileError(Error, OSError):
    """Reading or writing failed."""


class FileMissingError(FileError, FileNotFoundError):
    """No such file or directory."""


class AccessError(FileError, PermissionError):
    """The system denied access."""


class InternalError(Error):
    """An internal error in libvm; please report it."""


class HostError(Error):
    """A host function or plug-in failed with a status of its own."""


_CLASSES: dict[int, type[Error]] = {
    Status.WRONG_TYPE: WrongTypeError,
    Status.WRONG_COUNT: WrongTypeError,
    Status.STALE: StaleError,
    Status.WRONG_CONTEXT: ArgumentError,
    Status.BUSY: BusyError,
    Status.REENTRANT: ReentrantError,
    Status.WRONG_THREAD: StateError,
    Status.NOT_FOUND: NotFoundError,
    Status.ALREADY_EXISTS: AlreadyExistsError,
    Status.SEALED: StateError,
    Status.UNSUPPORTED: UnsupportedError,
    Status.OUT_OF_BOUNDS: OutOfBoundsError,
    Status.WOULD_BLOCK: WouldBlockError,
    Status.TRAP: Trap,
    Status.EXIT: Exit,
    Status.CANCELLED: Cancelled,
    Status.TIMEOUT: GuestTimeout,
    Status.OUT_OF_FUEL: OutOfFuel,
    Status.PLUGIN_NOT_FOUND: PluginNotFoundError,
    Status.PLUGIN_OPTION: PluginOptionError,
    Status.PLUGIN_PERMISSION: PluginPermissionError,
    Status.BAD_PACKAGE: PackageError,
    Status.PACKAGE_NOT_FOUND: PackageError,
    Status.FILE_NOT_FOUND: FileMissingError,
    Status.PERMISSION_DENIED: AccessError,
}
_GROUPS: tuple[tuple[int, type[Error]], ...] = (
    (-100, ArgumentError),
    (-200, ModuleError),
    (-300, LinkError),
    (-400, GuestError),
    (-500, LimitError),
    (-600, PluginError),
    (-700, FileError),
    (-800, InternalError),
)


def error_class(status: int) -> type[Error]:
    """The exception of a status."""
    found = _CLASSES.get(status)
    if found is None:
        found = next((kind for first, kind in _GROUPS if first - 100 < status <= first), HostError)
    return found


def error_from(pointer: Any, status: int) -> Error:
    """The exception for an error of libvm, which stays its owner's."""
    if pointer == ffi.NULL:
        return _made(status, text(lib.VM_StatusGetName(status)))
    made = _made(lib.VM_ErrorGetStatus(pointer), text(lib.VM_ErrorGetMessage(pointer)))
    made.is_retryable = bool(lib.VM_ErrorIsRetryable(pointer))
    code = lib.VM_ErrorGetTrapCode(pointer)
    made.trap_code = TrapCode(code) if code in TrapCode._value2member_map_ else TrapCode.NONE
    made.exit_code = lib.VM_ErrorGetExitCode(pointer)
    made.module = maybe_text(lib.VM_ErrorGetModuleName(pointer))
    made.function = maybe_text(lib.VM_ErrorGetFunctionName(pointer))
    made.plugin = maybe_text(lib.VM_ErrorGetPluginName(pointer))
    made.path = maybe_text(lib.VM_ErrorGetPath(pointer))
    made.os_error = lib.VM_ErrorGetOsError(pointer)
    if isinstance(made, OSError) and made.os_error:
        made.errno, made.filename = made.os_error, made.path
    made.frames = tuple(_frame(lib.VM_ErrorGetFrame(pointer, index)) for index in range(lib.VM_ErrorGetFrameCount(pointer)))
    return made


def _made(status: int, message: str) -> Error:
    return error_class(status)(message, Status(status) if status in Status._value2member_map_ else status)


def _frame(frame: Any) -> Frame:
    return Frame(
        FrameKind(frame.kind),
        text(frame.module),
        text(frame.function),
        maybe_text(frame.plugin),
        frame.code_offset,
        frame.function_index,
        frame.omitted,
    )


def take(error: Any, status: int) -> BaseException:
    """The exception for the error that a call left in `error`, which is freed."""
    pointer = error[0]
    try:
        return exception(pointer, status)
    finally:
        lib.VM_ErrorDelete(pointer)


def exception(pointer: Any, status: int, raised: BaseException | None = None) -> BaseException:
    """The exception for an error: the one with which a Python function has ended, or one of libvm."""
    if status == RAISED:
        raised = raised or raised_by_host.take()
        if raised is not None:
            if pointer != ffi.NULL:
                note(raised, text(lib.VM_ErrorGetMessage(pointer)))
            return raised
    return error_from(pointer, status)


def failed(status: int, what: str, reasons: Mapping[int, str]) -> Error:
    """The exception for a status without an error: what cannot be done, and why."""
    return _made(status, f"{what}: {reasons.get(status) or text(lib.VM_StatusGetName(status))}")


_OF_CALLER: Mapping[int, str] = {
    Status.STALE: "the host function has returned, and what it was called with is valid only until then",
    Status.WRONG_THREAD: "the host function runs on another thread, which alone may use what it was called with",
    Status.REENTRANT: "a guest is running that the host function has called: wait until it returns",
}


def of_caller(caller: Any, status: int, what: str) -> Error:
    """The exception for the function of a caller that has just failed: with the error that libvm has of it."""
    error = ffi.new("VM_Error **")
    try:
        if lib.VM_ErrorCreateFromCaller(caller, error) == 0 and lib.VM_ErrorGetStatus(error[0]) == status:
            return error_from(error[0], status)
        return failed(status, what, _OF_CALLER)
    finally:
        lib.VM_ErrorDelete(error[0])


class _Raised:
    """The exceptions with which the callbacks of each thread have ended, on their way through the guest."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def put(self, raised: BaseException, trace: TracebackType | None = None) -> None:
        """Keeps an exception, with the traceback that cffi passes apart from it. What the variables of its frames refer to is released now, as
        when a callback returns: it may be a part of the guest's memory."""
        if trace is not None:
            traceback.clear_frames(trace)
            raised.__traceback__ = trace
        self._of_thread.last = raised

    def take(self) -> BaseException | None:
        last: BaseException | None = getattr(self._of_thread, "last", None)
        self._of_thread.last = None
        return last


raised_by_host = _Raised()


def describe(raised: BaseException) -> str:
    """An exception in one line."""
    try:
        said = str(raised)
    except Exception:
        said = "(its text cannot be had)"
    return f"{type(raised).__name__}: {said}" if said else type(raised).__name__


def told(raised: BaseException) -> bytes:
    """An exception in one line, for libvm."""
    return describe(raised).encode("utf-8", "replace")[:2000].decode("utf-8", "ignore").replace("\0", "?").encode()


def note(raised: BaseException, line: str) -> None:
    """Adds a line to the traceback, where Python has them."""
    if sys.version_info >= (3, 11):
        raised.add_note(line)
