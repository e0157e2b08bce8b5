//! Contexts with an instance, and suspended guests: time and memory.
use crate::in_a_process;
use libvm_bench::guests::{Options, Shared, wasm};
use libvm_bench::peer::Peer;
use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number};
use libvm_bench::{resident, suspended};
use std::time::Duration;

/// How many contexts there are at the same time where their memory is measured, and suspended guests.
const COUNT: usize = 10_000;

/// The columns.
const ENGINES: [(&str, Options); 3] = [
    ("interpreted", Options::PLAIN),
    ("compiled", Options::COMPILED),
    ("compiled, with a pool of instances", Options(Options::COMPILED.0 | Options::POOLED.0)),
];
const WASMTIME: &str = "wasmtime";

/// Writes the table.
///
/// # Errors
/// A message when something cannot be measured.
pub fn measure(quick: bool, wasmtime: Option<&Peer>) -> Result<(), String> {
    println!("### Contexts and suspended guests\n");
    let mut head = vec![""];
    head.extend(ENGINES.map(|(name, _)| name));
    let mut table = Table::new(&[head, vec![WASMTIME, "aim"]].concat());
    let mut row = |title: &str, numbers: Vec<Option<f64>>, aim: &str| {
        let mut cells: Vec<_> = numbers.into_iter().map(number).collect();
        cells.resize(ENGINES.len() + 1, number(None));
        table.row([title.to_owned()].into_iter().chain(cells).chain([aim.to_owned()]));
    };
    let in_kib = |part| {
        let bytes = |(_, options)| in_a_process(part, options, |run| run).map(|bytes| Some(bytes / 1024.0));
        ENGINES.into_iter().map(bytes).collect::<Result<Vec<_>, _>>()
    };
    for (title, pooled, aim) in
        [("created with an instance and deleted, µs", false, "4"), ("the same of a pool of contexts, µs", true, "4")]
    {
        row(title, times(quick, pooled, wasmtime)?, aim);
    }
    row("memory of an untouched context, KiB", in_kib("--context")?, "8");
    let rounds = if quick { 101 } else { 1001 };
    for (title, more) in [("", Options::PLAIN), (", interruptible", Options::INTERRUPTIBLE)] {
        let times = ENGINES.map(|(_, options)| Some(suspended::time(rounds, options | more)));
        row(&format!("suspend, complete and resume{title}, ns"), times.to_vec(), "");
    }
    row("memory of a suspended call, KiB", in_kib("--suspended")?, "10");
    println!("{table}");
    Ok(())
}

/// Microseconds of a context with an instance that has a page of memory and an import, in each column.
fn times(quick: bool, pooled: bool, wasmtime: Option<&Peer>) -> Result<Vec<Option<f64>>, String> {
    let wasm = wasm("context");
    let mut engines = ENGINES.map(|(name, options)| (name, Shared::new(&wasm, None, options)));
    let prepared = wasmtime.filter(|_| !pooled).map(|peer| peer.prepare(wasm.clone().leak())).transpose()?;
    let mut contenders = Vec::new();
    for (name, shared) in &mut engines {
        let run = move |n| if pooled { shared.take_contexts(n, false) } else { shared.create_contexts(n, false) };
        contenders.push(Contender { name, run: Box::new(run) });
    }
    if let Some(prepared) = &prepared {
        let run = |n| (0..n).map(|_| prepared.instantiate().map(|_| 1).expect("it was prepared")).sum();
        contenders.push(Contender { name: WASMTIME, run: Box::new(run) });
    }
    let effort = Effort { rounds: if quick { 15 } else { 101 }, turn: Duration::from_millis(1), checks: &[1, 10] };
    let race = Race::run(&mut contenders, effort)?;
    let names = ENGINES.map(|(name, _)| name);
    Ok(names.into_iter().chain([WASMTIME]).map(|name| race.nanoseconds(name).map(|time| time / 1e3)).collect())
}

/// Writes the bytes of a context with an instance that has done nothing.
///
/// # Errors
/// A message when the memory of the process cannot be read.
pub fn report(options: Options) -> Result<(), String> {
    let shared = Shared::new(&wasm("context"), None, options);
    drop(shared.guest());
    let before = resident()?;
    let guests: Vec<_> = (0..COUNT).map(|_| shared.guest()).collect();
    println!("{}", (resident()? - before) / COUNT as f64);
    drop(guests);
    Ok(())
}

/// Writes the bytes of a suspended call, in a context that has run nothing before: what it needs of a stack is among them.
///
/// # Errors
/// A message when the memory of the process cannot be read.
pub fn report_suspended(options: Options) -> Result<(), String> {
    println!("{}", suspended::memory(options, COUNT, false)?);
    Ok(())
}
