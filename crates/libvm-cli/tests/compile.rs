//! `libvm compile`.

mod common;

use common::Scratch;
use serde_json::json;
use std::io::Write;

const SUM: &str = r#"(module (func (export "sum") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;

/// Returns why modules cannot be compiled here: the build has no compiled engine, or there is no compiler beside it.
fn unavailable(scratch: &Scratch) -> Option<String> {
    scratch.file("probe.wat", "(module)");
    let ran = scratch.run(&["compile", "--json", "probe.wat"]);
    let error = (ran.code != Some(0)).then(|| ran.json_error())?;
    assert_eq!((ran.code, &error["status"]), (Some(125), &json!("VM_STATUS_UNSUPPORTED")), "{error}");
    Some(error["message"].as_str().unwrap().to_owned())
}

#[test]
fn without_a_compiler_the_reason_is_named() {
    let scratch = Scratch::new();
    let Some(message) = unavailable(&scratch) else { return };
    let expected = if cfg!(feature = "compiled") {
        "the compiler is not available: there is no "
    } else {
        "this build of libvm has no compiled engine; build it with the cargo feature `compiled`"
    };
    assert!(message.starts_with(expected), "{message}");
    assert!(!scratch.path().join("probe.cwasm").exists());
}

#[test]
fn modules_that_cannot_be_read_are_not_compiled() {
    let scratch = Scratch::new();
    let ran = scratch.run(&["compile", "missing.wasm"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(127), ""));
    assert_eq!(ran.err, "error: cannot read missing.wasm: No such file or directory (os error 2)\n");
    scratch.file("bad.wasm", wat::parse_str("(module (func (result i32)))").unwrap());
    let ran = scratch.run(&["compile", "bad.wasm", "-o", "out.cwasm"]);
    assert!(ran.code == Some(126) && ran.err.starts_with("error: bad.wasm: the module is not valid: type mismatch"), "{ran:?}");
    assert!(!scratch.path().join("out.cwasm").exists());
}

#[test]
fn the_file_to_write_is_checked_before_the_module() {
    let scratch = Scratch::new();
    let ran = scratch.run_with_input(&["compile", "-"], b"(module)");
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(2), "error: the code of standard input has no file\nhint: name it with --output\n")
    );
    scratch.file("sum.wat", SUM);
    for target in ["sum.wat", "./sum.wat"] {
        let ran = scratch.run(&["compile", "sum.wat", "--output", target]);
        let expected = "error: the code would be written over the module sum.wat\nhint: name another file with --output\n";
        assert_eq!((ran.code, ran.err.as_str()), (Some(2), expected));
    }
    assert_eq!(std::fs::read_to_string(scratch.path().join("sum.wat")).unwrap(), SUM);
    let ran = scratch.run(&["compile", "--threads", "0", "sum.wat"]);
    assert!(ran.code == Some(2) && ran.err.contains("invalid value '0' for '--threads <NUMBER>'"), "{ran:?}");
}

#[test]
fn code_is_written() {
    let scratch = Scratch::new();
    if let Some(message) = unavailable(&scratch) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: code that libvm compile writes: {message}");
        return;
    }
    scratch.file("sum.wat", SUM);
    let ran = scratch.run(&["compile", "sum.wat"]);
    let code = std::fs::read(scratch.path().join("sum.cwasm")).unwrap();
    let expected = format!("compiled sum.wat: sum.cwasm ({} bytes)\n", code.len());
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), expected.as_str(), ""));
    let ran = scratch.run(&["compile", "--json", "--portable", "--threads", "2", "sum.wat", "-o", "other.cwasm"]);
    let other = std::fs::read(scratch.path().join("other.cwasm")).unwrap();
    assert_eq!(ran.json(), json!({ "file": "sum.wat", "path": "other.cwasm", "bytes": other.len() }));
    assert_ne!(code, other, "code for all processors names no instructions of this one");
    let mut config = vm::EngineConfig::new();
    let engine =
        vm::Engine::with_config(config.set_tier(vm::Tier::Auto).set_cache_directory(Some("".as_ref())).unwrap()).unwrap();
    for file in ["sum.cwasm", "other.cwasm"] {
        let module = vm::Module::from_compiled(&engine, wat::parse_str(SUM).unwrap(), scratch.path().join(file)).unwrap();
        let mut context = vm::Context::new(&engine).unwrap();
        let instance = context.instantiate(&module).unwrap();
        assert_eq!(context.tier().unwrap(), vm::Tier::Compiled);
        assert_eq!(instance.call::<i32>(&mut context, "sum", (20, 22)).unwrap(), 42);
    }
    assert_eq!(engine.statistics().compilations, 0);
    scratch.file("folder/x", "");
    let ran = scratch.run(&["compile", "sum.wat", "-o", "folder"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(126), "error: cannot write to folder: it is a directory\n"));
}

#[test]
fn code_runs_with_the_options_that_it_was_compiled_with() {
    let scratch = Scratch::new();
    scratch.file("sum.wat", SUM);
    let sum = |options: &[&str]| scratch.run(&[&["run", "--invoke", "sum"], options, &["sum.wat", "20", "22"]].concat());
    if let Some(message) = unavailable(&scratch) {
        let ran = sum(&["--code", "sum.cwasm"]);
        assert!(ran.code == Some(125) || ran.code == Some(127), "{ran:?}");
        let _ = writeln!(std::io::stderr(), "SKIPPED: code that libvm run runs: {message}");
        return;
    }
    let compile = |options: &[&str]| assert_eq!(scratch.run(&[&["compile"], options, &["sum.wat"]].concat()).code, Some(0));
    let refused = |options: &[&str], with: &str| {
        let ran = sum(options);
        let expected = format!(
            "error: cannot load the compiled code sum.cwasm: it was compiled {with}, unlike the modules of this engine; compile it again\n"
        );
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(126), "", expected.as_str()));
    };
    let runs = |options: &[&str]| {
        let ran = sum(options);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""), "{options:?}");
    };
    compile(&[]);
    let without = "without interruption (`libvm compile --interruptible`)";
    refused(&["--code", "sum.cwasm", "--no-backtrace"], without);
    refused(&["--code", "sum.cwasm"], &format!("{without} and without backtraces (`libvm compile --backtraces`)"));
    compile(&["--interruptible", "--backtraces"]);
    runs(&["--code", "sum.cwasm"]);
    runs(&["--code", "sum.cwasm", "--timeout", "10s", "--tier", "compiled"]);
    refused(&["--code", "sum.cwasm", "--no-backtrace"], "with backtraces (`libvm compile --backtraces`)");
    refused(&["--code", "sum.cwasm", "--fuel", "1000"], "without fuel metering (`libvm compile --fuel`)");
    compile(&["--interruptible", "--backtraces", "--fuel", "--portable"]);
    runs(&["--code", "sum.cwasm", "--fuel", "1000"]);

    scratch.file("other.wat", "(module (func (export \"sum\")))");
    let ran = scratch.run(&["run", "--code", "sum.cwasm", "--invoke", "sum", "other.wat"]);
    assert!(ran.code == Some(126) && ran.err.contains("it was compiled from another module, or with other proposals"), "{ran:?}");
    let ran = sum(&["--code", "missing.cwasm"]);
    assert!(
        ran.code == Some(127) && ran.err.starts_with("error: cannot load the compiled code missing.cwasm: No such file"),
        "{ran:?}"
    );
    let refusal = "it does not contain compiled code; compile the module again (`libvm compile`)";
    let ran = sum(&["--code", "other.wat"]);
    assert_eq!((ran.code, ran.err), (Some(126), format!("error: cannot load the compiled code other.wat: {refusal}\n")));
    let ran = scratch.run(&["validate", "sum.cwasm"]);
    let refusal = "sum.cwasm: not valid: it is compiled code, which is loaded with its module (`libvm run --code`)\n";
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), refusal));
    let ran = sum(&["--code", "sum.cwasm", "--tier", "interpreter"]);
    assert!(ran.code == Some(126) && ran.err.lines().count() == 1 && ran.err.contains("tier"), "{ran:?}");
}

/// A plug-in that the module declares by its path is found beside the module, as without its code.
#[test]
fn declared_plugins_are_found_beside_the_module() {
    const FOLDER: &str = "data/libvm/plugins";
    let scratch = Scratch::new();
    let app = format!("{FOLDER}/app.wat");
    scratch.file(
        &app,
        r#"(module (import "calc" "add" (func $add (param i32 i32) (result i32)))
            (@custom "libvm.plugins" "\13\00\00\00" "\04\00calc" "\00\00" "\09\00deep/calc")
            (func (export "sum") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))"#,
    );
    scratch.file("libvm.toml", "module-plugins = ['declared']\n");
    scratch.test_plugin("calc", &format!("{FOLDER}/deep/calc.so"));
    let runs = |options: &[&str]| {
        let begin = ["run", "--config", "libvm.toml", "--invoke", "sum"];
        let ran = scratch.run(&[&begin, options, &[app.as_str(), "20", "22"]].concat());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""), "{options:?}");
    };
    runs(&[]);
    if let Some(message) = unavailable(&scratch) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: plug-ins of compiled code: {message}");
        return;
    }
    let ran = scratch.run(&["compile", "--interruptible", "--backtraces", &app, "-o", "app.cwasm"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    runs(&["--code", "app.cwasm"]);
}
