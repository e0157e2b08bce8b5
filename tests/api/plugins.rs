//! Plug-ins, options, permissions, the log and WASI.

use crate::{fails, wasm};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use vm::{Context, Engine, LogLevel, OptionValue, Plugin, PluginRegistry, Status, Wasi, WasiRights, WasiStream};

/// Compiles a source of `capi-tests/plugins`, once in this process; the file takes the place of that of an earlier one.
pub fn compiled(source: &str) -> PathBuf {
    static MADE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api");
    std::fs::create_dir_all(&folder).unwrap();
    let (made, part) = (folder.join(format!("{source}.so")), folder.join(format!("{source}.{}", std::process::id())));
    let mut known = MADE.lock().unwrap();
    if known.insert(source.to_owned()) {
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut command = Command::new(compiler);
        command.args(["-std=c99", "-shared", "-fPIC", "-fvisibility=hidden"]).arg(format!("-DNAME=\"{source}\""));
        command.arg("-DVERSION=\"1.0.0\"");
        command.arg("-I").arg(root.join("include")).arg(root.join("capi-tests/plugins").join(source).with_extension("c"));
        command.arg("-o").arg(&part);
        assert!(command.status().expect("a C compiler is needed: install one, or set CC").success(), "{command:?}");
        std::fs::rename(&part, &made).unwrap();
    }
    made
}

fn context() -> Context {
    Context::new(&Engine::new().unwrap()).unwrap()
}

#[test]
fn a_plugin_is_loaded_described_and_called() {
    let plugins = PluginRegistry::new();
    let file = compiled("calc");
    let (report, outcome) = plugins.load_from_path_with_report(&file);
    outcome.unwrap();
    let line = &report.lines[0];
    assert_eq!(
        (line.name.as_deref(), line.version.as_deref(), line.loaded, line.status),
        (Some("calc"), Some("1.0.0"), true, Status::OK)
    );
    assert_eq!(line.path, file);
    let calc = plugins.find("calc").unwrap();
    assert_eq!((calc.name(), &*calc.version(), calc.description()), ("calc", "1.0.0", "Adds numbers"));
    assert_eq!((calc.path(), calc.license()), (Some(&*file), ""));
    let module = &calc.modules()[0];
    assert_eq!((&*module.name, &*module.functions[0].name, &*module.functions[0].signature), ("calc", "add", "(ii)i"));
    assert!(calc.options().is_empty() && calc.permissions().is_empty() && calc.hooks().count() == 0);
    let mut context = context();
    context.register_plugin(&calc).unwrap();
    let text = r#"(module (import "calc" "add" (func $add (param i32 i32) (result i32)))
        (func (export "run") (result i32) (call $add (i32.const 40) (i32.const 2))))"#;
    assert_eq!(context.run_wasm_from_buffer::<i32>(wasm(text), "run", ()).unwrap(), 42);
    // Deleting the registry does not unload what a context uses.
    drop((plugins, calc));
    assert_eq!(context.run_wasm_from_buffer::<i32>(wasm(text), "run", ()).unwrap(), 42);
}

#[test]
fn a_plugin_that_is_not_there_or_not_allowed_is_an_error() {
    let plugins = PluginRegistry::new();
    let missing = plugins.load_from_path("/nowhere/calc.so").unwrap_err();
    assert_eq!((missing.status(), missing.path()), (Status::PLUGIN_NOT_FOUND, Some(Path::new("/nowhere/calc.so"))));
    plugins.allow_only(["other"]);
    fails(Status::PLUGIN_NOT_ALLOWED, plugins.load_from_path(compiled("calc")));
    let found = plugins.find("calc");
    assert_eq!(found.as_ref().unwrap_err().plugin_name(), Some("calc"));
    assert!(fails(Status::PLUGIN_NOT_FOUND, found).contains("no plug-in `calc` is loaded in this registry"));
    let (report, outcome) = plugins.load_from_path_with_report(compiled("calc"));
    fails(Status::PLUGIN_NOT_ALLOWED, outcome);
    assert!(!report.lines[0].loaded && report.lines[0].status == Status::PLUGIN_NOT_ALLOWED);
    plugins.allow_all();
    plugins.load_from_path(compiled("calc")).unwrap();
    assert_eq!(format!("{:?}", plugins.plugins()), "[Plugin(calc 1.0.0)]");
}

#[test]
fn files_are_inspected_without_running_them() {
    let found = Plugin::inspect_file(compiled("permissions")).unwrap();
    assert!(found.path.is_absolute() && found.platform.is_some() && found.refusal.is_none());
    let manifest = found.manifest.unwrap();
    assert_eq!((&*manifest.name, &*manifest.version, &*manifest.description), ("permissions", "1.0.0", "Needs permissions"));
    assert_eq!((manifest.modules.len(), manifest.permissions.len(), manifest.dependencies.len()), (1, 3, 0));
    let text = compiled("calc").with_file_name("text.so");
    std::fs::write(&text, "not a library").unwrap();
    let found = Plugin::inspect_file(&text).unwrap();
    assert_eq!((found.platform, found.manifest), (None, None));
    assert_eq!(found.refusal.unwrap().status(), Status::PLUGIN_BAD_FILE);
    fails(Status::PLUGIN_NOT_FOUND, Plugin::inspect_file("/nowhere/calc.so"));
}

#[test]
fn options_are_set_for_each_context() {
    let plugins = PluginRegistry::new();
    plugins.load_from_path(compiled("options")).unwrap();
    let keys: Vec<_> = plugins.find("options").unwrap().options().iter().map(|option| option.key.clone()).collect();
    assert_eq!(keys, ["fast", "level", "ratio", "mode", "tags"]);
    let text = r#"(module (import "options" "say" (func $say (param i32 i32) (result i32))) (memory (export "memory") 1)
        (func (export "say") (result i32) (call $say (i32.const 0) (i32.const 256))))"#;
    let say = |set: &dyn Fn(&mut Context) -> vm::Result<()>| -> vm::Result<String> {
        let mut context = context();
        set(&mut context)?;
        context.register_plugins(&plugins)?;
        let length: u32 = context.run_wasm_from_buffer(wasm(text), "say", ())?;
        let instance = context.instances()?[0];
        let mut said = vec![0; length as usize];
        instance.memory(&mut context, "memory")?.read(&mut context, 0, &mut said)?;
        fails(Status::SEALED, context.set_plugin_option("options", "level", 3));
        Ok(String::from_utf8(said).unwrap())
    };
    assert_eq!(say(&|context| context.set_plugin_option("options", "level", 2)).unwrap(), "fast 2 0.50 low one two");
    let all = |context: &mut Context| {
        context.set_plugin_option("options", "fast", false)?;
        context.set_plugin_option("options", "level", 6_i64)?;
        context.set_plugin_option("options", "ratio", 0.25)?;
        context.set_plugin_option("options", "mode", "high")?;
        context.set_plugin_option("options", "tags", &["a", "b", "c"][..])
    };
    assert_eq!(say(&all).unwrap(), "slow 6 0.25 high a b c");
    let found = fails(Status::PLUGIN_OPTION, say(&|_| Ok(())));
    assert!(found.contains("level"), "{found}");
    fails(Status::PLUGIN_OPTION, say(&|context| context.set_plugin_option("options", "level", OptionValue::Bool(true))));
}

#[test]
fn permissions_are_granted() {
    let plugins = PluginRegistry::new();
    plugins.load_from_path(compiled("permissions")).unwrap();
    let plugin = plugins.find("permissions").unwrap();
    assert_eq!(plugin.permissions(), ["fs:read", "fs:write", "process:exec:*"]);
    let read = plugin.modules()[0].functions.iter().find(|function| function.permission.as_deref() == Some("fs:read")).unwrap();
    let text = format!(
        r#"(module (import "permissions" "{}" (func $f (param i32 i32) (result i32))) (memory (export "memory") 1)
        (func (export "run") (result i32) (call $f (i32.const 0) (i32.const 1))))"#,
        read.name
    );
    let mut refused = context();
    refused.register_plugins(&plugins).unwrap();
    let found = refused.run_wasm_from_buffer::<i32>(wasm(&text), "run", ());
    assert!(fails(Status::PLUGIN_PERMISSION, found).contains("fs:read"));
    let mut granted = context();
    granted.grant_permission("permissions", "fs:read").unwrap();
    granted.register_plugins(&plugins).unwrap();
    assert_eq!(granted.run_wasm_from_buffer::<i32>(wasm(&text), "run", ()).unwrap(), 1);
    fails(Status::SEALED, granted.grant_permission("permissions", "fs:write"));
    plugins.grant_permission("permissions", "fs:*").unwrap();
    let mut everywhere = context();
    everywhere.register_plugins(&plugins).unwrap();
    assert_eq!(everywhere.run_wasm_from_buffer::<i32>(wasm(&text), "run", ()).unwrap(), 1);
}

#[test]
fn the_log_of_a_context_is_received() {
    let plugins = PluginRegistry::new();
    plugins.load_from_path(compiled("logged")).unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let mut context = context();
    context
        .set_log_callback(LogLevel::Info, move |level, source, text| {
            kept.lock().unwrap().push(format!("{level:?} {source}: {text}"));
            // A panic in it is dropped.
            assert_ne!(text, "create");
        })
        .unwrap();
    context.register_plugins(&plugins).unwrap();
    assert_eq!(*lines.lock().unwrap(), ["Info logged: create"]);
    context.remove_log_callback().unwrap();
    assert_eq!(Arc::strong_count(&lines), 1);
}

const CAT: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (data (i32.const 0) "\00\01\00\00\40\00\00\00")
    (func (export "_start")
        (loop $more
            (i32.store (i32.const 4) (i32.const 64))
            (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 9))))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (if (i32.load (i32.const 8)) (then
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
                (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 12)))
                (br $more))))
        (call $exit (i32.const 7))))"#;

#[test]
fn wasi_is_captured_and_fed() {
    let wasi = Wasi::new().unwrap();
    wasi.set_input("some input").unwrap().capture_output().capture_stream(WasiStream::Errors, Some(4));
    wasi.set_arguments(&["cat"]).unwrap().add_environment("LANG", "C").unwrap().set_random_seed(1).set_clock(0, 1);
    let mut context = context();
    context.register_wasi(&wasi).unwrap();
    assert_eq!(context.run_wasi_from_buffer(wasm(CAT)).unwrap(), 7);
    assert_eq!((wasi.output(), wasi.captured(WasiStream::Errors)), (b"some input".to_vec(), b"some".to_vec()));
    assert!(wasi.is_truncated(WasiStream::Errors) && !wasi.is_truncated(WasiStream::Output));
    fails(Status::INVALID_ARGUMENT, wasi.set_arguments(&["a\0b"]).map(|_| ()));
    fails(Status::FILE_NOT_FOUND, wasi.add_directory("/nowhere/at/all", "/data", WasiRights::READ).map(|_| ()));
    fails(Status::FILE_NOT_FOUND, context.run_wasi_from_file("/nowhere/cat.wasm"));
}

#[test]
fn wasi_streams_are_functions() {
    let wasi = Wasi::new().unwrap();
    let input = Mutex::new(vec!["three", "two", "one"]);
    wasi.set_input_callback(move |buffer| {
        let next = input.lock().unwrap().pop().unwrap_or_default();
        buffer[..next.len()].copy_from_slice(next.as_bytes());
        Ok(Some(next.len()))
    });
    let output = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&output);
    wasi.set_stream_callback(WasiStream::Output, move |bytes| {
        kept.lock().unwrap().extend_from_slice(bytes);
        Ok(Some(bytes.len()))
    });
    wasi.discard_stream(WasiStream::Errors);
    let mut context = context();
    context.register_wasi(&wasi).unwrap();
    assert_eq!(context.run_wasi_from_buffer(wasm(CAT)).unwrap(), 7);
    assert_eq!(*output.lock().unwrap(), b"onetwothree");
    // A panic of a function ends the guest's call, and not the process.
    let panics = Wasi::new().unwrap();
    panics.set_input_callback(|_| panic!("no input"));
    let mut context = self::context();
    context.register_wasi(&panics).unwrap();
    let found = fails(Status::TRAP, context.run_wasi_from_buffer(wasm(CAT)));
    assert!(found.contains("the function that reads the input panicked"), "{found}");
}

#[test]
fn a_plugin_is_loaded_by_name_unless_it_is_denied() {
    let file = compiled("calc");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api-by-name");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&file, folder.join("calc.so")).unwrap();
    std::fs::copy(compiled("failing_initialize"), folder.join("failing.so")).unwrap();
    let registry = || {
        let plugins = PluginRegistry::new();
        plugins.set_index_file(None).unwrap();
        plugins.add_search_directory(&folder);
        plugins
    };
    let plugins = registry();
    let message = fails(Status::PLUGIN_NOT_FOUND, plugins.load_by_name("calk"));
    assert!(message.starts_with("no plug-in `calk` is in the directories for plug-ins; did you mean `calc`?\n"), "{message}");
    plugins.load_by_name("calc").unwrap();
    plugins.load_by_name("calc").unwrap();
    assert_eq!(plugins.plugins().iter().map(Plugin::name).collect::<Vec<_>>(), ["calc"]);

    // A mistyped import is told with the plug-in that has the nearest name.
    let engine = Engine::new().unwrap();
    let text = r#"(module (import "calc" "ad" (func)) (import "calk" "add" (func)))"#;
    let module = vm::Module::from_buffer_of_file(&engine, wasm(text), folder.join("app.wasm")).unwrap();
    let found = plugins.examine_module(&module).unwrap().imports;
    let nearest = |at: usize| (found[at].nearest.as_deref(), found[at].nearest_is_module, found[at].nearest_plugin.as_deref());
    assert_eq!((nearest(0), nearest(1)), ((Some("add"), false, Some("calc")), (Some("calc"), true, Some("calc"))));

    let denied = registry();
    denied.deny("calc");
    for refused in [denied.load_by_name("calc"), denied.load_from_path(&file)] {
        let message = fails(Status::PLUGIN_NOT_ALLOWED, refused);
        assert!(message.ends_with("is not loaded: the host has denied it"), "{message}");
    }
    assert!(denied.plugins().is_empty());
}
