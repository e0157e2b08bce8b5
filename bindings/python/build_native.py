"""Describes the extension module `libvm._native` to cffi: the functions of <libvm.h>, and native/glue.c with its call paths.

The header is read as it is, through the C preprocessor. The module uses Python's stable ABI.
"""

import itertools
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import cffi

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INCLUDE = ROOT / "include"

# The callbacks of libvm that are Python functions. `vmpy_host_any` is the host function of every type.
CALLBACKS = """
extern "Python" {
    int32_t vmpy_host_any(void *, VM_Caller *, const VM_Value *, VM_Value *);
    int32_t vmpy_resume(void *, VM_Caller *, const VM_Completion *, const VM_Value *, VM_Value *);
    void vmpy_refuse_i32(int64_t);
    void vmpy_suspension_cancel(void *);
    void vmpy_suspension_release(void *);
    void vmpy_log(void *, VM_LogLevel, const char *, const char *);
    uint64_t vmpy_limit(void *, const VM_LimitRequest *);
    void vmpy_trace(void *, const VM_TraceEvent *);
    VM_Status vmpy_record(void *, const uint8_t *, size_t);
    VM_Status vmpy_wasi_read(void *, uint8_t *, size_t, size_t *);
    VM_Status vmpy_wasi_write(void *, const uint8_t *, size_t, size_t *);
    VM_Status vmpy_prepare(void *, VM_Context *, VM_Error **);
    VM_Status vmpy_hook(void *, VM_Event *);
    VM_Status vmpy_event_resume(void *, VM_Event *, VM_Status, const char *);
    bool vmpy_progress(void *, const VM_PackageProgress *);
    void vmpy_stream_state(void *, const char *, VM_StreamPartState, const char *);
    VM_Status vmpy_part_open(void *, const VM_StreamPart *, void **);
    void vmpy_part_close(void *);
    VM_Status vmpy_source_pull(void *, VM_StreamEvent *);
    VM_Status vmpy_source_start(void *);
    void vmpy_source_stop(void *);
    VM_Status vmpy_source_commit(void *, uint64_t);
    VM_Status vmpy_source_rewind(void *, uint64_t);
    VM_Status vmpy_sink_write(void *, const VM_StreamEvent *);
    VM_Status vmpy_sink_flush(void *);
    void vmpy_free(void *);
}
"""

# Integers and numbers mixed in any way, and many of one kind. What has more is packed.
MOST_MIXED, MOST_PARAMETERS = 4, 8
RESULTS = {"v": "VM_VALTYPE_NONE", "i": "VM_VALTYPE_I32", "I": "VM_VALTYPE_I64", "f": "VM_VALTYPE_F32", "F": "VM_VALTYPE_F64"}
# What a result is in the functions that Python calls or provides: nothing, an integer or a number.
CLASSES = {"v": "v", "i": "i", "I": "i", "f": "d", "F": "d"}
C_TYPES = {"v": "void", "i": "int64_t", "d": "double"}


def shapes():
    """The parameters of the call paths, as in `iid`: integers and numbers."""
    for count in range(MOST_MIXED + 1):
        yield from ("".join(shape) for shape in itertools.product("id", repeat=count))
    for count in range(MOST_MIXED + 1, MOST_PARAMETERS + 1):
        yield from (kind * count for kind in "id")


def parameters(shape, named=True):
    return "".join(f", {C_TYPES[kind]}" + (f" a{index}" if named else "") for index, kind in enumerate(shape))


def path_declarations():
    """The call paths: vmpy_call_ii for results that are integers or none, vmpy_number_ii for floats; and the host functions."""
    lines = []
    for shape in shapes():
        lines.append(f"int64_t vmpy_call_{shape}(vmpy_Site *{parameters(shape, False)});")
        lines.append(f"double vmpy_number_{shape}(vmpy_Site *{parameters(shape, False)});")
        lines += [f'extern "Python" {C_TYPES[kind]} vmpy_host_{kind}_{shape}(void *{parameters(shape, False)});' for kind in "vid"]
    lines += [f'extern "Python" {C_TYPES[kind]} vmpy_host_{kind}_packed(void *, const char *);' for kind in "vid"]
    return "\n".join(lines)


def path_definitions():
    lines = []
    for shape in shapes():
        count = len(shape)
        for name, c_type, way in [("call", "int64_t", "call_integer"), ("number", "double", "call_number")]:
            lines.append(f"static {c_type} vmpy_{name}_{shape}(vmpy_Site *site{parameters(shape)})\n{{")
            lines.append(f"    VM_Value args[{count}];\n    int bad = -1;\n" if count else "    const VM_Value *args = NULL;\n    int bad = -1;\n")
            for index, kind in enumerate(shape):
                if kind == "i":
                    lines.append(f"    if (!set_integer(&args[{index}], site->params[{index}], a{index}))\n        bad = {index};")
                else:
                    lines.append(f"    set_number(&args[{index}], site->params[{index}], a{index});")
            lines.append(f"    return {way}(site, args, {count}, bad);\n}}\n")
        given = "".join(
            f", args[{index}].type == VM_VALTYPE_I64 ? args[{index}].of.i64 : args[{index}].of.i32"
            if kind == "i"
            else f", args[{index}].type == VM_VALTYPE_F32 ? (double)args[{index}].of.f32 : args[{index}].of.f64"
            for index, kind in enumerate(shape)
        )
        lines += callback_definitions(shape, given)
    lines += callback_definitions("packed", ", data", "    char data[sizeof ((vmpy_Site *)0)->params * 8];\n    pack(caller, args, data);\n")
    lines.append("static const struct { const char *params; char result; VM_Callback callback; } callbacks[] = {")
    lines += [f"    {{ \"{shape}\", '{letter}', host_{letter}_{shape} }}," for shape in [*shapes(), "packed"] for letter in RESULTS]
    lines.append("};\n")
    lines.append(LOOKUP)
    return "\n".join(lines)


def callback_definitions(shape, given, prepare=""):
    """The callbacks of a shape, one for each result: they pass `given` to the function of Python."""
    for letter, value_type in RESULTS.items():
        kind = CLASSES[letter]
        called = f"vmpy_host_{kind}_{shape}(user{given})"
        yield f"static VM_Status host_{letter}_{shape}(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)\n{{"
        yield f"    Frame frame = begin(caller);\n{prepare}    (void)args; (void)results;"
        if kind == "v":
            yield f"    {called};"
        elif kind == "i":
            yield f"    return_integer(&results[0], {value_type}, {called});"
        else:
            yield f"    set_number(&results[0], {value_type}, {called});"
        yield "    return end(frame, caller);\n}\n"


AHEAD = """
static int32_t vmpy_host_any(void *, VM_Caller *, const VM_Value *, VM_Value *);
static int32_t vmpy_resume(void *, VM_Caller *, const VM_Completion *, const VM_Value *, VM_Value *);
"""

LOOKUP = """
static VM_Status host_any(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Frame frame = begin(caller);
    VM_Status status = vmpy_host_any(user, caller, args, results), ended = end(frame, caller);

    return ended ? ended : status;
}

VM_Status vmpy_go_on(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    Frame frame = begin(caller);
    VM_Status status = vmpy_resume(user, caller, completion, args, results), ended = end(frame, caller);

    return ended ? ended : status;
}

/* The callback for a type: one of its own for few integers and numbers, else the general one. */
VM_Callback vmpy_callback(const char *params, char result)
{
    for (size_t index = 0; index < sizeof callbacks / sizeof callbacks[0]; index++)
        if (callbacks[index].result == result && !strcmp(callbacks[index].params, params))
            return callbacks[index].callback;
    return host_any;
}
"""


def header():
    """The declarations of <libvm.h>, without those of standard headers."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    command = [compiler[0], "-E", "-std=c99", "-DVM_NO_INLINE", f"-I{INCLUDE}", str(INCLUDE / "libvm.h")]
    try:
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"libvm: the C compiler cannot read {INCLUDE / 'libvm.h'}; install one (Debian: gcc): {error}")
    kept, own = [], False
    for line in text.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            own = re.search(r"(^|/)libvm(\.h|/[a-z]+\.h)$", marker.group(1)) is not None
        elif own:
            kept.append(line)
    return "\n".join(kept)


def builder():
    ffi = cffi.FFI()
    ffi.cdef(header())
    ffi.cdef((HERE / "native/glue.h").read_text())
    ffi.cdef("struct vmpy_Handle { void *object; ...; };")
    ffi.cdef(path_declarations())
    ffi.cdef(CALLBACKS)
    glue = (HERE / "native/glue.c").read_text()
    # cffi defines the functions that are Python's after this source.
    ahead = "\n".join(
        f"static {C_TYPES[kind]} vmpy_host_{kind}_{shape}(void *{parameters(shape, False)});" for shape in shapes() for kind in "vid"
    )
    ahead += "".join(f"\nstatic {C_TYPES[kind]} vmpy_host_{kind}_packed(void *, const char *);" for kind in "vid")
    ahead += AHEAD
    ffi.set_source(
        "libvm._native",
        "\n".join([glue, ahead, path_definitions()]),
        include_dirs=[str(INCLUDE), str(HERE / "native")],
        py_limited_api=True,
        # Whatever Python was built with.
        extra_compile_args=["-O2", "-std=c11", "-fvisibility=hidden", "-fexceptions"],
        libraries=["vm"],
    )
    return ffi
