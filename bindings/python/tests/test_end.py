"""The end of objects that are collected together, and of the interpreter: what still runs or refers to them harms nothing."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import libvm

GUEST = """
(module
    (import "host" "same" (func $same (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "forever") (loop $l (drop (call $same (i32.const 1))) (br $l))))
"""


def guest(vm: libvm.Context) -> libvm.Instance:
    @vm.function("host", "same")
    def same(n: libvm.i32) -> libvm.i32:
        return n

    return vm.instantiate(libvm.Module(vm.engine, GUEST))


class Node:
    def __init__(self, said: list[object]) -> None:
        self.said, self.me = said, self

    def __del__(self) -> None:
        try:
            self.said.append(self.instance.exports.add(1, 2))
        except (libvm.ClosedError, BufferError) as error:
            self.said.append(type(error))

    instance: libvm.Instance
    more: Any


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("has_view", [True, False])
def test_garbage_that_uses_garbage(engine: libvm.Engine, is_first: bool, has_view: bool) -> None:
    said: list[object] = []
    for _ in range(20):
        node = Node(said) if is_first else None
        vm = libvm.Context(engine)
        instance = guest(vm)
        node = node or Node(said)
        node.instance = instance
        node.more = [vm, instance.exports.memory.view(0, 8) if has_view else None]
        del node, vm, instance
    gc.collect()
    assert len(said) == 20


def test_views_outlive_contexts_and_pools(engine: libvm.Engine) -> None:
    vm = libvm.Context(engine)
    pool = libvm.ContextPool(engine)
    pooled = pool.take()
    views = [guest(context).exports.memory.view(0, 8) for context in (vm, pooled)]
    vm.close()
    pooled.close()
    pool.close()
    del vm, pooled, pool
    gc.collect()
    for view in views:
        view[0] = 1
        view.release()


def test_executions_that_are_closed_while_they_are_awaited(engine: libvm.Engine) -> None:
    async def main(delay: float) -> None:
        with libvm.Context(engine) as vm:

            @vm.function("host", "wait")
            async def wait() -> None:
                await asyncio.sleep(60)

            text = '(module (import "host" "wait" (func $w)) (func (export "go") call $w))'
            execution = vm.instantiate(libvm.Module(engine, text)).exports.go.start()
            if delay:
                asyncio.get_running_loop().call_later(delay, execution.close)
            else:
                execution.close()
            with pytest.raises(libvm.ClosedError):
                await asyncio.wait_for(execution, 30)

    for delay in (0, 0.01):
        asyncio.run(main(delay))


EXIT = f"""
import libvm, threading, time
engine = libvm.Engine()
for _ in range(3):
    vm = libvm.Context(engine)
    vm.function("host", "same", signature="(i)i")(lambda n: n)
    instance = vm.instantiate(libvm.Module(engine, '''{GUEST}'''))
    threading.Thread(target=instance.exports.forever, daemon=True).start()
time.sleep(0.1)
other = libvm.Context(engine)
other.function("host", "same", signature="(i)i")(lambda n: n)
guest = other.instantiate(libvm.Module(engine, '''{GUEST}'''))
view = guest.exports.memory.view(0, 8)
class Last:
    def __del__(self):
        try:
            guest.exports.add(1, 2)
        except (libvm.Error, BufferError):
            pass
last = Last()
print("end")
"""


def test_the_interpreter_ends_while_guests_call_the_host() -> None:
    child = subprocess.run([sys.executable, "-c", EXIT], capture_output=True, text=True, timeout=120)
    assert (child.returncode, child.stdout, child.stderr) == (0, "end\n", "")


def test_functions_of_streams_may_return_anything(vm: libvm.Context) -> None:
    written = bytearray()
    committed: list[int] = []

    def write(event: libvm.StreamEvent) -> Any:
        written.extend(event.payload)
        return len(written)

    with libvm.Stream(vm, "lengths") as stream:
        stream.set_source([b"one", libvm.StreamEvent(bytearray(b"two"))], commit=lambda position: committed.append(position) or "text")  # type: ignore
        stream.add_sink(write, flush=lambda: ("flushed",))  # type: ignore
        stream.run()
    assert written == b"onetwo" and committed[-1] == 2


@pytest.mark.parametrize("wrong", ["text", None, 5, libvm.StreamEvent("text")])  # type: ignore
def test_events_that_are_not_bytes(vm: libvm.Context, wrong: Any) -> None:
    with libvm.Stream(vm, "wrong") as stream:
        stream.set_source([wrong])
        stream.add_sink(lambda event: None)
        with pytest.raises(TypeError, match="an event is a libvm.StreamEvent of bytes, or bytes, not"):
            stream.run()


PREPARED = """(module
    (import "host" "show" (func $show (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "go") (call $show (i32.const 0) (i32.const 8))))"""


def use_views(instance: libvm.Instance) -> None:
    instance.exports.memory.view(0, 8)


def use_parameters(instance: libvm.Instance) -> None:
    instance.exports.go()


@pytest.mark.parametrize("use", [use_views, use_parameters])
def test_views_in_the_preparation_of_a_pool(engine: libvm.Engine, use: Callable[[libvm.Instance], None]) -> None:
    def prepare(vm: libvm.Context) -> None:
        @vm.function("host", "show")
        def show(view: memoryview) -> None:
            pass

        instance = vm.register_wasm("prepared", libvm.Module(engine, PREPARED))
        instance.exports.memory.write(0, b"hello")
        assert instance.exports.memory.read(0, 5) == b"hello"
        use(instance)

    with libvm.ContextPool(engine, prepare) as pool, pytest.raises(libvm.UnsupportedError, match="while the context of a pool is prepared"):
        pool.take()
