//! The guide: its links, and its numbers compared with the code.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the Markdown files of the repository that are read by humans.
fn pages() -> Vec<PathBuf> {
    let listed =
        |folder: &str| std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let further =
        ["plugins/logging", "plugins/process", "bindings/go", "bindings/python", "benches", "fuzz", "crates/libvm-guest"];
    let folders = ["", "docs"].into_iter().chain(further).filter(|folder| root().join(folder).is_dir());
    let mut pages: Vec<_> = folders.flat_map(listed).filter(|path| path.extension().is_some_and(|name| name == "md")).collect();
    pages.sort();
    assert!(pages.len() > 30);
    pages
}

/// Returns a text without its code: fenced blocks, and code in lines.
fn without_code(text: &str) -> String {
    let mut plain = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            plain.extend(line.split('`').step_by(2));
            plain.push('\n');
        }
    }
    plain
}

/// Returns the anchors of a page, as GitHub and mdBook make them from headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut found, mut fenced) = (BTreeSet::new(), false);
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(title) = line.strip_prefix('#').filter(|_| !fenced) else { continue };
        let title = title.trim_start_matches('#').trim().to_lowercase();
        let anchor: String = title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let mut name = anchor.clone();
        let mut count = 0;
        while !found.insert(name) {
            count += 1;
            name = format!("{anchor}-{count}");
        }
    }
    found
}

/// Returns the targets of the links of a page.
fn links(text: &str) -> Vec<String> {
    let plain = without_code(text);
    plain.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = read(&page);
        for target in links(&text).iter().filter(|target| !target.contains("://")) {
            count += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let found = path.exists() && (anchor.is_empty() || anchors(&read(&path)).contains(anchor));
            if !found {
                wrong.push(format!("{}: {target}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these links lead nowhere:\n{}", wrong.join("\n"));
    assert!(count > 300, "only {count} links were found");
}

#[test]
fn the_summary_lists_every_page_once() {
    let listed = links(&read("docs/SUMMARY.md"));
    let mut found: Vec<_> = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    found.sort();
    let found = found.iter().filter_map(|name| name.to_str()).filter(|name| name.ends_with(".md") && *name != "SUMMARY.md");
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, found.collect::<Vec<_>>());
    assert_eq!(listed[0], "start.md");
}

/// Returns the numbers of each constant in src/limits.rs: a range and a tuple have two.
fn constants() -> BTreeMap<String, Vec<u64>> {
    let number = |text: &str| -> u64 {
        let (value, shift) = text.split_once("<<").unwrap_or((text, "0"));
        value.trim().replace('_', "").parse::<u64>().unwrap() << shift.trim().parse::<u32>().unwrap()
    };
    let source = read("src/limits.rs");
    let declared = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(": "));
    declared
        .map(|(name, rest)| {
            let value = rest.split_once(" = ").unwrap().1.trim_end_matches(';').trim_matches(['(', ')']);
            (name.to_owned(), value.replace("..=", ",").split(',').map(|part| number(part.trim())).collect())
        })
        .collect()
}

/// Formats a number as the page does, which names units where they are whole.
fn shown(number: u64) -> [String; 2] {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.iter().find(|(bits, _)| number >> bits > 0 && number.trailing_zeros() >= *bits);
    [groups.join(","), unit.map_or(String::new(), |(bits, unit)| format!("{} {unit}", number >> bits))]
}

#[test]
fn limits_are_those_of_the_code() {
    /// What only bounds the work of libvm itself, and cannot be observed as an error.
    const INTERNAL: &[&str] = &[
        "MAX_SIMILAR_NAME",
        "MAX_SUGGESTIONS",
        "MAX_SIMILAR_CANDIDATES",
        "MAX_DIRECT_PARAMETER",
        "MAX_SHOWN_PARAMETER",
        "MAX_RECORD_CHANGE",
    ];
    let (page, constants) = (read("docs/limits.md"), constants());
    let mut listed = BTreeSet::new();
    for part in page.split(" -->").filter_map(|part| part.rsplit_once(" <!-- ")) {
        let (before, name) = part;
        let (constant, index) = name.split_once('.').unwrap_or((name, "0"));
        let values = constants.get(constant).unwrap_or_else(|| panic!("src/limits.rs has no {constant}"));
        let forms = shown(values[index.parse::<usize>().unwrap()]);
        let is_there = |form: &String| {
            let before = before.strip_suffix(form.as_str());
            !form.is_empty()
                && before.is_some_and(|before| !before.ends_with(|letter: char| letter.is_ascii_digit() || letter == ','))
        };
        assert!(forms.iter().any(is_there), "{name} is {forms:?}; docs/limits.md says …{}", &before[before.len() - 12..]);
        listed.insert(constant);
    }
    let limits = constants.keys().map(String::as_str).filter(|name| name.starts_with("MAX_") || name.starts_with("DEFAULT_"));
    let missing: Vec<_> = limits.filter(|name| !listed.contains(name) && !INTERNAL.contains(name)).collect();
    assert!(missing.is_empty(), "docs/limits.md has no {missing:?}");
}

#[test]
fn what_wasmi_does_not_support_is_refused() {
    let page = read("docs/limits.md");
    let engine = vm::Engine::new().unwrap();
    for (proposal, text) in [
        ("threads and atomic instructions", "(module (memory 1 1 shared))"),
        ("threads and atomic instructions", "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))"),
        ("garbage collection", "(module (type (struct (field i32))))"),
        ("typed function references", "(module (type $f (func)) (func (param (ref $f))))"),
        ("exception handling", "(module (tag))"),
        ("the component model", "(component)"),
    ] {
        assert!(page.contains(proposal), "{proposal}");
        let error = vm::Module::from_buffer(&engine, wat::parse_str(text).unwrap()).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.status(), vm::Status::BAD_MODULE, "{text}: {error}");
    }
}
