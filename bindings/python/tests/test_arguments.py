"""Arguments of wrong types: TypeError, and never a crash."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import libvm


@pytest.fixture
def others(engine: libvm.Engine, vm: libvm.Context) -> list[Any]:
    """An object of each class that is passed to functions, and what is none."""
    made: list[Any] = [engine, vm, libvm.Module(engine, "(module)"), libvm.ContextConfig(), libvm.PluginRegistry(), libvm.HostModule("h")]
    made += [libvm.Queue(), libvm.Wasi([]), libvm.Event("point"), libvm.Loop(), libvm.Stream(vm, "s"), vm.instantiate(made[2]), None, 5, "x"]
    return made


def test_objects_of_other_classes(engine: libvm.Engine, vm: libvm.Context, others: list[Any]) -> None:
    module = libvm.Module(engine, '(module (memory (export "memory") 1) (func (export "f")))')
    f = vm.instantiate(module).exports.f
    registry, stream = libvm.PluginRegistry(), libvm.Stream(vm, "other")
    uses: dict[str, list[Callable[[Any], object]]] = {
        "Engine": [libvm.Context, libvm.ContextPool, lambda item: libvm.Module(item, "(module)")],
        "Module": [
            vm.instantiate,
            vm.start_instantiate,
            vm.examine_module,
            registry.examine_module,
            registry.load_for_module,
            registry.prepare_module,
            lambda item: vm.register_wasm("name", item),
        ],
        "ContextConfig": [lambda item: libvm.Context(engine, item), lambda item: libvm.ContextPool(engine, config=item)],
        "Config": [lambda item: libvm.Engine(config=item), lambda item: libvm.ContextConfig(config=item)],
        "HostModule": [vm.register],
        "Wasi": [vm.register_wasi],
        "PluginRegistry": [
            vm.register_plugins,
            vm.set_module_plugins,
            lambda item: libvm.PackageDirectory("nowhere", item),
            lambda item: libvm.verify_package("nowhere", item),
        ],
        "Plugin": [vm.register_plugin, vm.update_plugin, lambda item: stream.add_plugin_stage(item, "m", "f")],
        "Event": [vm.invoke_hooks, vm.start_hooks],
        "Queue": [lambda item: f.start(queue=item)],
        "Loop": [registry.set_loop],
        "Context": [lambda item: libvm.Stream(item, "name")],
        "Instance": [
            vm.remove_instance,
            libvm.Allocator,
            lambda item: vm.register_instance("name", item),
            lambda item: stream.add_guest_stage(item, "f"),
        ],
    }
    optional = {"ContextConfig", "Config", "Queue"}
    for name, functions in uses.items():
        for function in functions:
            for item in others:
                if type(item).__name__ == name or item is None and (name in optional or name == "PluginRegistry"):
                    continue
                with pytest.raises(TypeError, match=f"^a libvm.{name} is needed, not {type(item).__name__}$"):
                    function(item)
    assert f() is None


def test_what_libvm_calls_is_callable(engine: libvm.Engine, vm: libvm.Context) -> None:
    stream = libvm.Stream(vm, "s")
    plain: list[Callable[[Any], object]] = [
        lambda wrong: libvm.ContextPool(engine, wrong),
        lambda wrong: libvm.ContextConfig(trace=wrong),
        lambda wrong: libvm.ContextConfig(on_limit=wrong),
        lambda wrong: libvm.set_log_callback(wrong),
        lambda wrong: libvm.verify_package("nowhere", progress=wrong),
        lambda wrong: vm.set_log_callback(wrong),
        lambda wrong: stream.on_state(wrong),
        lambda wrong: stream.set_source([], commit=wrong),
    ]
    uses = [
        *plain,
        lambda wrong: vm.hook("point")(wrong),
        lambda wrong: vm.function("host", "f", signature="()")(wrong),
        lambda wrong: stream.add_sink(wrong),
        lambda wrong: stream.add_sink(print, flush=wrong),
        lambda wrong: stream.add_stage("stage", wrong),
    ]
    for use in uses:
        for wrong in (5, "x"):
            with pytest.raises(TypeError, match=f" is a function, not {type(wrong).__name__}$"):
                use(wrong)

    async def late(*args: object) -> None: ...

    plain += [lambda wrong: libvm.Wasi([], stdin=wrong), lambda wrong: libvm.Wasi([], stdout=wrong), lambda wrong: vm.record(wrong)]
    for use in plain:
        with pytest.raises(TypeError, match=" cannot be asynchronous: nothing would wait for it$"):
            use(late)
    for wrong in (None, 5):
        with pytest.raises(TypeError, match="a source is a plug-in, an iterable or an object with `start` and `stop`, not"):
            stream.set_source(wrong)  # type: ignore[arg-type]


def test_types_of_items(vm: libvm.Context) -> None:
    host: Any = libvm.HostModule("host")
    with pytest.raises(TypeError, match="a libvm.MemoryType is needed, not int"):
        host.add_memory("m", 1)
    with pytest.raises(TypeError, match="a libvm.TableType is needed, not MemoryType"):
        host.add_table("t", libvm.MemoryType(1))
    with pytest.raises(TypeError, match="a libvm.GlobalType is needed, not ValType"):
        host.add_global("g", libvm.ValType.I32, 1)
    with pytest.raises(ValueError, match="99 is not a valid ValType"):
        host.add_global("g", libvm.GlobalType(99), 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a str is needed, not int"):
        host.add_function("f", print, signature=5)
    wrong: Any = 5
    for convert in (libvm.wat_to_wasm, lambda text: libvm.Module(vm.engine, text)):
        with pytest.raises(TypeError, match="bytes-like"):
            convert(wrong)


def test_exports_are_not_replaced(vm: libvm.Context) -> None:
    instance = vm.instantiate(libvm.Module(vm.engine, '(module (global (export "g") (mut i32) (i32.const 1)))'))
    for name in ("g", "h"):
        with pytest.raises(AttributeError, match=f"the export `{name}` cannot be replaced; a global has a `value`"):
            setattr(instance.exports, name, 5)
    instance.exports.g.value = 5
    assert instance.exports.g.value == 5


def test_objects_are_not_copied(engine: libvm.Engine, vm: libvm.Context, others: list[Any]) -> None:
    for item in others:
        if not hasattr(item, "closed"):
            continue
        for use in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match=f"a libvm.{type(item).__name__} cannot be copied or pickled"):
                use(item)
        assert not item.closed
