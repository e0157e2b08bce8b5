//! Calls of the same function in plug-ins that are written in C, C++ and Rust.
use super::{Guest, caller};
use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number, ratio};
use std::path::Path;
use std::time::Duration;

/// The languages, and the files of the plug-ins.
const LANGUAGES: [(&str, &str); 3] = [("C", "calc-c.so"), ("C++", "calc-cpp.so"), ("Rust", "calc-rust.so")];

/// Calls `add` of the plug-in `calc`.
pub fn languages(plugins: &Path, quick: bool) -> Result<(), String> {
    let effort = Effort { rounds: if quick { 15 } else { 201 }, turn: Duration::from_millis(1), checks: &[1, 2, 1000] };
    let wasm = caller("calc", "add");
    let mut contenders = LANGUAGES.map(|(name, file)| {
        let mut guest = Guest::with(&wasm, Some(&plugins.join(file)), None);
        Contender { name, run: Box::new(move |n| guest.run(n)) }
    });
    let race = Race::run(&mut contenders, effort)?;
    println!("### Plug-ins in other languages\n");
    let mut table = Table::new(&["a call of `add`, `(ii)i`, in", "ns", "÷ C"]);
    for (name, _) in LANGUAGES {
        table.row([name.to_owned(), number(race.nanoseconds(name)), ratio(race.ratio(name, "C"))]);
    }
    println!("{table}");
    Ok(())
}
