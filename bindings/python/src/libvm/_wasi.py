"""WASI: arguments, environment, directories and streams of programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

from ._errors import RAISED, raised_by_host, told
from ._native import ffi, lib
from ._object import NULL, Object, StrPath, c_path, c_string, c_strings, function_needed, made
from ._types import bytes_of
from ._values import from_handle

CAPTURE = "capture"
"""Keeps the output, for `Wasi.stdout` and `Wasi.stderr`."""
DISCARD = "discard"
"""Drops the output."""
INHERIT = "inherit"
"""Uses the stream of this process."""

Input = bytes | str | StrPath | Callable[[int], bytes]
Output = str | StrPath | Callable[[bytes], None]


class Wasi(Object):
    """A description of WASI, for `Context.register_wasi`.

    Output is captured unless something else is said: `stdout` and `stderr` are `libvm.CAPTURE`, `libvm.DISCARD`, `libvm.INHERIT`,
    a path (`pathlib.Path`) or a function that receives bytes. `stdin` is bytes, `libvm.INHERIT`, a path or a function that is asked
    for so many bytes; without it the input is empty.
    """

    _noun = "WASI description"

    def __init__(
        self,
        arguments: Iterable[str] = (),
        *,
        environment: Mapping[str, str] | None = None,
        inherit_environment: bool = False,
        stdin: Input | None = None,
        stdout: Output = CAPTURE,
        stderr: Output = CAPTURE,
        capacity: int | None = None,
    ) -> None:
        self._kept: list[Any] = []
        self._own(lib.VMPY_WASI, made("VM_Wasi", lib.VM_WasiCreate))
        array, count, kept = c_strings(arguments)
        self._call(lib.VM_WasiSetArguments, array, count)
        del kept
        if inherit_environment:
            self._call(lib.VM_WasiInheritEnvironment)
        for name, value in (environment or {}).items():
            self._call(lib.VM_WasiAddEnvironment, c_string(name), c_string(value))
        if stdin is not None:
            self._set_input(stdin)
        for stream, output in ((lib.VM_WASI_STDOUT, stdout), (lib.VM_WASI_STDERR, stderr)):
            self._set_output(stream, output, capacity)

    def _set_input(self, source: Input) -> None:
        if isinstance(source, (bytes, bytearray)):
            self._call(lib.VM_WasiSetInput, bytes(source), len(source))
        elif callable(source):
            handle = ffi.new_handle(function_needed(source, "stdin"))
            self._kept.append((source, handle))
            self._call(lib.VM_WasiSetInputCallback, lib.vmpy_wasi_read, handle, NULL)
        elif source == INHERIT:
            self._call(lib.VM_WasiInheritInput)
        elif isinstance(source, str):
            raise TypeError("stdin is bytes, libvm.INHERIT, a pathlib.Path or a function: encode a str")
        else:
            self._call(lib.VM_WasiSetInputFile, c_path(source))

    def _set_output(self, stream: int, output: Output, capacity: int | None) -> None:
        if output == CAPTURE:
            self._call(lib.VM_WasiCaptureStream, stream, 16 << 20 if capacity is None else capacity)
        elif output == DISCARD:
            self._call(lib.VM_WasiDiscardStream, stream)
        elif output == INHERIT:
            self._call(lib.VM_WasiInheritStream, stream)
        elif callable(output):
            handle = ffi.new_handle(function_needed(output, "the function that output is passed to"))
            self._kept.append((output, handle))
            self._call(lib.VM_WasiSetStreamCallback, stream, lib.vmpy_wasi_write, handle, NULL)
        elif isinstance(output, str):
            raise ValueError(f"{output!r} is not libvm.CAPTURE, libvm.DISCARD or libvm.INHERIT; pass a path as a pathlib.Path")
        else:
            self._call(lib.VM_WasiSetStreamFile, stream, c_path(output))

    def add_directory(self, host: StrPath, guest: str, *, read: bool = True, write: bool = False) -> None:
        """Adds a directory of the host, which guests have under a path of their own."""
        self._call(lib.VM_WasiAddDirectory, c_path(host), c_string(guest), read * lib.VM_WASI_READ | write * lib.VM_WASI_WRITE)

    def set_clock(self, start_ns: int, step_ns: int = 0) -> None:
        """Sets a clock that shows the same time in each run, and proceeds by a step with each reading."""
        self._call(lib.VM_WasiSetClock, start_ns, step_ns)

    def set_random_seed(self, seed: int) -> None:
        """Sets the seed of random numbers, which are then the same in each run."""
        self._call(lib.VM_WasiSetRandomSeed, seed)

    def set_may_suspend(self, may_suspend: bool) -> None:
        """Lets a guest that waits be suspended, so that other guests and tasks run meanwhile."""
        self._call(lib.VM_WasiSetMaySuspend, may_suspend)

    def notify(self, stream: int) -> None:
        """Notifies guests that wait: a stream with a function, which would have blocked, can go on: 0 is stdin, 1 stdout, 2 stderr."""
        self._call(lib.VM_WasiNotify, stream)

    @property
    def stdout(self) -> bytes:
        """The captured standard output."""
        return bytes(self._get(lambda pointer: bytes_of(lib.VM_WasiGetCaptured(pointer, lib.VM_WASI_STDOUT))))

    @property
    def stderr(self) -> bytes:
        """The captured standard error."""
        return bytes(self._get(lambda pointer: bytes_of(lib.VM_WasiGetCaptured(pointer, lib.VM_WASI_STDERR))))

    @property
    def truncated(self) -> bool:
        """Whether a guest has written more than is captured."""
        return any(self._get(lib.VM_WasiIsTruncated, stream) for stream in (lib.VM_WASI_STDOUT, lib.VM_WASI_STDERR))


def _on_raise(kind: type[BaseException], raised: BaseException, trace: TracebackType) -> int:
    raised_by_host.put(raised, trace)
    return int(lib.VM_WasiFail(RAISED, told(raised)))


@ffi.def_extern(error=RAISED, onerror=_on_raise)  # type: ignore[untyped-decorator]
def vmpy_wasi_read(user: Any, data: Any, size: int, count: Any) -> int:
    found = from_handle(user)(size)
    if len(found) > size:
        raise ValueError(f"the function of stdin returned {len(found)} bytes, and {size} were asked for")
    ffi.memmove(data, found, len(found))
    count[0] = len(found)
    return 0


@ffi.def_extern(error=RAISED, onerror=_on_raise)  # type: ignore[untyped-decorator]
def vmpy_wasi_write(user: Any, data: Any, size: int, count: Any) -> int:
    from_handle(user)(bytes(ffi.buffer(data, size)))
    count[0] = size
    return 0
