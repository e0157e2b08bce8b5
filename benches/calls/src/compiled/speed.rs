//! Calls and computing, with interruption off and on.
use libvm_bench::guests::{Guest, Options, Shared, wasm};
use libvm_bench::peer::{Context, Peer};
use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number, ratio};
use std::time::Duration;

const INTERPRETED: &str = "interpreted";
const COMPILED: &str = "compiled";
const WASMTIME: &str = "wasmtime";

/// Both tiers, with interruption off and on.
const TIERS: [(&str, Options); 4] = [
    (INTERPRETED, Options::PLAIN),
    ("interpreted, interruptible", Options::INTERRUPTIBLE),
    (COMPILED, Options::COMPILED),
    ("compiled, interruptible", Options(Options::COMPILED.0 | Options::INTERRUPTIBLE.0)),
];

/// What a guest of libvm does so many times, and one of wasmtime.
type Work = fn(&mut Guest, u32) -> u64;
type PeerWork = fn(&mut dyn Context, u32) -> u64;

struct Row {
    title: &'static str,
    guest: &'static str,
    /// What engines have besides their tier.
    options: Options,
    work: Work,
    wasmtime: PeerWork,
    aim: &'static str,
}

const CALLS: [Row; 6] = [
    to_host("guest to host", Options::PLAIN, "8 ns, 0.30 × interpreted"),
    to_host("guest to host, plain numbers", Options::RAW, "5 ns, 1.05 × wasmtime"),
    to_guest("host to guest, `VM_ContextExecute`", |guest, n| guest.execute(n), ""),
    to_guest("host to guest, `VM_FuncCall`", |guest, n| guest.call(n), ""),
    to_guest("host to guest, a prepared call", |guest, n| guest.call_prepared(n), ""),
    to_guest("host to guest, a prepared call, in a context that was entered", |guest, n| guest.call_entered(n), "1.2 × wasmtime"),
];

/// Calls of a host function.
const fn to_host(title: &'static str, options: Options, aim: &'static str) -> Row {
    Row { title, guest: "calls", options, work: |guest, n| guest.run(n), wasmtime: |context, n| context.run(n), aim }
}

/// Calls of a guest, which wasmtime has in one form.
const fn to_guest(title: &'static str, work: Work, aim: &'static str) -> Row {
    Row { title, guest: "calls", options: Options::PLAIN, work, wasmtime: |context, n| context.call(n), aim }
}

/// The last result of `run` with a number.
macro_rules! compute {
    ($title:literal, $guest:literal, $size:literal) => {
        Row {
            title: $title,
            guest: $guest,
            options: Options::PLAIN,
            work: |guest, n| (0..n).fold(0, |_, _| guest.run($size)),
            wasmtime: |context, n| (0..n).fold(0, |_, _| context.run($size)),
            aim: "1.05 × wasmtime",
        }
    };
}

const COMPUTE: [Row; 4] = [
    compute!("fib(24)", "fib", 24),
    compute!("SHA-256 of 64 KiB", "sha256", 64),
    compute!("product of 64 × 64 matrices", "matrix", 64),
    compute!("sieve up to 200,000", "sieve", 200_000),
];

/// Writes the tables.
///
/// # Errors
/// A message when the engines do not agree.
pub fn measure(quick: bool, wasmtime: Option<&Peer>) -> Result<(), String> {
    let rounds = if quick { 15 } else { 101 };
    let calls = Effort { rounds, turn: Duration::from_millis(1), checks: &[1, 2, 1000] };
    table("Calls of `(i32, i32) → i32`", "ns", 1.0, &CALLS, calls, wasmtime)?;
    let compute = Effort { rounds, turn: Duration::from_millis(5), checks: &[1] };
    table("Computing", "µs", 1e3, &COMPUTE, compute, wasmtime)
}

fn table(title: &str, unit: &str, nanoseconds: f64, rows: &[Row], effort: Effort, wasmtime: Option<&Peer>) -> Result<(), String> {
    println!("### {title}\n");
    let time = |name| format!("{name}, {unit}");
    let (first, second, third) = (time(INTERPRETED), time(COMPILED), time(WASMTIME));
    let change = "interruptible ÷ off";
    let mut table = Table::new(&["", &first, change, &second, change, &third, "compiled ÷ interpreted", "÷ wasmtime", "aim"]);
    for row in rows {
        let race = race(row, effort, wasmtime)?;
        let time = |name| number(race.nanoseconds(name).map(|time| time / nanoseconds));
        let cells = TIERS.chunks(2).flat_map(|pair| [time(pair[0].0), ratio(race.ratio(pair[1].0, pair[0].0))]);
        let ratios = [INTERPRETED, WASMTIME].map(|base| ratio(race.ratio(COMPILED, base)));
        let end = [time(WASMTIME)].into_iter().chain(ratios).chain([row.aim.to_owned()]);
        table.row([row.title.to_owned()].into_iter().chain(cells).chain(end));
    }
    println!("{table}");
    Ok(())
}

fn race(row: &Row, effort: Effort, wasmtime: Option<&Peer>) -> Result<Race, String> {
    let wasm = wasm(row.guest);
    let engines = TIERS.map(|(name, options)| (name, Shared::new(&wasm, None, options | row.options)));
    let prepared = wasmtime.map(|peer| peer.prepare(wasm.clone().leak())).transpose()?;
    let mut contenders = Vec::new();
    for (name, shared) in &engines {
        let mut guest = shared.guest();
        contenders.push(Contender { name, run: Box::new(move |n| (row.work)(&mut guest, n)) });
    }
    if let Some(prepared) = &prepared {
        let mut context = prepared.instantiate()?;
        contenders.push(Contender { name: WASMTIME, run: Box::new(move |n| (row.wasmtime)(&mut *context, n)) });
    }
    Race::run(&mut contenders, effort)
}
