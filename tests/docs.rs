//! The documentation, compared with the code.

use libvm_abi::STATUS_NAMES;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use vm::config::Config;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Returns the cells of each table row that begins with a code name.
fn rows(text: &str, prefix: &str) -> Vec<Vec<String>> {
    let begin = format!("| `{prefix}");
    let rows = text.lines().filter(|line| line.starts_with(&begin));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()).collect()
}

#[test]
fn every_status_has_its_line_with_cause_and_remedy() {
    let rows = rows(&read("docs/errors.md"), "VM_STATUS_");
    let expected: Vec<_> =
        STATUS_NAMES.iter().map(|(number, name)| (name.to_str().unwrap().to_owned(), number.to_string())).collect();
    let found: Vec<_> = rows.iter().map(|cells| (cells[0].clone(), cells[1].clone())).collect();
    assert_eq!(found, expected);
    for cells in &rows {
        assert!(cells.len() == 4 && cells[2].len() > 5 && cells[3].len() > 5, "{cells:?}");
    }
}

#[test]
fn statuses_are_the_same_in_the_header() {
    let header = read("include/libvm/types.h");
    for (number, name) in STATUS_NAMES {
        let name = name.to_str().unwrap();
        assert!(header.contains(&format!(" {name} = {number}")), "{name}");
    }
    let defined = header.lines().filter(|line| line.trim_start().starts_with("VM_STATUS_")).count();
    assert_eq!(defined, STATUS_NAMES.len());
    let numbers: BTreeSet<_> = STATUS_NAMES.iter().map(|(number, _)| number).collect();
    assert_eq!(numbers.len(), STATUS_NAMES.len(), "two statuses have one number");
}

#[test]
fn every_trap_code_has_its_line() {
    let header = read("include/libvm.h");
    let defined: Vec<_> = header
        .lines()
        .filter_map(|line| line.trim().strip_prefix("VM_TRAP_")?.split_once(" = "))
        .map(|(name, rest)| (format!("VM_TRAP_{name}"), rest.split([',', ' ']).next().unwrap().to_owned()))
        .collect();
    assert!(defined.len() > 10);
    let rows = rows(&read("docs/errors.md"), "VM_TRAP_");
    let found: Vec<_> = rows.iter().map(|cells| (cells[0].clone(), cells[1].clone())).collect();
    assert_eq!(found, defined);
}

/// Returns the keys in the table of docs/configuration.md that follows `heading`.
fn documented_keys(text: &str, heading: &str) -> Vec<String> {
    let part = text.split_once(heading).unwrap_or_else(|| panic!("{heading}")).1;
    let table = part.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let key = |line: &str| line.strip_prefix("| `").and_then(|rest| rest.split_once('`')).map(|(key, _)| key.to_owned());
    table.filter_map(key).collect()
}

fn config_error(text: &str) -> String {
    Config::from_bytes(text.as_bytes(), None).unwrap_err().message().to_owned()
}

#[test]
fn every_key_of_a_configuration_is_documented() {
    let text = read("docs/configuration.md");
    let tables = [
        ("At the top of the file", ""),
        ("In `[plugins]`", "plugins."),
        ("In `[engine]`", "engine."),
        ("In `[limits]`", "limits."),
    ];
    for (heading, table) in tables.into_iter().chain([("In `[plugin.<name>]`", "plugin.p.")]) {
        let refused = config_error(&format!("{table}xyzzy = 1"));
        let (_, list) = refused.split_once("the keys are ").unwrap();
        let known = list.split(", ").map(|key| key.trim_matches('`').to_owned());
        let known: Vec<_> = known.filter(|key| !["plugins", "engine", "limits", "plugin"].contains(&key.as_str())).collect();
        assert_eq!(documented_keys(&text, heading), known, "{heading}");
        for key in known {
            let refused = config_error(&format!("{table}{key} = 1979-05-27"));
            assert!(refused.contains(&format!("`{key}` must be ")), "{refused}");
        }
    }
}

#[test]
fn the_documented_configuration_can_be_read() {
    let text = read("docs/configuration.md");
    let example = text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let config = Config::from_bytes(example.as_bytes(), Some("/etc/app".as_ref())).unwrap();
    assert_eq!(config.plugins.directories, [std::path::Path::new("/etc/app/plugins")]);
    assert_eq!(config.plugins.tables["calc"].options.len(), 2);
}

/// Returns the text of all headers.
fn headers() -> String {
    fn texts(folder: &std::path::Path) -> String {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| if path.is_dir() { texts(&path) } else { std::fs::read_to_string(path).unwrap() }).collect()
    }
    texts(concat!(env!("CARGO_MANIFEST_DIR"), "/include").as_ref())
}

/// Returns the names with the prefix `VM_` in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("VM_")).collect()
}

#[test]
fn every_name_in_the_documentation_is_in_the_headers() {
    let headers = headers();
    let pages = [
        "building",
        "call-flow",
        "coming-from",
        "configuration",
        "contexts",
        "cpp",
        "design",
        "embedding",
        "errors",
        "host-functions",
        "limits",
        "memory",
        "parameters",
        "performance",
        "plugins",
        "security",
        "streams-writing",
        "testing",
        "threads",
        "wasi",
    ];
    let pages = pages.map(|page| format!("docs/{page}.md"));
    for page in pages.iter().map(String::as_str).chain(["README.md", "SECURITY.md", "CONTRIBUTING.md"]) {
        for name in names(&read(page)) {
            // A name may be a prefix, as in `VM_ContextRunWasm…`.
            assert!(headers.contains(name), "{page}: {name}");
        }
    }
}

#[test]
fn every_renamed_item_in_the_changelog_has_a_name_in_the_headers() {
    let headers = headers();
    let changelog = read("CHANGELOG.md");
    let (_, table) = changelog.split_once("### 0.1 → 0.2").unwrap();
    let rows = table.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let new = rows.filter_map(|row| Some(row.trim_start_matches('|').split_once(" | ")?.1));
    for cell in new.filter(|cell| !cell.contains("removed")) {
        for name in names(cell) {
            assert!(headers.contains(name), "{name}");
        }
    }
}

#[test]
fn examples_of_plug_ins_in_cpp_compile() {
    let text = read("docs/plugins-cpp.md");
    let examples: Vec<_> = text.split("```cpp\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() > 9);
    if Command::new("c++").arg("--version").output().is_err() {
        eprintln!("skipped: there is no c++");
        return;
    }
    let include = concat!("-I", env!("CARGO_MANIFEST_DIR"), "/include");
    let options =
        ["-std=c++17", "-fno-rtti", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", include, "-x", "c++", "-"];
    for example in examples {
        let mut compiler = Command::new("c++").args(options).stdin(Stdio::piped()).spawn().unwrap();
        compiler.stdin.take().unwrap().write_all(example.as_bytes()).unwrap();
        assert!(compiler.wait().unwrap().success(), "{example}");
    }
}
