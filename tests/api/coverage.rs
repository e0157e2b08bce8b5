//! The functions of the C API, compared with the table of docs/rust.md and with not_covered.txt, and the table with the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Returns what is in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns the functions that the header declares.
fn functions() -> BTreeSet<String> {
    let inline = ["libvm/types.h", "libvm/hooks.h", "libvm/stream.h"].map(|header| (header, "VM_INLINE "));
    let mut names = BTreeSet::new();
    for (header, word) in [("libvm.h", "VM_API ")].into_iter().chain(inline) {
        let text = read(&format!("include/{header}"));
        let declared = text.split(word).skip(1).filter_map(|rest| rest.split_once('('));
        let name = |head: &str| head.rsplit([' ', '*', '\n']).next().unwrap_or_default().to_owned();
        names.extend(
            declared.map(|(head, _)| name(head)).filter(|name| name.starts_with("VM_") && name.contains(char::is_lowercase)),
        );
    }
    names
}

/// Returns the sources in a folder.
fn sources(folder: &Path) -> String {
    let read = |path: &Path| if path.is_dir() { sources(path) } else { fs::read_to_string(path).unwrap() };
    fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
}

/// Returns the rows of the table under a heading, as two cells each.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let lines = page.split_once(heading).unwrap().1.lines().skip_while(|line| !line.starts_with("| `"));
    let cells = |line: &'a str| line.trim_matches(['|', ' ']).split_once(" | ").unwrap();
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

#[test]
fn every_function_of_c_is_here_or_has_a_reason() {
    let (page, not_covered, functions) = (read("docs/rust.md"), read("tests/api/not_covered.txt"), functions());
    assert!(functions.len() > 350, "{}", functions.len());
    let mut listed = BTreeMap::<&str, u32>::new();
    let here = rows(&page, "## From C to Rust");
    assert!(here.len() > 30);
    let lines = not_covered.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for pattern in here.iter().flat_map(|(c, _)| quoted(c)).chain(lines) {
        let covers = |name: &&String| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => *name == pattern,
        };
        let found: Vec<_> = functions.iter().filter(covers).collect();
        assert!(!found.is_empty(), "{pattern} is listed, which the headers do not have");
        found.into_iter().for_each(|name| *listed.entry(name).or_default() += 1);
    }
    let unlisted: Vec<_> = functions.iter().filter(|name| !listed.contains_key(name.as_str())).collect();
    let lists = "docs/rust.md, with what they are in Rust, and tests/api/not_covered.txt, with the reason";
    assert!(unlisted.is_empty(), "these are in none of {lists}: {unlisted:?}");
    let twice: Vec<_> = listed.iter().filter(|(_, count)| **count > 1).map(|(name, _)| *name).collect();
    assert!(twice.is_empty(), "these are listed twice in {lists}: {twice:?}");
}

#[test]
fn what_is_not_covered_has_a_reason() {
    for group in read("tests/api/not_covered.txt").split("\n\n") {
        let reason = group.lines().next().unwrap();
        assert!(reason.starts_with("# ") && !reason.contains("ot yet"), "{group}");
        assert!(!reason.contains("ot in this version"), "{group}");
    }
}

#[test]
fn what_is_here_is_in_the_sources() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api")) + &read("src/value.rs");
    let page = read("docs/rust.md");
    let methods = rows(&page, "## From C to Rust").into_iter().flat_map(|(_, rust)| quoted(rust));
    let mut count = 0;
    for (_, method) in methods.filter_map(|name| name.split_once("::")) {
        assert!(sources.contains(&format!("pub fn {method}(")) || sources.contains(&format!("pub fn {method}<")), "{method}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}
