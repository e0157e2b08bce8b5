"""Calls from Python: the package, cffi written by hand, and wasmtime. `python calls.py FOLDER [--quick]`

Each number is the median of the processor time of several rounds; the rounds of all are interleaved, so that what else the machine
does hits all alike.
"""

import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))

import hand  # noqa: E402
import libvm  # noqa: E402
import wasmtime  # noqa: E402

QUICK = "--quick" in sys.argv
ROUNDS, CALLS = (7, 5_000) if QUICK else (21, 50_000)
TEXT = """(module
    (import "host" "add" (func $add (param i32 i32) (result i32)))
    (import "host" "mix" (func $mix (param i32 f64 i64 f32 i32 f64) (result f64)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "loop") (param i32)
        (loop
            (drop (call $add (i32.const 20) (i32.const 22)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if 0 (local.get 0))))
    (func (export "mix") (param i32 f64 i64 f32 i32 f64) (result f64) (f64.add (local.get 1) (local.get 5)))
    (func (export "mix_loop") (param i32)
        (loop
            (drop (call $mix (i32.const 1) (f64.const 20) (i64.const 3) (f32.const 4) (i32.const 5) (f64.const 22)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if 0 (local.get 0)))))"""


def package():
    engine = libvm.Engine()
    context = libvm.Context(engine)

    @context.function("host", "add")
    def host_add(a: libvm.i32, b: libvm.i32) -> libvm.i32:
        return a + b

    @context.function("host", "mix")
    def host_mix(a: libvm.i32, b: libvm.f64, c: libvm.i64, d: libvm.f32, e: libvm.i32, f: libvm.f64) -> libvm.f64:
        return b + f

    exports = context.instantiate(libvm.Module(engine, TEXT)).exports
    return exports.add, exports.loop, exports.mix, exports.mix_loop, None


def by_hand():
    ffi, lib = hand.ffi, hand.lib
    null, error = ffi.NULL, ffi.new("VM_Error **")

    def made(name, function, *arguments):
        created = ffi.new(name + " **")
        assert function(*arguments, created, error) == 0
        return created[0]

    @ffi.def_extern()
    def hand_add(user, caller, args, results):
        result = results[0]
        result.of.i32 = args[0].of.i32 + args[1].of.i32
        result.type = 1
        return 0

    @ffi.def_extern()
    def hand_mix(user, caller, args, results):
        a, b, c = args[0].of.i32, args[1].of.f64, args[2].of.i64
        d, e, f = args[3].of.f32, args[4].of.i32, args[5].of.f64
        result = results[0]
        result.of.f64 = b + f
        result.type = 4
        return 0

    engine = made("VM_Engine", lib.VM_EngineCreate, null)
    context = made("VM_Context", lib.VM_ContextCreate, engine, null)
    wasm = libvm.wat_to_wasm(TEXT)
    module = made("VM_Module", lib.VM_ModuleLoadFromBuffer, engine, wasm, len(wasm))
    host = made("VM_HostModule", lib.VM_HostModuleCreate, b"host")
    assert lib.VM_HostModuleAddFunction(host, b"add", b"(ii)i", lib.hand_add, null, null, error) == 0
    assert lib.VM_HostModuleAddFunction(host, b"mix", b"(iFIfiF)F", lib.hand_mix, null, null, error) == 0
    assert lib.VM_ContextRegisterModule(context, host, error) == 0
    instance = ffi.new("VM_Instance *")
    assert lib.VM_ContextInstantiate(context, module, instance, error) == 0

    def function(name, count, has_result):
        func = ffi.new("VM_Func *")
        assert lib.VM_InstanceFindFunction(context, instance[0], name, func, error) == 0
        args, result = ffi.new("VM_Value[]", count), ffi.new("VM_Value *")
        for arg in args:
            arg.type = 1
        raw, call = func[0], lib.VM_FuncCall
        if count == 6:
            for arg, kind in zip(args, (1, 4, 2, 3, 1, 4)):
                arg.type = kind
            of = [arg.of for arg in args]
            of0, of1, of2, of3, of4, of5 = of
            given = result.of

            def six(a, b, c, d, e, f):
                of0.i32 = a
                of1.f64 = b
                of2.i64 = c
                of3.f32 = d
                of4.i32 = e
                of5.f64 = f
                if call(context, raw, args, 6, result, 1, error):
                    raise RuntimeError
                return given.f64

            return six
        if count == 2:
            first, second, of = args[0].of, args[1].of, result.of

            def two(a, b):
                first.i32 = a
                second.i32 = b
                if call(context, raw, args, 2, result, 1, error):
                    raise RuntimeError
                return of.i32

            return two

        def one(n):
            args[0].of.i32 = n
            if call(context, raw, args, 1, null, 0, error):
                raise RuntimeError

        return one

    calls = [function(b"add", 2, True), function(b"loop", 1, False), function(b"mix", 6, True), function(b"mix_loop", 1, False)]
    return *calls, (context, module, host)


def peer():
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    i32 = wasmtime.ValType.i32()
    add = wasmtime.Func(store, wasmtime.FuncType([i32, i32], [i32]), lambda a, b: a + b)
    i64, f32, f64 = wasmtime.ValType.i64(), wasmtime.ValType.f32(), wasmtime.ValType.f64()
    mix = wasmtime.Func(store, wasmtime.FuncType([i32, f64, i64, f32, i32, f64], [f64]), lambda a, b, c, d, e, f: b + f)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, TEXT), [add, mix]).exports(store)
    guest, loop, mixed, mix_loop = (exports[name] for name in ("add", "loop", "mix", "mix_loop"))
    return (
        lambda a, b: guest(store, a, b),
        lambda n: loop(store, n),
        lambda *args: mixed(store, *args),
        lambda n: mix_loop(store, n),
        None,
    )


def nanoseconds(call, count):
    begun = time.thread_time()
    call(count)
    return (time.thread_time() - begun) / count * 1e9


def repeated(function, *args):
    def call(count):
        for _ in range(count):
            function(*args)

    return call


MIXED = (1, 20.0, 3, 4.0, 5, 22.0)
subjects = {"libvm": package(), "cffi by hand": by_hand(), f"wasmtime {version('wasmtime')}": peer()}
measured = {name: ([], [], [], []) for name in subjects}
for _ in range(ROUNDS):
    for name, (add, loop, mix, mix_loop, _kept) in subjects.items():
        assert add(20, 22) == 42 and mix(*MIXED) == 42
        count = CALLS // 10 if name.startswith("wasmtime") else CALLS
        for times, call in zip(measured[name], (repeated(add, 20, 22), loop, repeated(mix, *MIXED), mix_loop)):
            times.append(nanoseconds(call, count))
median = {name: [statistics.median(times) for times in all_times] for name, all_times in measured.items()}
ours = median["libvm"]
for title, first in (("two i32", 0), ("six mixed", 2)):
    print(f"| Python, {title} | guest call | to libvm | host call | to libvm |\n| --- | ---: | ---: | ---: | ---: |")
    for name, times in median.items():
        guest, host = times[first : first + 2]
        print(f"| {name} | {guest:,.0f} ns | {guest / ours[first]:.2f} | {host:,.0f} ns | {host / ours[first + 1]:.2f} |")
    print()
