//! The commands of docs/command-plugins.md, and the documents that it describes.
#![cfg(target_os = "linux")]

mod common;
use common::plugins::root;
use common::{Scratch, keys};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn page() -> String {
    std::fs::read_to_string(root().join("docs/command-plugins.md")).unwrap()
}

/// Returns the blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&*fence).skip(1);
    blocks.map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn the_commands_of_the_page_run() {
    let (scratch, page) = (Scratch::new(), page());
    for version in ["1.0.0", "1.1.0"] {
        scratch.package("calc", version);
        std::fs::remove_file(scratch.path().join(format!("calc-{version}.zip"))).unwrap();
    }
    scratch.plugin("build/calc.so", "calc", "1.0.0", "");
    scratch.plugin("package/calc.so", "calc", "1.1.0", "");
    scratch.file("calc.json", "{}");
    scratch.file("defaults.toml", "");
    scratch.file("README.md", "");
    scratch.file("data/table.txt", "");
    scratch.file("package.toml", blocks(&page, "toml")[0]);
    let program = Path::new(env!("CARGO_BIN_EXE_libvm")).parent().unwrap();
    let commands = blocks(&page, "sh");
    assert_eq!(commands.len(), 3);
    for block in commands {
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-euc", block]).current_dir(scratch.path()).env_clear().env("PATH", path);
        let output = shell.env("XDG_DATA_HOME", scratch.path().join("data-home")).output().unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
        // The next block installs two versions.
        if block.contains("plugin pack") {
            std::fs::rename(scratch.path().join("calc.zip"), scratch.path().join("calc-1.1.0.zip")).unwrap();
        }
    }
}

#[test]
fn documents_have_the_described_keys() {
    let (scratch, page) = (Scratch::new(), page());
    scratch.compile("examples/c/plugin_reader.c", &[], "plugins/reader.so");
    scratch.compile("examples/c/plugin_writer.c", &[], "plugins/writer.so");
    scratch.compile(
        "capi-tests/plugins/permissions.c",
        &["-DNAME=\"permissions\"", "-DVM_PLUGIN_DEPENDS=\"reader\""],
        "permissions.so",
    );
    scratch.plugin("foreign@2.so", "foreign", "1.0.0", "");
    scratch.ok(&["plugin", "pack", "permissions.so"]);
    let commands: [(&str, &[&[&str]]); 9] = [
        ("`list`", &[&["list", "--plugin-dir", "plugins"]]),
        (
            "`describe`",
            &[
                &["describe", "--load", "plugins/reader.so"],
                &["describe", "permissions-1.0.0.zip"],
                &["describe", "foreign@2.so"],
            ],
        ),
        ("`functions`", &[&["functions", "plugins/reader.so"]]),
        ("`sources`, `sinks`", &[&["sources", "plugins/reader.so"], &["sinks", "plugins/writer.so"]]),
        ("`pack`", &[&["pack", "permissions.so"]]),
        ("`install`, `update`", &[&["install", "permissions-1.0.0.zip"]]),
        ("`use`", &[&["use", "permissions", "1.0.0"]]),
        ("`verify`", &[&["verify"]]),
        ("`remove`", &[&["remove", "permissions"]]),
    ];
    let part = page.split_once("## Results").unwrap().1;
    let quoted = |text: &str| -> BTreeSet<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let of_option = quoted(part.rsplit_once("An option is").unwrap().1);
    for (subcommand, runs) in commands {
        let row = part.lines().find(|line| line.starts_with(&format!("| {subcommand} |"))).expect(subcommand);
        let mut described = quoted(row.splitn(3, '|').last().unwrap());
        described.extend(of_option.iter().cloned());
        let mut found = BTreeSet::new();
        for run in runs {
            let ran = scratch.run(&[&["plugin"], *run, &["--json"]].concat());
            assert_eq!(ran.code, Some(0), "{run:?}: {ran:?}");
            keys(&ran.json(), &mut found);
        }
        let missing: Vec<_> = found.difference(&described).collect();
        assert!(missing.is_empty(), "{subcommand} has keys that are not described: {missing:?}");
    }
}

#[test]
fn every_subcommand_is_on_the_page() {
    let (scratch, page) = (Scratch::new(), page());
    let help = scratch.ok(&["plugin", "--help"]);
    let lines = help.split_once("Commands:\n").unwrap().1.lines().take_while(|line| !line.is_empty());
    // Those that have a page of their own.
    let others = ["new", "test"];
    let names =
        lines.filter(|line| line.starts_with("  ") && !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    for name in names.filter(|name| !others.contains(name)) {
        assert!(page.contains(&format!("`{name} ")), "docs/command-plugins.md does not have `libvm plugin {name}`");
    }
}
