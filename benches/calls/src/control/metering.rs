//! Guests that can be interrupted, guests with fuel, and guests with backtraces, against guests without.
use libvm_bench::guests::{Guest, Options, Shared, wasm};
use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number, ratio};
use std::time::Duration;

const PLAIN: &str = "plain";
const INTERRUPTIBLE: &str = "interruptible";
const FUEL: &str = "fuel";
const BACKTRACES: &str = "backtraces";

/// Does the work of a guest so many times.
type Work = fn(&mut Guest, u32) -> u64;

fn race(name: &str, effort: Effort, work: Work) -> Result<Race, String> {
    let wasm = wasm(name);
    let all = [
        (PLAIN, Options::PLAIN),
        (INTERRUPTIBLE, Options::INTERRUPTIBLE),
        (FUEL, Options::FUEL),
        (BACKTRACES, Options::BACKTRACES),
    ];
    let engines = all.map(|(name, options)| (name, Shared::new(&wasm, None, options)));
    let contender = |(name, shared): &(&'static str, Shared)| {
        let mut guest = shared.guest();
        Contender { name, run: Box::new(move |n| work(&mut guest, n)) }
    };
    Race::run(&mut engines.iter().map(contender).collect::<Vec<_>>(), effort)
}

/// Writes the tables.
///
/// # Errors
/// A message when the guests do not agree.
pub fn measure(quick: bool) -> Result<(), String> {
    println!("### Metering\n");
    let mut table = Table::new(&["guest", "off, ms", "interruptible ÷ off", "with fuel ÷ off", "backtraces ÷ off"]);
    let compute = Effort { rounds: if quick { 15 } else { 101 }, turn: Duration::from_millis(5), checks: &[1] };
    let programs: [(&str, &str, Work); 3] = [
        ("fib(24)", "fib", |guest, n| (0..n).map(|_| guest.run(24)).sum()),
        ("SHA-256 of 64 KiB", "sha256", |guest, n| (0..n).map(|_| guest.run(64) >> 8).sum()),
        ("sieve up to 200,000", "sieve", |guest, n| (0..n).map(|_| guest.run(200_000)).sum()),
    ];
    for (title, name, work) in programs {
        let race = race(name, compute, work)?;
        let off = number(race.nanoseconds(PLAIN).map(|time| time / 1e6));
        let ratios = [INTERRUPTIBLE, FUEL, BACKTRACES].map(|name| ratio(race.ratio(name, PLAIN)));
        table.row([title.to_owned(), off].into_iter().chain(ratios));
    }
    println!("{table}");
    println!("### Calls with interruption off and on\n");
    let mut table = Table::new(&["call, `(i32, i32) → i32`", "off, ns", "interruptible ÷ off", "with fuel ÷ off"]);
    let calls = Effort { rounds: if quick { 15 } else { 101 }, turn: Duration::from_millis(1), checks: &[1, 2, 1000] };
    let directions: [(&str, Work); 2] = [("guest to host", |guest, n| guest.run(n)), ("host to guest", |guest, n| guest.call(n))];
    for (title, work) in directions {
        let race = race("calls", calls, work)?;
        let off = number(race.nanoseconds(PLAIN));
        table.row([title.to_owned(), off, ratio(race.ratio(INTERRUPTIBLE, PLAIN)), ratio(race.ratio(FUEL, PLAIN))]);
    }
    println!("{table}");
    Ok(())
}
