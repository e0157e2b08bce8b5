"""Calls between Python and guests: values of all types, ranges, failures."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest

import libvm

TYPES = ["i32", "i64", "f32", "f64"]


def module(vm: libvm.Context, text: str) -> libvm.Instance:
    return vm.instantiate(libvm.Module(vm.engine, text))


@pytest.mark.parametrize("count", range(7))
@pytest.mark.parametrize("result", ["", *TYPES])
def test_each_shape_of_up_to_six_parameters_in_both_directions(vm: libvm.Context, count: int, result: str) -> None:
    params = [TYPES[(index * 3 + count) % 4] for index in range(count)]
    declared = f"(param {' '.join(params)}) {f'(result {result})' if result else ''}"
    forwarded = " ".join(f"local.get {index}" for index in range(count))
    seen: list[tuple[Any, ...]] = []
    letters = dict(zip(TYPES, "iIfF"))

    @vm.function("host", "f", signature=f"({''.join(letters[kind] for kind in params)}){letters.get(result, '')}")
    def f(*args: Any) -> Any:
        seen.append(args)
        return {"": None, "i32": -7, "i64": -(1 << 40), "f32": 0.5, "f64": 0.1}[result]

    text = f'(module (import "host" "f" (func $f {declared})) (func (export "go") {declared} {forwarded} call $f))'
    given = tuple(-(index + 1) if kind[0] == "i" else index + 0.25 for index, kind in enumerate(params))
    go = module(vm, text).exports.go
    assert go(*given) == {"": None, "i32": -7, "i64": -(1 << 40), "f32": 0.5, "f64": 0.1}[result]
    assert seen == [given]
    assert [repr(kind) for kind in go.type.params] == params
    with pytest.raises(TypeError):
        go(*given, 1)


@pytest.mark.parametrize("kind", TYPES)
def test_many_parameters_of_one_kind(vm: libvm.Context, kind: str) -> None:
    for count in range(5, 11):
        declared = f"(param {f'{kind} ' * count}) (result {kind})"
        forwarded = " ".join(f"local.get {index}" for index in range(count))
        letter = dict(zip(TYPES, "iIfF"))[kind]
        vm.function("host", f"sum{count}", signature=f"({letter * count}){letter}")(lambda *args: sum(args))
        text = f'(module (import "host" "sum{count}" (func $f {declared})) (func (export "go") {declared} {forwarded} call $f))'
        assert module(vm, text).exports.go(*range(1, count + 1)) == count * (count + 1) // 2


IDENTITY = "(module " + " ".join(f'(func (export "{t}") (param {t}) (result {t}) local.get 0)' for t in TYPES) + ")"


def test_integers_are_signed_or_unsigned_and_checked(vm: libvm.Context) -> None:
    exports = module(vm, IDENTITY).exports
    assert exports.i32(0xFFFFFFFF) == -1
    assert exports.i64(0xFFFFFFFFFFFFFFFF) == -1
    for value in (-(1 << 31), (1 << 31) - 1, 0):
        assert exports.i32(value) == value
    # Also those near the numbers that stand for failures.
    for value in (-(1 << 63), -(1 << 63) + 1, -(1 << 63) + (1 << 48) - 1, -(1 << 63) + (1 << 48), (1 << 63) - 1):
        assert exports.i64(value) == value
    for name, value in (("i32", 1 << 32), ("i32", -(1 << 31) - 1), ("i64", 1 << 64), ("i64", -(1 << 63) - 1), ("i32", 1 << 70)):
        with pytest.raises(OverflowError):
            exports[name](value)
    for bad in ("1", None, 1.5):
        with pytest.raises(TypeError):
            exports.i32(bad)


@pytest.mark.parametrize("signature", ["()", "(iiiiiiiii)", "(r)"])
def test_integers_that_host_functions_return_are_checked(engine: libvm.Engine, signature: str) -> None:
    given: list[Any] = []
    params = {"i": "(param i32)", "r": "(param externref)"}
    passed = {"i": "(i32.const 0)", "r": "(ref.null extern)"}
    for letter, name, bits in (("i", "i32", 32), ("I", "i64", 64)):
        with libvm.Context(engine) as vm:
            vm.function("host", "f", signature=signature + letter)(lambda *args: given[0])
            declared, call = " ".join(params[each] for each in signature[1:-1]), " ".join(passed[each] for each in signature[1:-1])
            text = f'(module (import "host" "f" (func $f {declared} (result {name}))) (func (export "go") (result {name}) (call $f {call})))'
            go = module(vm, text).exports.go
            least, most = -(1 << (bits - 1)), (1 << bits) - 1
            for value, expected in ((most, -1), (least, least), (1 << (bits - 1), least), (True, 1)):
                given[:] = [value]
                assert go() == expected
            for value in (most + 1, least - 1):
                given[:] = [value]
                with pytest.raises(OverflowError, match=f"^{value} is not an {name}: it is not between {least} and {most}"):
                    go()
            for wrong in (1 << 200, -(1 << 200)):
                given[:] = [wrong]
                with pytest.raises(OverflowError):
                    go()
            for wrong in (None, "1", 1.5):
                given[:] = [wrong]
                with pytest.raises(TypeError):
                    go()


def test_every_nan_is_a_result(vm: libvm.Context) -> None:
    exports = module(vm, IDENTITY).exports
    for bits in (0x7FF8000000000000, 0xFFF8000000000000, 0xFFF8123456789ABC, 0xFFFFFFFFFFFFFFFF):
        (number,) = struct.unpack("<d", struct.pack("<Q", bits))
        assert math.isnan(exports.f64(number))
        assert math.isnan(exports.f32(number))
    assert exports.f64(math.inf) == math.inf
    assert exports.f32(0.1) == struct.unpack("<f", struct.pack("<f", 0.1))[0]


def test_results_in_tuples_vectors_and_references(vm: libvm.Context) -> None:
    instance = module(
        vm,
        """(module
            (func (export "pair") (param i32 i64) (result i64 i32) local.get 1 local.get 0)
            (func (export "vector") (param v128) (result v128) local.get 0)
            (func (export "object") (param externref) (result externref) local.get 0)
            (func $seven (result i32) i32.const 7)
            (elem declare func $seven)
            (func (export "function") (result funcref) ref.func $seven)
            (func (export "is_null") (param funcref) (result i32) local.get 0 ref.is_null))""",
    )
    exports = instance.exports
    assert exports.pair(1, 2) == (2, 1)
    assert exports.vector(bytes(range(16))) == bytes(range(16))
    with pytest.raises(ValueError, match="16 bytes"):
        exports.vector(b"short")
    item = object()
    assert exports.object(item) is item
    assert exports.object(None) is None
    assert exports.function()() == 7
    assert exports.is_null(exports.function()) == 0
    assert exports.is_null(None) == 1
    with pytest.raises(TypeError, match="libvm.Func"):
        exports.is_null(3)


def test_annotations_say_the_type(vm: libvm.Context) -> None:
    @vm.function("host", "mixed")
    def mixed(caller: libvm.Caller, data: bytes, text: str, flag: bool, number: float, item: libvm.externref) -> tuple[libvm.i32, libvm.i64]:
        assert (data, text, flag, number, item) == (b"he", "llo", True, 2.5, None)
        assert caller.memory.read(0, 5) == b"hello"
        return len(data), len(text)

    @vm.function("host", "fill")
    def fill(into: libvm.output) -> None:
        into[:] = b"x" * len(into)

    @vm.function("host", "name")
    def name(text: libvm.cstring) -> libvm.i32:
        return len(text)

    instance = module(
        vm,
        """(module
            (import "host" "mixed" (func $mixed (param i32 i32 i32 i32 i32 f64 externref) (result i32 i64)))
            (import "host" "fill" (func $fill (param i32 i32)))
            (import "host" "name" (func $name (param i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "hello\\00")
            (func (export "mixed") (result i32 i64)
                (call $mixed (i32.const 0) (i32.const 2) (i32.const 2) (i32.const 3) (i32.const 1) (f64.const 2.5) (ref.null extern)))
            (func (export "fill") (call $fill (i32.const 8) (i32.const 4)))
            (func (export "name") (result i32) (call $name (i32.const 0))))""",
    )
    assert instance.exports.mixed() == (2, 3)
    instance.exports.fill()
    assert instance.exports.memory.read(7, 6) == b"\0xxxx\0"
    assert instance.exports.name() == 5


def test_wrong_annotations_are_refused(vm: libvm.Context) -> None:
    def no_annotation(a) -> None: ...  # type: ignore[no-untyped-def]
    def no_size(a: int) -> None: ...
    def no_type(a: list[int]) -> None: ...
    def keyword(*, a: libvm.i32) -> None: ...
    def unknown(a: "Unknown") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    for function, message in (
        (no_annotation, "has no annotation"),
        (no_size, "libvm.i32"),
        (no_type, "no equivalent in wasm"),
        (keyword, "not positional"),
        (unknown, "cannot be read"),
    ):
        with pytest.raises(TypeError, match=message):
            vm.function("host", "f")(function)
    with pytest.raises(ValueError, match="unknown letter"):
        vm.function("host", "f", signature="(x)")(no_size)


def test_failures_are_exceptions_by_status(vm: libvm.Context, engine: libvm.Engine) -> None:
    instance = module(vm, '(module (func (export "trap") unreachable) (func (export "divide") (result i32) (i32.div_u (i32.const 1) (i32.const 0))))')
    with pytest.raises(libvm.Trap, match="unreachable") as caught:
        instance.exports.trap()
    assert caught.value.trap_code == libvm.TrapCode.UNREACHABLE
    assert caught.value.status == libvm.Status.TRAP and caught.value.status_name == "VM_STATUS_TRAP"
    with pytest.raises(libvm.GuestError) as divided:
        instance.exports.divide()
    assert divided.value.trap_code == libvm.TrapCode.DIVISION_BY_ZERO
    with pytest.raises(AttributeError, match="trap"):
        instance.exports.nothing
    with pytest.raises(FileNotFoundError, match="nowhere.wasm"):
        engine.load("nowhere.wasm")
    with pytest.raises(libvm.ModuleError, match="parse|expected"):
        libvm.Module(engine, "(module (func")
    with pytest.raises(libvm.ModuleError):
        libvm.Module(engine, b"\0asm????")
    with pytest.raises(libvm.LinkError, match="host.*missing"):
        vm.instantiate(libvm.Module(engine, '(module (import "host" "missing" (func)))'))


def test_backtraces(calc: object) -> None:
    tier = libvm.Tier.INTERPRETER
    engine = libvm.Engine(backtraces=True, tier=tier, cache=False, cache_size=0, pool=10, pool_memory=1 << 16)
    with engine, libvm.Context(engine) as vm:
        assert vm.tier == libvm.Tier.INTERPRETER and engine.statistics.compilations == 0
        instance = module(vm, '(module (func $inner unreachable) (func (export "outer") call $inner))')
        with pytest.raises(libvm.Trap) as caught:
            instance.exports.outer()
        assert [frame.function for frame in caught.value.frames] == ["inner", "outer"]
        assert caught.value.frames[0].kind == libvm.FrameKind.GUEST


def test_an_exception_of_a_host_function_arrives_as_it_is(vm: libvm.Context) -> None:
    raised = KeyError("mine")

    @vm.function("host", "fail")
    def fail() -> None:
        raise raised

    @vm.function("host", "wrong")
    def wrong() -> libvm.i32:
        return "x"  # type: ignore[return-value]

    @vm.function("host", "large")
    def large() -> libvm.i32:
        return 1 << 40

    imports = '(import "host" "fail" (func $fail)) (import "host" "wrong" (func $w (result i32))) (import "host" "large" (func $l (result i32)))'
    instance = module(vm, f'(module {imports} (func (export "fail") call $fail) (func (export "wrong") (result i32) call $w) (func (export "large") (result i32) call $l) (func (export "one") (result i32) i32.const 1))')
    for _ in range(3):
        with pytest.raises(KeyError) as caught:
            instance.exports.fail()
        assert caught.value is raised
        with pytest.raises(TypeError):
            instance.exports.wrong()
        with pytest.raises(OverflowError, match="1099511627776 is not an i32: it is not between -2147483648 and 4294967295"):
            instance.exports.large()
        assert instance.exports.one() == 1


def test_a_host_function_calls_its_guest(vm: libvm.Context) -> None:
    depth: list[int] = []

    @vm.function("host", "down")
    def down(n: libvm.i32) -> libvm.i32:
        depth.append(n)
        return instance.exports.step(n - 1) if n else 0

    @vm.function("host", "catch")
    def catch() -> None:
        with pytest.raises(libvm.Trap):
            instance.exports.trap()

    @vm.function("host", "pass_on")
    def pass_on() -> None:
        instance.exports.trap()

    @vm.function("host", "by_name")
    def by_name(caller: libvm.Caller) -> libvm.i32:
        return caller.call("step", 2)  # type: ignore[no-any-return]

    instance = module(
        vm,
        """(module
            (import "host" "down" (func $down (param i32) (result i32)))
            (import "host" "catch" (func $catch)) (import "host" "pass_on" (func $pass))
            (import "host" "by_name" (func $by_name (result i32)))
            (func (export "step") (param i32) (result i32) (i32.add (i32.const 1) (call $down (local.get 0))))
            (func (export "trap") unreachable)
            (func (export "catch") call $catch)
            (func (export "pass_on") call $pass)
            (func (export "by_name") (result i32) call $by_name))""",
    )
    exports = instance.exports
    exports.trap, exports.step  # found before the callbacks, in which nothing can be looked up
    assert exports.step(5) == 6
    assert depth == [5, 4, 3, 2, 1, 0]
    exports.catch()
    with pytest.raises(libvm.Trap, match="unreachable"):
        exports.pass_on()
    assert exports.by_name() == 3


def test_objects_are_arguments_also_of_started_calls() -> None:
    text = '(module (func (export "same") (param externref) (result externref) (local.get 0)))'
    with libvm.Engine(interruptible=True) as engine, libvm.Context(engine) as vm:
        same, given = module(vm, text).exports.same, object()
        assert same(given) is given
        assert same.start(given).wait() is given


def test_numbers_that_no_float_can_be(vm: libvm.Context) -> None:
    go = module(vm, '(module (func (export "go") (param f64 f32 i32) (result f64) (local.get 0)))').exports.go
    for given in [(10**400, 0, 0), (0, 10**400, 0), (10**400, 0, 1 << 31)]:
        with pytest.raises(OverflowError, match="float"):
            go(*given)
    assert go(2**70, 0, 1 << 31) == float(2**70)


def test_an_exception_without_a_text(vm: libvm.Context) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError("no text")

    @vm.function("host", "f")
    def f() -> None:
        raise Mute

    with pytest.raises(Mute):
        module(vm, '(module (import "host" "f" (func $f)) (func (export "go") (call $f)))').exports.go()
