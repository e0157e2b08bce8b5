"""Functions with many parameters of all kinds: guest calls and host calls."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import libvm

LETTERS = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}


def text(types: tuple[str, ...], result: str) -> str:
    declared = f"(param {' '.join(types)}) (result {result})"
    pushed = " ".join(f"local.get {index}" for index in range(len(types)))
    return f'(module (import "host" "f" (func $f {declared})) (func (export "go") {declared} {pushed} call $f))'


@pytest.mark.parametrize("count", [5, 6, 8, 9, 16, 64, 65, 100])
def test_mixed_parameters_arrive_as_they_were_passed(vm: libvm.Context, count: int) -> None:
    kinds = itertools.cycle(["i32", "f64", "i64", "f32", "f32", "i64", "i32"])
    types = tuple(itertools.islice(kinds, count))
    given = tuple(-index if kind.startswith("i") else index + 0.5 for index, kind in enumerate(types))
    for name, result in LETTERS.items():
        seen: list[tuple[Any, ...]] = []

        def f(*args: Any) -> Any:
            seen.append(args)
            return args[1] if name.startswith("f") else args[0] - 3

        with libvm.Context(vm.engine) as own:
            own.function("host", "f", signature=f"({''.join(LETTERS[kind] for kind in types)}){result}")(f)
            go = own.instantiate(libvm.Module(own.engine, text(types, name))).exports.go
            assert go(*given) == (1.5 if name.startswith("f") else -3)
        assert seen == [given] and [type(each) for each in seen[0]] == [type(each) for each in given]


def test_bad_arguments_are_refused_as_in_short_calls(vm: libvm.Context) -> None:
    types = ("i32", "f64", "i64", "f32", "i32", "f64")
    vm.function("host", "f", signature="(iFIfiF)F")(lambda *args: float(sum(args)))
    go = vm.instantiate(libvm.Module(vm.engine, text(types, "f64"))).exports.go
    assert go(1, 2, 3, 4, 5, 6) == 21
    assert go(0xFFFFFFFF, True, 0xFFFFFFFFFFFFFFFF, 0.5, False, 1e300) == pytest.approx(1e300)
    for bad in [(1 << 32, 0, 0, 0, 0, 0), (0, 0, 1 << 64, 0, 0, 0), (-(1 << 31) - 1, 0, 0, 0, 0, 0), (0, 10**400, 0, 0, 0, 0)]:
        with pytest.raises(OverflowError):
            go(*bad)
    for wrong in [("1", 0, 0, 0, 0, 0), (1.5, 0, 0, 0, 0, 0), (0, "x", 0, 0, 0, 0), (0, None, 0, 0, 0, 0), (0,) * 5, (0,) * 7]:
        with pytest.raises(TypeError):
            go(*wrong)
    assert go(1, 2, 3, 4, 5, 6) == 21


def test_exceptions_and_callers_of_wide_host_functions(vm: libvm.Context) -> None:
    types = ("i32", "f64", "i64", "f32", "i32")

    @vm.function("host", "f")
    def f(caller: libvm.Caller, a: libvm.i32, b: libvm.f64, c: libvm.i64, d: libvm.f32, e: libvm.i32) -> libvm.i64:
        if a:
            raise KeyError("a")
        assert caller.time_left is None
        return int(a + b + c + d + e)

    go = vm.instantiate(libvm.Module(vm.engine, text(types, "i64"))).exports.go
    assert go(0, 1, 2, 3, 4) == 10
    with pytest.raises(KeyError, match="a"):
        go(1, 1, 2, 3, 4)
    assert go(0, 1, 2, 3, 4) == 10
    # A result like the numbers that stand for failures.
    with libvm.Context(vm.engine) as own:
        own.function("host", "f", signature="(iFIfi)I")(lambda *args: -(1 << 63) + 5)
        go = own.instantiate(libvm.Module(own.engine, text(types, "i64"))).exports.go
        assert go(0, 0, 0, 0, 0) == -(1 << 63) + 5
