"""Guest memory: copies, views, and that no view is left dangling."""

from __future__ import annotations

import gc
import sys
import threading

import pytest

import libvm

TEXT = """(module
    (import "host" "look" (func $look (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "look") (call $look (i32.const 0) (i32.const 8)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"""


@pytest.fixture
def kept(vm: libvm.Context) -> list[object]:
    return []


@pytest.fixture
def instance(vm: libvm.Context, kept: list[object]) -> libvm.Instance:
    @vm.function("host", "look")
    def look(data: memoryview) -> None:
        data[0] = 7
        if kept:
            kept.append(data[2:4])

    return vm.instantiate(libvm.Module(vm.engine, TEXT))


def test_copies(instance: libvm.Instance) -> None:
    memory = instance.memory()
    memory.write(10, b"hello")
    memory.write(15, bytearray(b" you"))
    assert memory.read(10, 9) == b"hello you" == memory[10:19]
    memory[0:3] = b"abc"
    memory[3] = 0
    assert memory[0] == 97 and memory.read_string(0) == "abc" and memory.read_string(0, 2) == "ab"
    assert len(memory) == memory.size == 65536 == len(bytes(memory))
    assert memory.type == libvm.MemoryType(1)
    with pytest.raises(IndexError):
        memory.read(65530, 10)
    with pytest.raises(IndexError):
        memory[-65537]
    with pytest.raises(ValueError, match="do not fit"):
        memory[0:3] = b"abcd"
    with pytest.raises(ValueError, match="NUL"):
        memory.write(0, b"x" * 65536)
        memory.read_string(0)


def test_while_a_view_exists_the_memory_does_not_move(instance: libvm.Instance, vm: libvm.Context) -> None:
    memory, grow = instance.memory(), instance.exports.grow
    view = memory.view(0, 16)
    view[0:2] = b"hi"
    part = view[1:]
    for move in (grow, lambda: memory.grow(1), vm.reset, lambda: instance.exports.get(0)):
        with pytest.raises(BufferError, match="release them"):
            move()
    assert memory.read(0, 2) == b"hi"  # copies do not move it
    view.release()
    with pytest.raises(BufferError):
        grow()
    part.release()
    assert grow() == 1 and memory.size == 131072
    with memory.view() as whole:
        assert len(whole) == 131072
    assert memory.grow(1) == 2


def test_a_view_outlives_its_context(engine: libvm.Engine) -> None:
    with libvm.Context(engine) as vm:
        memory = vm.instantiate(libvm.Module(engine, '(module (memory (export "memory") 1))')).memory()
        memory.write(0, b"still here")
        view = memory.view(0, 10)
    assert vm.closed
    del vm, memory
    gc.collect()
    assert bytes(view) == b"still here"


def test_the_buffer_of_a_call_ends_with_it(instance: libvm.Instance, kept: list[object]) -> None:
    instance.exports.look()
    assert instance.exports.get(0) == 7
    kept.append("keep what the function gets")
    with pytest.raises(libvm.BusyError, match="memoryview"):
        instance.exports.look()
    with pytest.raises(BufferError):
        instance.exports.get(0)
    kept.clear()
    assert instance.exports.get(0) == 7


def test_numpy(instance: libvm.Instance) -> None:
    numpy = pytest.importorskip("numpy")
    memory = instance.memory()
    memory.write(0, numpy.arange(4, dtype="<i4"))
    assert memory.read(0, 16) == bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    numbers = numpy.frombuffer(memory.view(0, 16), dtype="<i4")
    numbers += 1
    with pytest.raises(BufferError):
        instance.exports.get(0)
    del numbers
    assert instance.exports.get(0) == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python has `__buffer__` from 3.12 on")
def test_the_buffer_protocol_of_the_memory_itself(instance: libvm.Instance) -> None:
    memory = instance.memory()
    memory.write(0, b"direct")
    assert bytes(memoryview(memory)[:6]) == b"direct"  # type: ignore[arg-type,unused-ignore]


def test_a_view_is_refused_while_another_thread_runs_the_guest(engine: libvm.Engine) -> None:
    entered, leave = threading.Event(), threading.Event()
    with libvm.Context(engine) as vm:

        @vm.function("host", "wait")
        def wait() -> None:
            entered.set()
            leave.wait(30)

        instance = vm.instantiate(
            libvm.Module(engine, '(module (import "host" "wait" (func $wait)) (memory (export "memory") 1) (func (export "go") call $wait))')
        )
        memory, go = instance.memory(), instance.exports.go
        thread = threading.Thread(target=go)
        thread.start()
        assert entered.wait(30)
        with pytest.raises(libvm.BusyError):
            memory.view()
        with pytest.raises(libvm.BusyError):
            go()
        vm.close()  # it is freed when the thread leaves it
        leave.set()
        thread.join()
        with pytest.raises(libvm.ClosedError):
            go()
