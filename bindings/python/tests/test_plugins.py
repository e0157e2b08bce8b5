"""Plug-ins, hooks, streams, WASI, configuration, packages, statistics, recordings and logs, as they stand."""

from __future__ import annotations

import asyncio
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import libvm

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
HELLO = """(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "hello\\n") (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")
    (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $exit (i32.const 3))))"""


def test_the_example(calc: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["host.py", str(calc), str(EXAMPLES / "app.wat")])
    runpy.run_path(str(EXAMPLES / "host.py"), run_name="__main__")
    assert capsys.readouterr().out == "guest says 42\nsum is 42\n"


def test_the_example_with_postponed_annotations(calc: Path, tmp_path: Path) -> None:
    text = "from __future__ import annotations\n" + (EXAMPLES / "host.py").read_text()
    (tmp_path / "postponed.py").write_text(text)
    command = [sys.executable, str(tmp_path / "postponed.py"), str(calc), str(EXAMPLES / "app.wat")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "guest says 42\nsum is 42\n"


def test_the_package_and_the_example_have_no_type_errors(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    postponed = tmp_path / "postponed.py"
    postponed.write_text("from __future__ import annotations\n" + (EXAMPLES / "host.py").read_text())
    for files in (["-p", "libvm"], [str(EXAMPLES / "host.py")], [str(postponed)]):
        out, errors, status = api.run(["--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), *files])
        assert status == 0, out + errors


def test_registries(calc: Path, vm: libvm.Context) -> None:
    with libvm.PluginRegistry() as plugins:
        (line,) = plugins.load_from_path(calc)
        assert line.loaded and (line.name, line.version) == ("calc", "1.2.0")
        assert len(plugins) == 1
        plugin = plugins.find("calc")
        assert [each.name for each in plugins] == ["calc"]
        assert (plugin.version, plugin.description, plugin.path) == ("1.2.0", "Adds numbers", str(calc))
        (module,) = plugin.modules
        (function,) = module.functions
        assert (module.name, function.name, function.signature) == ("calc", "add", "(ii)i")
        assert function.type == libvm.FuncType((libvm.ValType.I32,) * 2, (libvm.ValType.I32,))
        assert plugin.options == plugin.hooks == plugin.sources == plugin.sinks == plugin.permissions == ()
        vm.register_plugin(plugin)
        assert [(offer.module, offer.name, offer.plugin) for offer in vm.offers] == [("calc", "add", "calc")]
        with pytest.raises(libvm.PluginNotFoundError):
            plugins.find("clac")
        with pytest.raises(libvm.PluginNotFoundError, match="nowhere"):
            plugins.load_from_path("nowhere.so")
        with pytest.raises(libvm.PluginError):
            plugins.load_from_path(__file__)
    inspected = libvm.inspect_plugin(calc)
    assert (inspected.status, inspected.name, inspected.version) == (0, "calc", "1.2.0")
    with libvm.PluginRegistry() as strict:
        strict.allow_only(["other"])
        with pytest.raises(libvm.PluginError) as refused:
            strict.load_from_path(calc)
        assert refused.value.status == libvm.Status.PLUGIN_NOT_ALLOWED
        assert [line.loaded for line in refused.value.report] == [False]


def test_options_and_permissions(calc: Path, vm: libvm.Context) -> None:
    with libvm.PluginRegistry() as plugins:
        plugins.load_from_path(calc)
        value: bool | int | float | str | list[str]
        for value in (True, 1, 1.5, "text", ["a", "b"]):
            with libvm.Context(vm.engine) as other, pytest.raises(ValueError, match="mode"):
                other.set_plugin_option("calc", "mode", value)
                other.register_plugins(plugins)

    @vm.function("files", "open", permission="fs:read")
    def open_file() -> None: ...

    guest = libvm.Module(vm.engine, '(module (import "files" "open" (func $o)) (func (export "go") call $o))')
    with pytest.raises(PermissionError, match="fs:read"):
        vm.instantiate(guest).exports.go()
    with libvm.Context(vm.engine) as trusted:
        trusted.grant_permission("files", "fs:*")
        trusted.function("files", "open", permission="fs:read")(open_file)
        trusted.instantiate(guest).exports.go()


def test_configuration(calc: Path) -> None:
    with libvm.PluginRegistry() as plugins:
        config = libvm.Config(b"", calc.parent)
        config.apply(plugins)
        with libvm.Engine(config=config) as engine, libvm.Context(engine, libvm.ContextConfig(config=config)) as vm:
            assert vm.id
    with pytest.raises(libvm.ArgumentError, match="line 1|surprising"):
        libvm.Config(b"surprising = 1", calc.parent)


def test_wasi(engine: libvm.Engine, tmp_path: Path) -> None:
    with libvm.Context(engine) as vm, libvm.Wasi(["hello"], environment={"A": "b"}) as wasi:
        vm.register_wasi(wasi)
        assert vm.run_wasi(libvm.Module(engine, HELLO)) == 3
        assert (wasi.stdout, wasi.stderr, wasi.truncated) == (b"hello\n", b"hello\n", False)
    lines: list[bytes] = []
    with libvm.Context(engine) as vm:
        vm.register_wasi(libvm.Wasi(stdin=b"in", stdout=lines.append, stderr=tmp_path / "errors"))
        vm.run_wasi(libvm.Module(engine, HELLO))
    assert lines == [b"hello\n"] and (tmp_path / "errors").read_bytes() == b"hello\n"
    with libvm.Wasi(stdout=libvm.CAPTURE, capacity=3, stderr=libvm.DISCARD) as small, libvm.Context(engine) as vm:
        vm.register_wasi(small)
        vm.run_wasi(libvm.Module(engine, HELLO))
        assert small.truncated
    with libvm.Context(engine) as vm:
        vm.register_wasi(libvm.Wasi(stdout=lambda data: 1 // 0))
        with pytest.raises(ZeroDivisionError):
            vm.run_wasi(libvm.Module(engine, HELLO))
    with pytest.raises(ValueError, match="pathlib"):
        libvm.Wasi(stdout="file.txt")


def test_hooks(vm: libvm.Context) -> None:
    calls: list[str] = []

    @vm.hook("mail.accept")
    def first(event: libvm.HookEvent) -> None:
        calls.append(str(event["sender"]))
        assert event.point == "mail.accept" and set(event) == {"sender", "size", "body"}
        event["seen"] = 1
        del event["body"]

    @vm.hook("mail.accept", last=True)
    def last(event: libvm.HookEvent) -> libvm.Answer:
        if event["size"] == 99:
            raise LookupError("no such size")
        return libvm.Answer.COMPLETE if event["size"] == 5 else libvm.Answer.CONTINUE

    event = libvm.Event("mail.accept", sender="a@b", size=5, body=b"\0\1")
    assert event["body"] == b"\0\1"
    assert vm.invoke_hooks(event) == libvm.Answer.COMPLETE
    assert event["seen"] == 1 and "body" not in event and calls == ["a@b"]
    with pytest.raises(KeyError):
        event["body"]
    assert event.get("body", 7) == 7
    with pytest.raises(LookupError, match="no such size"):
        vm.invoke_hooks(libvm.Event("mail.accept", sender="c", size=99, body=b""))

    async def main() -> libvm.Answer:
        return await vm.start_hooks(libvm.Event("mail.accept", sender="d", size=6, body=b""))  # type: ignore[no-any-return]

    assert asyncio.run(main()) == libvm.Answer.CONTINUE


def test_streams(vm: libvm.Context) -> None:
    written: list[libvm.StreamEvent] = []
    committed: list[int] = []

    def upper(stage: libvm.StageEvent) -> None:
        event = stage.event
        if event.payload == b"bad":
            raise ValueError("bad event")
        stage.emit(libvm.StreamEvent(event.payload.upper(), {"stage": "upper", **event.metadata}))

    source: list[libvm.StreamEvent | bytes] = [b"one", libvm.StreamEvent(b"two", {"key": "value"})]
    with libvm.Stream(vm, "letters") as stream:
        stream.set_source(source, commit=committed.append)
        stream.add_stage("upper", upper)
        stream.add_sink(written.append)
        stream.run()
        assert [event.payload for event in written] == [b"ONE", b"TWO"]
        assert written[1].metadata == {"stage": "upper", "key": "value"}
        assert stream.state == libvm.StreamState.ENDED and committed[-1] == 2
        assert stream.statistics.events_in == 2 == stream.statistics.events_out
    with libvm.Stream(vm, "failing") as stream:
        stream.set_source([b"bad"])
        stream.add_stage("upper", upper)
        stream.add_sink(written.append)
        with pytest.raises(ValueError, match="bad event"):
            stream.run()


def test_statistics_traces_recordings_and_logs(engine: libvm.Engine, tmp_path: Path) -> None:
    traced: list[libvm.TraceEvent] = []
    asked: list[libvm.LimitRequest] = []

    def more(request: libvm.LimitRequest) -> int:
        asked.append(request)
        return request.limit

    config = libvm.ContextConfig(name="observed", statistics=True, trace=traced.append, memory_limit=65536, on_limit=more)
    text = """(module (import "host" "now" (func $now (result i64))) (memory (export "memory") 1)
        (func (export "go") (result i64) call $now) (func (export "grow") (result i32) (memory.grow (i32.const 1))))"""
    now = [5]

    def prepared() -> libvm.Context:
        vm = libvm.Context(engine, config)

        @vm.function("host", "now")
        def host_now() -> libvm.i64:
            return now[0]

        vm.set_log_callback(lambda level, source, line: None, libvm.LogLevel.TRACE)
        return vm

    module = libvm.Module(engine, text)
    with prepared() as vm:
        vm.record(tmp_path / "recording")
        instance = vm.instantiate(module)
        assert instance.exports.go() == 5
        vm.stop_recording()
        assert instance.exports.grow() == -1
        assert asked[0].kind == libvm.LimitKind.MEMORY and asked[0].wanted == 131072
        assert vm.statistics.host_calls == 1 and vm.statistics.memory_bytes == 65536
        assert libvm.TraceKind.HOST_CALL in [event.kind for event in traced]
    now[0] = 6
    with prepared() as vm:
        vm.replay((tmp_path / "recording").read_bytes())
        assert vm.instantiate(module).exports.go() == 5


def test_packages(calc: Path, tmp_path: Path) -> None:
    with libvm.PackageDirectory(tmp_path / "packages") as packages:
        assert packages.packages == []
        with pytest.raises(libvm.PackageError):
            packages.describe("calc")
        (tmp_path / "not.zip").write_bytes(b"no archive")
        with pytest.raises(libvm.PackageError):
            packages.install(tmp_path / "not.zip")


def test_items_of_hosts_and_guests(vm: libvm.Context) -> None:
    host = libvm.HostModule("host")
    host.add_memory("memory", libvm.MemoryType(1, 2))
    host.add_table("table", libvm.TableType(libvm.ValType.EXTERNREF, 2))
    host.add_global("counter", libvm.GlobalType(libvm.ValType.I64, True), 7)
    vm.register(host)
    module = libvm.Module(
        vm.engine,
        """(module (import "host" "memory" (memory 1 2)) (import "host" "table" (table 2 externref))
            (import "host" "counter" (global $g (mut i64)))
            (export "memory" (memory 0)) (export "table" (table 0)) (export "counter" (global $g))
            (@custom "note" "hello") (func (export "count") (global.set $g (i64.add (global.get $g) (i64.const 1)))))""",
    )
    assert [(each.module, each.name) for each in module.imports] == [("host", "memory"), ("host", "table"), ("host", "counter")]
    assert [each.name for each in module.exports] == ["memory", "table", "counter", "count"]
    assert [(each.name, each.data) for each in module.custom_sections if each.name == "note"] == [("note", b"hello")]
    exports = vm.instantiate(module).exports
    assert list(exports) == ["memory", "table", "counter", "count"]
    exports.count()
    assert exports.counter.value == 8
    exports.counter.value = -1
    assert exports.counter.value == -1 and exports.counter.type == libvm.GlobalType(libvm.ValType.I64, True)
    item = object()
    exports.table[1] = item
    assert exports.table[1] is item and exports.table[0] is None and len(exports.table) == 2
    assert exports.table.grow(1, item) == 2 and exports.table[2] is item
    with pytest.raises(IndexError):
        exports.table[9]
