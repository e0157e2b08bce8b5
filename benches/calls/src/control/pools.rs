//! Contexts that run something once: created for it, and taken from a pool.
use libvm_bench::guests::{Options, Shared, wasm};
use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number, ratio};
use std::time::Duration;

/// Imports 40 functions, as a program with WASI does.
fn many_imports() -> Vec<u8> {
    let imports: String =
        (0..40).map(|i| format!(r#"(import "env{}" "f{i}" (func (param i32 i32) (result i32)))"#, i % 4)).collect();
    let text = format!(r#"(module {imports} (func (export "run") (param i32) (result i64) (i64.extend_i32_u (local.get 0))))"#);
    wat::parse_str(text).expect("the guest is well-formed")
}

/// Writes the table.
///
/// # Errors
/// A message when the two do not agree.
pub fn measure(quick: bool) -> Result<(), String> {
    println!("### Contexts that run something once\n");
    let mut table = Table::new(&["guest", "created and deleted, a second", "of a pool, a second", "pool ÷ created"]);
    let effort = Effort { rounds: if quick { 15 } else { 101 }, turn: Duration::from_millis(1), checks: &[1, 10] };
    for (title, wasm) in [("an import and 64 KiB of memory", wasm("context")), ("40 imports and no memory", many_imports())] {
        let (created, mut pooled) = (Shared::new(&wasm, None, Options::PLAIN), Shared::new(&wasm, None, Options::PLAIN));
        let mut contenders = [
            Contender { name: "created", run: Box::new(|n| created.create_contexts(n, true)) },
            Contender { name: "pooled", run: Box::new(|n| pooled.take_contexts(n, true)) },
        ];
        let race = Race::run(&mut contenders, effort)?;
        let rate = |name| number(race.nanoseconds(name).map(|time| 1e9 / time));
        table.row([title.to_owned(), rate("created"), rate("pooled"), ratio(race.ratio("created", "pooled"))]);
    }
    println!("{table}");
    Ok(())
}
