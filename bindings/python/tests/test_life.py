"""Closed objects, garbage, threads, signals: an exception each time, and never a crash."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from typing import Any

import pytest

import libvm

ADD = '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'


def test_closed_objects(engine: libvm.Engine) -> None:
    module = libvm.Module(engine, ADD)
    vm = libvm.Context(engine)
    instance = vm.instantiate(module)
    add = instance.exports.add
    memory_of: Any = vm.instantiate(libvm.Module(engine, '(module (memory (export "memory") 1))')).memory()
    execution = add.start(1, 2, queue=libvm.Queue())
    assert execution.wait() == 3
    vm.close()
    vm.close()
    registry, wasi, queue, host = libvm.PluginRegistry(), libvm.Wasi(), libvm.Queue(), libvm.HostModule("host")
    for item in (module, registry, wasi, queue, host, execution):
        assert not item.closed
        item.close()
        assert item.closed and "closed" in repr(item)
    for use in (
        lambda: add(1, 2),
        lambda: add.start(1, 2),
        lambda: instance.call("add", 1, 2),
        lambda: memory_of.read(0, 1),
        lambda: memory_of.view(),
        lambda: vm.instantiate(module),
        lambda: module.exports,
        lambda: len(registry),
        lambda: wasi.stdout,
        lambda: queue.next(),
        lambda: host.add_memory("m", libvm.MemoryType(1)),
        lambda: execution.poll(),
        lambda: vm.__enter__(),
    ):
        with pytest.raises(libvm.ClosedError, match="is closed"):
            use()
    with pytest.raises(libvm.ClosedError), libvm.Context(engine) as other:
        other.register(host)


def test_the_context_is_closed_by_its_own_callback(engine: libvm.Engine) -> None:
    vm = libvm.Context(engine)

    @vm.function("host", "close")
    def close() -> None:
        vm.close()

    instance = vm.instantiate(libvm.Module(engine, '(module (import "host" "close" (func $close)) (func (export "go") call $close))'))
    go = instance.exports.go
    go()
    with pytest.raises(libvm.ClosedError):
        go()


def test_handles_of_another_context_and_after_a_reset(engine: libvm.Engine, vm: libvm.Context) -> None:
    add = vm.instantiate(libvm.Module(engine, ADD)).exports.add
    with libvm.Context(engine) as other, pytest.raises(libvm.ArgumentError):
        other.instantiate(libvm.Module(libvm.Engine(), ADD))
    vm.reset()
    with pytest.raises(libvm.StaleError):
        add(1, 2)


def test_contexts_whose_functions_use_them_are_collected(engine: libvm.Engine) -> None:
    module = libvm.Module(engine, '(module (import "host" "f" (func $f)) (func (export "go") call $f))')
    freed: list[weakref.ref[libvm.Context]] = []

    def use() -> None:
        vm = libvm.Context(engine)

        @vm.function("host", "f")
        def f() -> None:
            assert vm.id

        vm.instantiate(module).exports.go()
        freed.append(weakref.ref(vm))

    for _ in range(2000):
        use()
    gc.collect()
    assert not any(reference() for reference in freed)


def test_garbage_is_collected_in_the_middle_of_calls(engine: libvm.Engine, vm: libvm.Context) -> None:
    @vm.function("host", "collect")
    def collect(item: libvm.externref) -> libvm.externref:
        inner = libvm.Context(engine)
        inner.instantiate(libvm.Module(engine, ADD)).exports.add(1, 2)
        del inner
        gc.collect()
        return item

    instance = vm.instantiate(
        libvm.Module(
            engine,
            """(module (import "host" "collect" (func $c (param externref) (result externref)))
                (func (export "go") (param externref) (result externref) local.get 0 call $c call $c))""",
        )
    )
    for _ in range(20):
        assert instance.exports.go([1, 2]) == [1, 2]


def test_references_are_freed(engine: libvm.Engine) -> None:
    class Item:
        pass

    item = Item()
    kept = weakref.ref(item)
    with libvm.Context(engine) as vm:
        echo = vm.instantiate(
            libvm.Module(engine, '(module (func (export "echo") (param externref) (result externref) local.get 0))')
        ).exports.echo
        assert echo(item) is item
        vm.reset()
    del item
    gc.collect()
    assert kept() is None


def test_threads_run_guests_at_the_same_time(engine: libvm.Engine) -> None:
    inside = threading.Barrier(4, timeout=30)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with libvm.Context(engine) as vm:

                @vm.function("host", "meet")
                def meet() -> None:
                    inside.wait()

                vm.instantiate(
                    libvm.Module(engine, '(module (import "host" "meet" (func $m)) (func (export "go") call $m))')
                ).exports.go()
        except BaseException as raised:
            failed.append(raised)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_one_context_in_many_threads(engine: libvm.Engine, vm: libvm.Context) -> None:
    add = vm.instantiate(libvm.Module(engine, ADD)).exports.add
    wrong: list[object] = []

    def work() -> None:
        for n in range(2000):
            try:
                if add(n, 1) != n + 1:
                    wrong.append(n)
            except libvm.BusyError:
                pass
            except BaseException as raised:
                wrong.append(raised)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


SPIN = """
import libvm, sys, threading, os, signal, time
engine = libvm.Engine(interruptible=True)
vm = libvm.Context(engine)
@vm.function("host", "ready")
def ready() -> None:
    print("ready", flush=True)
text = '(module (import "host" "ready" (func $r)) (func (export "spin") call $r (loop $l (br $l))) (func (export "one") (result i32) i32.const 1))'
instance = vm.instantiate(libvm.Module(engine, text))
if "handler" in sys.argv:
    signal.signal(signal.SIGINT, lambda *_: print("handled", flush=True))
    vm.set_timeout(1500)
try:
    instance.exports.spin()
except KeyboardInterrupt:
    print("interrupted", instance.exports.one())
except libvm.GuestTimeout:
    print("timed out", instance.exports.one())
"""


@pytest.mark.parametrize("handler", [False, True])
def test_ctrl_c(handler: bool) -> None:
    command = [sys.executable, "-c", SPIN, *(["handler"] if handler else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.2)
        os.kill(child.pid, signal.SIGINT)
        said, _ = child.communicate(timeout=60)
    assert said == ("handled\ntimed out 1\n" if handler else "interrupted 1\n")


CTRL_C_ELSEWHERE = """
import asyncio, libvm, os, signal, threading
engine = libvm.Engine(interruptible=True)
vm = libvm.Context(engine)
vm.register_wasi(libvm.Wasi())
LOOP = "(loop $l (br $l))"
spin = vm.instantiate(libvm.Module(engine, f'(module (func (export "spin") {LOOP}))')).exports.spin
async def awaited():
    await spin.start()
def command():
    vm.run_wasi(libvm.Module(engine, f'(module (memory (export "memory") 1) (func (export "_start") {LOOP}))'))
def start_function():
    vm.instantiate(libvm.Module(engine, f'(module (func $s {LOOP}) (start $s))'))
for run in (lambda: asyncio.run(awaited()), command, start_function):
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        run()
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_ctrl_c_in_event_loops_commands_and_start_functions() -> None:
    child = subprocess.run([sys.executable, "-c", CTRL_C_ELSEWHERE], capture_output=True, text=True, timeout=120)
    assert (child.stdout, child.stderr) == ("interrupted\n" * 3, "")


def test_pools(engine: libvm.Engine) -> None:
    prepared: list[int] = []

    def prepare(vm: libvm.Context) -> None:
        prepared.append(vm.id)

        @vm.function("host", "one")
        def one() -> libvm.i32:
            return 1

    module = libvm.Module(engine, '(module (import "host" "one" (func $o (result i32))) (func (export "go") (result i32) call $o))')
    with libvm.ContextPool(engine, prepare, limit=2) as pool:
        pool.fill(1)
        for _ in range(5):
            with pool.take() as vm:
                assert vm.instantiate(module).exports.go() == 1
                assert pool.taken_count == 1
        assert len(prepared) == 1 and pool.idle_count == 1
        first, second = pool.take(), pool.take()
        with pytest.raises(libvm.LimitError):
            pool.take()
        first.close()
    assert second.instantiate(module).exports.go() == 1  # the pool is freed when the last context is back
    second.close()

    def fail(vm: libvm.Context) -> None:
        raise LookupError("not prepared")

    with libvm.ContextPool(engine, fail) as failing, pytest.raises(LookupError, match="not prepared"):
        failing.take()
