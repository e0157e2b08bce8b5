//! What the documentation says, compared with what is there.

use libvm_abi::STATUS_NAMES;
use std::collections::BTreeSet;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The cells of each table row that begins with a code name.
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
