//! The commands of docs/command-new.md, its tests, and the documents that it describes.
#![cfg(target_os = "linux")]

mod common;

use common::Scratch;
use std::path::Path;
use std::process::Command;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command-new.md")).unwrap()
}

/// Returns the only block of a language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let blocks: Vec<&str> = page.split(&format!("```{language}\n")).skip(1).collect();
    assert_eq!(blocks.len(), 1);
    blocks[0].split_once("```").unwrap().0
}

#[test]
fn the_commands_of_the_page_run() {
    let (scratch, page) = (Scratch::new(), page());
    let program = Path::new(env!("CARGO_BIN_EXE_libvm")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-euc", block(&page, "sh")]).current_dir(scratch.path()).env_clear().env("PATH", path);
    let output = shell.env("XDG_DATA_HOME", scratch.path().join("data")).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    for line in ["built build/greet.so with CMake\n", "\n3 passed, 0 failed\n", "\n42\n", "\n0 faults, 0 warnings\n"] {
        assert!(out.contains(line), "{line} in {out}");
    }
    assert!(scratch.path().join("data/libvm/packages/greet/1.0.0/greet.so").is_file());

    // Its tests, with the plug-in that is built.
    scratch.file("greet/tests/tests.toml", block(&page, "toml"));
    let tested = scratch.run(&["plugin", "test", "greet", "--plugin", "greet/build/greet.so", "--json"]);
    let answer = tested.json();
    let names: Vec<&str> = answer["tests"].as_array().unwrap().iter().map(|test| test["name"].as_str().unwrap()).collect();
    assert_eq!((tested.code, names), (Some(0), vec!["sum(20, 22) in guest.wat", "guest.wat", "a small buffer"]));

    // The documents have the keys that the page names, and no others.
    let made = scratch.run(&["plugin", "new", "other", "--lang", "c", "--json"]).json();
    for (subcommand, document) in [("new", &made), ("test", &answer), ("test", &answer["tests"][0])] {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{subcommand}` |"))).unwrap();
        for key in document.as_object().unwrap().keys() {
            assert!(row.contains(&format!("`{key}`")), "{key} in {row}");
        }
    }
    assert_eq!(answer["check"]["faults"], 0);
}
