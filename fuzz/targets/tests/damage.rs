//! A sample of the damaged files of fuzz/README.md: few of them may end the process. The reasons are in tests/plugins/damaged.rs.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

use libvm_fuzz_targets::damage::{Damager, Outcome, judge};
use std::path::Path;
use std::process::Command;

/// How many mutants are loaded.
const COUNT: u64 = 1_000;

/// How many of them may end the process: of all that can be made, 3 to 4 in 1,000 do, and 82 did without the checks.
const MOST: usize = 12;

#[test]
fn few_damaged_plug_ins_end_the_process() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let whole = folder.join(format!("whole-{}.so", std::process::id()));
    let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    command.args(["-shared", "-fPIC", "-fvisibility=hidden", "-I"]).arg(root.join("include"));
    let status = command.arg(root.join("capi-tests/plugins/calc.c")).arg("-o").arg(&whole).status();
    assert!(status.expect("a C compiler is needed: install one, or set CC").success());

    let damager = Damager::new(std::fs::read(&whole).unwrap());
    let path = folder.join(format!("damaged-{}.so", std::process::id()));
    let mut killed = Vec::new();
    let mut refused = 0;
    for number in 0..COUNT {
        let (bytes, what) = damager.mutant(1, number);
        std::fs::write(&path, bytes).unwrap();
        match judge(&path) {
            Outcome::Killed(how) => killed.push(format!("{number} ({how}): {what}")),
            Outcome::Refused(_) => refused += 1,
            Outcome::NotOpened | Outcome::Opened => {}
        }
    }
    assert_eq!(judge(&whole), Outcome::Opened);
    assert!(refused > 100, "only {refused} were refused");
    assert!(killed.len() <= MOST, "{} of {COUNT} ended the process:\n{}", killed.len(), killed.join("\n"));
    std::fs::remove_file(path).unwrap();
    std::fs::remove_file(whole).unwrap();
}
