//! Plug-ins in `libvm run`: which are loaded, their options and permissions, and what is told of imports that nothing provides.

mod common;
use common::{Ran, Scratch};

/// Calls a function of the plug-in `calc`.
const SUM: &str = r#"(module (import "calc" "add" (func $add (param i32 i32) (result i32)))
    (func (export "sum") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))"#;
/// Calls functions that need a permission.
const GUARDED: &str = r#"(module (import "permissions" "git" (func $git (result i32)))
    (func (export "git") (result i32) (call $git)) (memory (export "memory") 1))"#;
/// Returns the length of what the options of the plug-in `options` are.
const OPTIONS: &str = r#"(module (import "options" "say" (func $say (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (call $say (i32.const 1024) (i32.const 256)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// The user's directory for plug-ins, in a test.
const INSTALLED: &str = "data/libvm/plugins";

fn installed(scratch: &Scratch, source: &str) {
    scratch.test_plugin(source, &format!("{INSTALLED}/{source}.so"));
}

fn refused(ran: &Ran, code: i32) -> &str {
    assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{ran:?}");
    ran.err.trim_end()
}

#[test]
fn a_plugin_is_loaded_by_file_or_by_name() {
    let scratch = Scratch::new();
    scratch.file("app.wat", SUM);
    scratch.test_plugin("calc", "calc.so");
    for file in ["./calc.so", "calc.so", "./calc"] {
        let ran = scratch.run(&["run", "--invoke", "sum", "--plugin", file, "app.wat", "20", "22"]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""));
    }
    let ran = scratch.run(&["run", "--invoke", "sum", "--plugin", "calc", "app.wat", "20", "22"]);
    let message = refused(&ran, 127);
    assert!(message.starts_with("error: no plug-in `calc` is in the directories for plug-ins\n"), "{message}");
    installed(&scratch, "calc");
    installed(&scratch, "failing_initialize");
    // Only what is asked for runs.
    let ran = scratch.run(&["run", "--invoke", "sum", "--plugin", "calc", "app.wat", "20", "22"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""));
    let ran = scratch.run(&["run", "--plugin", "cals", "app.wat"]);
    assert!(refused(&ran, 127).contains("did you mean `calc`?"), "{ran:?}");
    let ran = scratch.run(&["run", "--plugin", "calc", "--deny-plugin", "calc", "app.wat"]);
    assert!(refused(&ran, 125).contains("is not loaded: the host has denied it"), "{ran:?}");
    let ran = scratch.run(&["run", "--plugin", "./app.wat", "app.wat"]);
    assert!(refused(&ran, 125).contains("app.wat"), "{ran:?}");
}

#[test]
fn what_is_not_provided_is_told_with_what_to_do() {
    let scratch = Scratch::new();
    scratch.file(
        "app.wat",
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (import "calc" "add" (func (param i32 i32) (result i32)))
            (import "env" "\1b[2Jfrob" (func))
            (import "cals" "add" (func (param i32 i32) (result i32)))
            (func (export "_start")))"#,
    );
    installed(&scratch, "calc");
    let ran = scratch.run(&["run", "app.wat"]);
    let expected = "error: app.wat cannot be linked: 3 of its 4 imports are not provided
  calc.add           perhaps by the plug-in `calc`, which is installed but not allowed: add --plugin calc
  env.\\u{1b}[2Jfrob  by nothing that is installed
  cals.add           by nothing that is installed; did you mean `calc.add` of the plug-in `calc`?";
    assert_eq!(refused(&ran, 126), expected);
    // Its functions are known when modules have asked for them.
    scratch.file("config.toml", "module-plugins = [\"imports\"]\n");
    scratch.file("sum.wat", SUM);
    let ran = scratch.run(&["run", "--config", "config.toml", "--invoke", "sum", "sum.wat", "1", "2"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "3\n"), "{ran:?}");
    scratch.file("typo.wat", SUM.replace("\"add\"", "\"adds\""));
    let ran = scratch.run(&["run", "typo.wat"]);
    let expected = "error: typo.wat cannot be linked: its import is not provided
  calc.adds  by nothing that is installed; did you mean `calc.add` of the plug-in `calc`?";
    assert_eq!(refused(&ran, 126), expected);
    let ran = scratch.run(&["run", "sum.wat"]);
    assert!(
        refused(&ran, 126).contains("  calc.add  by the plug-in `calc`, which is installed but not allowed: add --plugin calc")
    );
    let ran = scratch.run(&["run", "--plugin", "calc", "typo.wat"]);
    assert!(refused(&ran, 126).contains("did you mean `calc.add`"), "{ran:?}");
    scratch.file(
        "type.wat",
        SUM.replace("(func $add (param i32 i32)", "(func $add (param i32 i64)").replace("(local.get 1)", "(i64.const 1)"),
    );
    let ran = scratch.run(&["run", "--plugin", "calc", "--json", "type.wat"]);
    let error = ran.json_error();
    assert_eq!((ran.code, &error["status"]), (Some(126), &"VM_STATUS_UNRESOLVED_IMPORT".into()));
    assert!(error["message"].as_str().unwrap().contains("  calc.add  by the plug-in `calc` with another type: "), "{error}");
}

#[test]
fn options_of_plugins() {
    let scratch = Scratch::new();
    scratch.file("app.wat", OPTIONS);
    scratch.test_plugin("options", "options.so");
    let run = |more: &[&str]| scratch.run(&[&["run", "--plugin", "./options.so"], more, &["app.wat"]].concat());
    let ran = run(&[
        "--plugin-opt",
        "options.fast=true",
        "--plugin-opt",
        "options.level=5",
        "--plugin-opt",
        "options.tags=a=1",
        "--plugin-opt",
        "options.tags=b",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.starts_with("fast 5 ") && ran.out.ends_with(" a=1 b"), "{ran:?}");
    let ran = run(&["--plugin-opt", "options.level=many"]);
    let message = refused(&ran, 2);
    assert!(
        message.contains("option `level` of plug-in `options`") && message.contains("libvm plugin describe options"),
        "{message}"
    );
    let ran = run(&["--plugin-opt", "options.levle=1"]);
    assert!(refused(&ran, 2).contains("has no option `levle`"), "{ran:?}");
    let ran = run(&["--plugin-opt", "option.level=1"]);
    assert_eq!(
        refused(&ran, 2),
        "error: --plugin-opt option.level: no plug-in `option` is loaded; there is `options`\nhint: load it with --plugin option"
    );
    let ran = run(&["--plugin-opt", "level=1"]);
    assert!(refused(&ran, 2).contains("it is not NAME.KEY=VALUE"), "{ran:?}");
}

#[test]
fn permissions_are_granted_one_by_one() {
    let scratch = Scratch::new();
    scratch.file("app.wat", GUARDED);
    scratch.test_plugin("permissions", "p.so");
    let run = |more: &[&str]| scratch.run(&[&["run", "--plugin", "./p.so", "--invoke", "git"], more, &["app.wat"]].concat());
    for grant in ["process:exec:git", "process:exec:*"] {
        let ran = run(&["--grant", grant]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "1\n", ""));
    }
    let ran = run(&["--grant", "fs:read"]);
    let expected = "error: host function `permissions.git` needs the permission `process:exec:git`, which is not granted to plug-in \
                    `permissions` in this context\n  in app.wat, the host function `permissions.git` of the plug-in `permissions`, called by \
                    `git`\nhint: grant it with --grant process:exec:git";
    assert_eq!(refused(&ran, 134), expected);
    let ran = run(&["--grant", "fs:delete"]);
    let expected = "error: --grant fs:delete: no plug-in that is loaded asks for this permission
hint: the plug-in `permissions` asks for `fs:read`, `fs:write`, `process:exec:*`";
    assert_eq!(refused(&ran, 2), expected);
    let ran = scratch.run(&["run", "--grant", "fs:read", "app.wat"]);
    assert!(refused(&ran, 2).ends_with("hint: load the plug-in with --plugin"), "{ran:?}");
}

#[test]
fn a_configuration_has_plugins_options_permissions_and_limits() {
    let scratch = Scratch::new();
    scratch.file("sum.wat", SUM);
    scratch.file("git.wat", GUARDED);
    scratch.test_plugin("calc", "plugins/calc.so");
    installed(&scratch, "permissions");
    scratch.file(
        "app.toml",
        "plugin-directory = \"plugins\"\n[limits]\nmemory-bytes = 1\n[plugin.permissions]\npermissions = [\"process:exec:git\"]\n",
    );
    // What is in its directory, and what it names.
    let ran = scratch.run(&["run", "--config", "app.toml", "--invoke", "sum", "sum.wat", "20", "22"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""));
    let ran = scratch.run(&["run", "--config", "app.toml", "--invoke", "git", "git.wat"]);
    assert_eq!(ran.code, Some(126), "the memory is limited: {ran:?}");
    let ran = scratch.run(&["run", "--config", "app.toml", "--max-memory", "1MiB", "--invoke", "git", "git.wat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "1\n"), "{ran:?}");
    let ran = scratch.run(&["run", "--config", "app.toml", "--deny-plugin", "calc", "--invoke", "sum", "sum.wat", "1", "2"]);
    assert!(refused(&ran, 126).contains("calc.add"), "{ran:?}");
    scratch.file("bad.toml", "[limits]\nmemory_bytes = 1\n");
    let ran = scratch.run(&["run", "--config", "bad.toml", "sum.wat"]);
    assert!(refused(&ran, 125).ends_with("unknown key `memory_bytes` in [limits]; did you mean `memory-bytes`?"), "{ran:?}");
    assert_eq!(scratch.run(&["run", "--config", "missing.toml", "sum.wat"]).code, Some(127));
    // A plug-in that it names and that does not exist is a warning.
    scratch.file("names.toml", "[plugin.clac]\noptions = { a = 1 }\n");
    let ran =
        scratch.run(&["run", "--config", "names.toml", "--plugin", "plugins/calc.so", "--invoke", "sum", "sum.wat", "1", "2"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "3\n"), "{ran:?}");
    assert!(ran.err.starts_with("warning: ") && ran.err.contains("no plug-in `clac`"), "{ran:?}");
}
