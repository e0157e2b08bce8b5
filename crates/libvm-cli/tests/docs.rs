//! docs/command.md: its options are those of the command, its commands run, and its JSON documents have the described keys.

mod common;
use common::{Scratch, guest, keys};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const SUM: &str = r#"(module (import "calc" "add" (func $add (param i32 i32) (result i32))) (memory 1) (@custom "note" "x")
    (func (export "sum") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))"#;
const TOOL: &str = r#"(module (import "permissions" "git" (func $git (result i32)))
    (func (export "git") (result i32) (call $git)))"#;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command.md")).unwrap()
}

/// Returns the words between backticks in the part of the page under a heading.
fn quoted(page: &str, heading: &str) -> BTreeSet<String> {
    let part = page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading}")).1;
    let level = heading.split(' ').next().unwrap();
    let part = part.split(&format!("\n{level} ")).next().unwrap();
    part.split('`').skip(1).step_by(2).flat_map(|text| text.split([' ', ',']).map(str::to_owned)).collect()
}

/// Returns the long options in the help of a command.
fn options(scratch: &Scratch, command: &[&str]) -> BTreeSet<String> {
    let help = scratch.run(&[command, &["--help"]].concat());
    assert_eq!(help.code, Some(0), "{help:?}");
    let lines = help.out.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',', '[', '=']).filter(|word| word.starts_with("--") && word.len() > 2));
    words.map(str::to_owned).collect()
}

#[test]
fn every_option_is_documented_and_every_documented_option_exists() {
    let (scratch, page) = (Scratch::new(), page());
    let general = quoted(&page, "## Output");
    let mut all = BTreeSet::new();
    for (command, heading) in [
        (&["run"][..], "## run"),
        (&["inspect"], "## inspect"),
        (&["validate"], "## validate"),
        (&["compile"], "## compile"),
        (&[], "## Output"),
    ] {
        let (found, documented) = (options(&scratch, command), quoted(&page, heading));
        let missing: Vec<_> = found.iter().filter(|option| !documented.contains(*option) && !general.contains(*option)).collect();
        assert!(missing.is_empty(), "{command:?}: {missing:?} are not in docs/command.md");
        all.extend(found);
    }
    let outside_of_blocks: String = page.split("```").step_by(2).collect();
    let everything = outside_of_blocks.split('`').skip(1).step_by(2);
    let everything = everything.filter(|text| !text.starts_with("cargo ")).flat_map(|text| text.split([' ', ',']));
    let unknown: BTreeSet<_> =
        everything.filter(|word| word.starts_with("--") && word.len() > 2 && !all.contains(*word)).collect();
    assert!(unknown.is_empty(), "docs/command.md has options that do not exist: {unknown:?}");
}

#[test]
fn every_subcommand_and_exit_code_is_documented() {
    let (scratch, page) = (Scratch::new(), page());
    let help = scratch.run(&["--help"]).out;
    let commands = help.split_once("Commands:\n").unwrap().1.lines().take_while(|line| !line.is_empty());
    for name in commands.filter_map(|line| line.split_whitespace().next()) {
        assert!(
            page.contains(&format!("| `{name}` |")) || page.contains(&format!("| [`{name}`](")),
            "{name} is not in docs/command.md"
        );
    }
    let codes = help.split_once("Exit codes:\n").unwrap().1.lines().filter_map(|line| line.split_whitespace().next());
    let documented = page.split_once("### Exit codes").unwrap().1.split("\n### ").next().unwrap();
    for code in codes {
        let is_there = documented
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .any(|cell| cell.split(',').any(|part| part.trim() == code));
        assert!(is_there, "the exit code {code} is not in docs/command.md");
    }
}

fn prepared() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("app.wasm", wat::parse_str(guest("words")).unwrap());
    scratch.file("sum.wasm", wat::parse_str(SUM).unwrap());
    scratch.file("tool.wasm", wat::parse_str(TOOL).unwrap());
    scratch.file("data/in.txt", "");
    scratch.file("app.toml", "plugin-directory = \"plugins\"\n");
    scratch.test_plugin("calc", "calc.so");
    scratch.test_plugin("calc", "plugins/calc.so");
    scratch.test_plugin("permissions", "plugins/permissions.so");
    scratch
}

#[cfg(unix)]
#[test]
fn the_commands_of_the_page_run() {
    let (scratch, page) = (prepared(), page());
    let blocks: Vec<&str> = page.split("```sh\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert_eq!(blocks.len(), 3);
    let program = Path::new(env!("CARGO_BIN_EXE_libvm")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let shell = |block: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-euc", block]).current_dir(scratch.path()).env_clear().env("PATH", &path).env("HOME", scratch.path());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let ran = shell(blocks[0]);
    assert!(ran.contains("42\n") && ran.contains("--verbose\0in.txt\0LANG=C"), "{ran}");
    blocks[1..].iter().for_each(|block| drop(shell(block)));
}

#[test]
fn documents_have_the_described_keys() {
    let (scratch, page) = (prepared(), page());
    let mut found = BTreeSet::new();
    for command in [
        &["run", "--invoke", "sum", "--plugin", "./calc.so", "sum.wasm", "1", "2"][..],
        &["validate", "app.wasm"],
        &["inspect", "sum.wasm"],
        &["inspect", "app.wasm"],
    ] {
        keys(&scratch.run(&[&command[..1], &["--json"], &command[1..]].concat()).json(), &mut found);
    }
    let failed = scratch.run(&["inspect", "--json", "missing.wasm"]);
    keys(&serde_json::from_str(&failed.err).unwrap(), &mut found);
    let part = page.split_once("### JSON").unwrap().1;
    let missing: Vec<_> =
        found.iter().filter(|key| !part.contains(&format!("`{key}`")) && !part.contains(&format!("\"{key}\""))).collect();
    assert!(missing.is_empty(), "docs/command.md does not describe {missing:?}");
}
