"""Compares <libvm.h> with the package: each function of the C API is used in it, or stands in a list with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import libvm
from libvm._errors import error_class
from libvm._native import ffi, lib

PACKAGE = Path(libvm.__file__).parent
BINDING = Path(__file__).resolve().parents[1]

NOT_COVERED = {
    # What Python has in another form.
    "VM_ContextExecute": "functions are found once and called: Instance.call",
    "VM_ContextRunWasmFromFile": "Context.run loads, instantiates and calls, so that Ctrl-C interrupts each of them",
    "VM_ContextRunWasmFromBuffer": "as VM_ContextRunWasmFromFile",
    "VM_ContextRunWasiFromFile": "Context.run_wasi loads, instantiates and calls, so that Ctrl-C interrupts each of them",
    "VM_ContextRunWasiFromBuffer": "as VM_ContextRunWasiFromFile",
    "VM_ContextStart": "functions are found once and started: Func.start",
    "VM_ContextGetData": "Python objects have attributes; the data is the package's own",
    "VM_ExecutionSetData": "Python objects have attributes",
    "VM_ExecutionGetData": "Python objects have attributes",
    "VM_ExecutionSetCallback": "executions are awaited",
    "VM_FuncTypeCreate": "types of host functions are signature strings",
    "VM_HostModuleAddFunctionWithType": "types of host functions are signature strings",
    "VM_HostModuleAddFunctionRaw": "a call of a Python function takes many times as long as the types of its values",
    "VM_PreparedCallCreate": "a call from Python takes many times as long as the types of its values",
    "VM_PreparedCallRun": "as VM_PreparedCallCreate",
    "VM_PreparedCallDelete": "as VM_PreparedCallCreate",
    "VM_ContextEnter": "a call from Python takes many times as long as entering a context",
    "VM_ContextLeave": "as VM_ContextEnter",
    "VM_EngineConfigSetCanonicalNaNs": "for hosts that compare the bits of floats between machines; not asked for yet",
    "VM_EngineConfigSetProfiler": "perf does not see the functions of Python, so that its profiles of a Python program have holes",
    "VM_MemoryRead": "Memory.read copies from a span, without a second copy",
    "VM_MemoryWrite": "Memory.write copies into a span",
    "VM_CallerReadMemory": "CallerMemory.read copies from a span",
    "VM_CallerWriteMemory": "CallerMemory.write copies into a span",
    "VM_CallerCall": "Caller.export finds the function, and it is called",
    "VM_CallerTrap": "a host function raises an exception",
    "VM_CallerGetErrorMessage": "VM_ErrorCreateFromCaller has the whole error",
    "VM_CompleteWithFailure": "an asynchronous host function raises its exception when it goes on",
    "VM_CallerReleaseRef": "references are released with VM_RefRelease, on any thread",
    "VM_RefRetain": "references are retained where they are received",
    "VM_WasiCaptureOutput": "Wasi captures each stream",
    "VM_WasiGetOutput": "Wasi captures each stream",
    # asyncio has them.
    "VM_LoopWatch": "asyncio watches descriptors",
    "VM_LoopModifyWatch": "asyncio watches descriptors",
    "VM_LoopUnwatch": "asyncio watches descriptors",
    "VM_LoopStartTimer": "asyncio has timers",
    "VM_LoopCancelTimer": "asyncio has timers",
    "VM_LoopPost": "asyncio has call_soon_threadsafe",
    "VM_LoopCreateOnHost": "asyncio runs a Loop through its descriptor",
    "VM_LoopReport": "for VM_LoopCreateOnHost",
    # What is for plug-ins or C alone.
    "VM_PluginRegistryAddBuiltin": "a plug-in that is linked into the host is C, C++ or Rust",
    "VM_PluginGetExtension": "a pointer to a struct of the plug-in's language",
    "VM_EventGetPointer": "a pointer has no meaning in Python",
    "VM_EventSetPointer": "a pointer has no meaning in Python",
    "VM_StreamPartNotify": "a source that waits for its events is a push source",
    "VM_ImportListGetPluginCount": "the plug-ins that a module declares are in the reports of load_for_module",
    "VM_ImportListGetPlugin": "as VM_ImportListGetPluginCount",
    "VM_ValueV128": "values of this type are written where they are",
    "VM_ValueFuncRef": "as VM_ValueV128",
    "VM_ValueExternRef": "as VM_ValueV128",
}


def sources() -> str:
    files = [*PACKAGE.glob("*.py"), BINDING / "native/glue.c", BINDING / "build_native.py"]
    return "\n".join(path.read_text() for path in files)


def functions() -> set[str]:
    return {name for name in dir(lib) if re.fullmatch(r"VM_[A-Z][A-Za-z0-9]*", name)}


def test_each_function_is_used_or_listed() -> None:
    text = sources()
    used = {name for name in functions() if re.search(rf"\b{name}\b", text)}
    # Names that are put together.
    for kind in ("Plugin", "Package"):
        for name in functions():
            getter = re.fullmatch(rf"VM_{kind}InspectionGet(\w+?)(Count)?", name)
            if getter and f'"{getter.group(1)}"' in text:
                used.add(name)
    assert len(functions()) > 350
    missing = functions() - used - set(NOT_COVERED)
    assert not missing, f"use these functions, or add them to the list with a reason: {sorted(missing)}"
    listed_in_vain = set(NOT_COVERED) & used
    assert not listed_in_vain, f"these functions are used, and stand in the list: {sorted(listed_in_vain)}"
    gone = set(NOT_COVERED) - functions()
    assert not gone, f"the header has no such functions: {sorted(gone)}"


def test_numbers_are_those_of_the_header() -> None:
    enumerations = {
        "VM_STATUS_": libvm.Status,
        "VM_TRAP_": libvm.TrapCode,
        "VM_PROPOSAL_": libvm.Proposal,
        "VM_TIER_": libvm.Tier,
        "VM_FRAME_": libvm.FrameKind,
        "VM_LIMIT_": libvm.LimitKind,
        "VM_TRACE_": libvm.TraceKind,
        "VM_EXECUTION_": libvm.ExecutionState,
        "VM_LOG_": libvm.LogLevel,
        "VM_DIRECTORY_": libvm.DirectoryKind,
        "VM_MODULE_PLUGINS_": libvm.ModulePlugins,
        "VM_ERROR_POLICY_": libvm.ErrorPolicy,
        "VM_PACKAGE_STAGE_": libvm.PackageStage,
    }
    for prefix, kind in enumerations.items():
        in_header = {name.removeprefix(prefix): getattr(lib, name) for name in dir(lib) if name.startswith(prefix)}
        in_header = {name: number for name, number in in_header.items() if isinstance(number, int)}
        if prefix == "VM_STATUS_":
            assert in_header.pop("USER") == libvm.USER_STATUS
        if prefix == "VM_TRACE_":
            in_header.pop("NONE", None)
        assert {member.name: int(member) for member in kind} == in_header, prefix
    in_header = {name: getattr(lib, f"VM_STREAM_{name}") for name in libvm.StreamState.__members__}
    assert {member.name: int(member) for member in libvm.StreamState} == in_header
    assert [int(kind) for kind in libvm.ValType] == [getattr(lib, f"VM_VALTYPE_{kind.name}") for kind in libvm.ValType]


def test_each_status_has_an_exception_of_its_group() -> None:
    for status in libvm.Status:
        if status < 0:
            assert error_class(status) is not libvm.HostError, status
    assert error_class(libvm.USER_STATUS) is libvm.HostError
    assert error_class(libvm.Status.PLUGIN_LOCK) is libvm.PluginError
    assert issubclass(error_class(libvm.Status.FILE_NOT_FOUND), FileNotFoundError)


def test_versions() -> None:
    number = lib.VM_VersionGetNumber()
    assert libvm.__version__ == libvm.version() == f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"
    assert libvm.version_number() == number
    assert ffi.sizeof("VM_Value") == 24
