//! `libvm inspect` and `libvm validate`.

mod common;
use common::{Scratch, guest};
use serde_json::json;

const APP: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
    (import "calc" "add" (func (param i32 i32) (result i32)))
    (import "env" "\1b[31mred" (global i32))
    (memory (export "memory") 1 16)
    (table (export "table") 2 funcref)
    (func (export "_start"))
    (func (export "b\07ell") (param i64) (result f32) (f32.const 0))
    (@custom "no\1bte" "12345"))"#;

#[test]
fn a_module_is_shown() {
    let scratch = Scratch::new();
    scratch.file("app.wat", APP);
    let file = scratch.test_plugin("calc", "data/libvm/plugins/calc.so");
    let ran = scratch.run(&["inspect", "app.wat"]);
    let expected = format!(
        "app.wat: a WASI command of 178 bytes

Imports
  wasi_snapshot_preview1.fd_write  function (i32, i32, i32, i32) -> (i32)  WASI
  calc.add                         function (i32, i32) -> (i32)            perhaps plug-in `calc` 1.0.0, {}: its functions are not known before it was loaded once
  env.\\u{{1b}}[31mred                constant global i32                     by nothing that is installed

Exports
  memory     memory of 1 to 16 pages
  table      table of at least 2 funcref elements
  _start     function () -> ()
  b\\u{{7}}ell  function (i64) -> (f32)

Memories
  0  1 to 16 pages of 65536 bytes

Custom sections
  no\\u{{1b}}te  5 bytes
",
        file.display()
    );
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), expected.as_str(), ""));
    let ran = scratch.run(&["inspect", "--color", "always", "app.wat"]);
    assert!(ran.out.contains("\n\x1b[1mImports\x1b[0m\n"), "{ran:?}");
}

#[test]
fn a_module_is_shown_as_json() {
    let scratch = Scratch::new();
    scratch.file("app.wat", APP);
    let file = scratch.test_plugin("calc", "data/libvm/plugins/calc.so");
    let found = scratch.run(&["inspect", "--json", "app.wat"]).json();
    assert_eq!((&found["kind"], &found["file"]), (&json!("command"), &json!("app.wat")));
    let import = &found["imports"][1];
    assert_eq!(
        (&import["module"], &import["name"], &import["kind"], &import["type"], &import["state"], &import["plugin"]),
        (
            &json!("calc"),
            &json!("add"),
            &json!("function"),
            &json!("function (i32, i32) -> (i32)"),
            &json!("unknown"),
            &json!("calc")
        )
    );
    assert_eq!((&import["path"], &import["version"]), (&json!(file), &json!("1.0.0")));
    assert_eq!((&found["imports"][0]["provider"], &found["imports"][0]["state"]), (&json!("wasi"), &json!("satisfied")));
    assert_eq!((&found["imports"][2]["state"], &found["imports"][2]["name"]), (&json!("missing"), &json!("\u{1b}[31mred")));
    let memory = json!({ "imported": false, "minimum_pages": 1, "maximum_pages": 16, "page_bytes": 65536, "is_64": false });
    assert_eq!(found["memories"], json!([memory]));
    assert_eq!(found["custom_sections"], json!([{ "name": "no\u{1b}te", "bytes": 5 }]));
    assert_eq!(found["exports"][0], json!({ "name": "memory", "kind": "memory", "type": "memory of 1 to 16 pages" }));
    // What may not be loaded provides nothing.
    let found = scratch.run(&["inspect", "--json", "--deny-plugin", "calc", "app.wat"]).json();
    assert_eq!(found["imports"][1]["state"], json!("missing"));
    assert!(found["imports"][1]["message"].as_str().unwrap().contains("the host has denied it"), "{found}");
}

#[test]
fn modules_that_cannot_be_inspected() {
    let scratch = Scratch::new();
    scratch.file("cut.wasm", b"\0asm\x01\0\0\0\x01");
    let ran = scratch.run(&["inspect", "cut.wasm"]);
    assert!(
        ran.code == Some(126) && ran.out.is_empty() && ran.err.starts_with("error: cut.wasm: the module is not valid: "),
        "{ran:?}"
    );
    let ran = scratch.run(&["inspect", "--json", "missing.wasm"]);
    let error = ran.json_error();
    assert_eq!((ran.code, &error["exit_code"], ran.out.as_str()), (Some(127), &json!(127), ""));
}

#[test]
fn several_files_are_validated() {
    let scratch = Scratch::new();
    scratch.file("good.wat", guest("words"));
    scratch.file("bad.wasm", wat::parse_str("(module (func (result i32)))").unwrap());
    scratch.file("text.wat", "(module\n  (func (result i33)))");
    let ran = scratch.run(&["validate", "good.wat", "bad.wasm"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert_eq!(
        ran.out,
        "good.wat: valid\nbad.wasm: not valid: type mismatch: expected i32 but nothing on stack (at offset 0x18)\n"
    );
    let ran = scratch.run(&["validate", "--json", "good.wat", "bad.wasm", "text.wat"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let found = ran.json();
    assert_eq!(found["files"][0], json!({ "file": "good.wat", "valid": true, "error": null, "offset": null }));
    assert_eq!((&found["files"][1]["valid"], &found["files"][1]["offset"]), (&json!(false), &json!(24)));
    assert!(found["files"][2]["error"].as_str().unwrap().contains("text.wat:2:17"), "{found}");
    assert_eq!(scratch.run(&["validate", "good.wat"]).code, Some(0));
    // A file that cannot be read is neither, and the others are validated.
    let ran = scratch.run(&["validate", "missing.wasm", "good.wat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(127), "good.wat: valid\n"));
    assert_eq!(ran.err, "error: cannot read missing.wasm: No such file or directory (os error 2)\n");
    // As JSON there is one answer and one failure, however many files there are.
    let ran = scratch.run(&["validate", "--json", "missing.wasm", "good.wat"]);
    assert_eq!((ran.code, &ran.json()["files"][1]["valid"]), (Some(127), &json!(true)));
    assert_eq!(ran.json()["files"][0]["valid"], json!(null));
    let failure: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(failure["error"]["message"], ran.json()["files"][0]["error"]);
    let ran = scratch.run(&["validate", "--json", "missing.wasm", ".", "none.wasm"]);
    let failure: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    let expected = "3 files cannot be read; `error` of each in `files` has the reason";
    assert_eq!((ran.code, &failure["error"]["message"]), (Some(126), &json!(expected)));
    let reasons: Vec<_> = (0..3).map(|index| ran.json()["files"][index]["error"].as_str().unwrap().to_owned()).collect();
    let missing = "No such file or directory (os error 2)";
    let expected = [
        format!("cannot read missing.wasm: {missing}"),
        ". is a directory, not a module".into(),
        format!("cannot read none.wasm: {missing}"),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(scratch.run_with_input(&["validate", "-"], b"(module)").out, "standard input: valid\n");
    // Names of files are printed without control characters.
    scratch.file("\u{1b}[2J.wat", "(module)");
    assert_eq!(scratch.run(&["validate", "\u{1b}[2J.wat"]).out, "\\u{1b}[2J.wat: valid\n");
}
