"""Machine code: its traps are signals, beside those of Python, and it can be interrupted."""

from __future__ import annotations

import faulthandler
import threading
from pathlib import Path

import pytest

import libvm

TEXT = """(module
    (import "host" "twice" (func $twice (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "read") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func $endless (export "endless") (result i32) (i32.add (call $endless) (i32.const 1)))
    (func (export "spin") (loop (br 0)))
    (func (export "around") (param i32) (result i32) (call $twice (local.get 0))))"""


def machine_code(folder: Path, signal_handlers: bool, interruptible: bool) -> tuple[libvm.Engine, libvm.Module]:
    """An engine that runs machine code, where the library can, and the module."""
    try:
        engine = libvm.Engine(tier=libvm.Tier.COMPILED, cache=folder, signal_handlers=signal_handlers, interruptible=interruptible)
        return engine, libvm.Module(engine, TEXT)
    except libvm.Error as error:
        if error.status != libvm.Status.UNSUPPORTED:
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("signal_handlers", [True, False])
@pytest.mark.parametrize("interruptible", [True, False])
def test_traps_and_interruption_of_machine_code(tmp_path: Path, signal_handlers: bool, interruptible: bool) -> None:
    engine, module = machine_code(tmp_path, signal_handlers, interruptible)
    assert faulthandler.is_enabled()  # by pytest: its handlers were there before
    failures: list[BaseException] = []

    def run() -> None:
        with libvm.Context(engine) as vm:

            @vm.function("host", "twice", signature="(i)i")
            def twice(value: int) -> int:
                return 2 * value

            exports = vm.instantiate(module).exports
            assert vm.tier == libvm.Tier.COMPILED
            for _ in range(20):
                for name, args, text in [
                    ("read", (65533,), "out of bounds memory access"),
                    ("read", (-1,), "out of bounds memory access"),
                    ("divide", (1, 0), "integer division by zero"),
                    ("divide", (-(1 << 31), -1), "integer overflow"),
                    ("endless", (), "call stack exhausted"),
                ]:
                    with pytest.raises(libvm.Trap, match=text):
                        getattr(exports, name)(*args)
                assert exports.around(21) == 42
            if interruptible:
                vm.set_timeout(20)
                with pytest.raises(TimeoutError):
                    exports.spin()
                vm.set_timeout(0)
                with pytest.raises(libvm.Trap, match="integer division by zero"):
                    exports.divide(1, 0)

    def on_a_thread() -> None:
        try:
            run()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=on_a_thread) for _ in range(3)]
    for thread in threads:
        thread.start()
    run()
    for thread in threads:
        thread.join()
    assert not failures
