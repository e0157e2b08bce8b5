//! Commands that are started by the plug-in `process`, beside `std::process`.
use super::Guest;
use libvm_bench::race::{Contender, Effort, Race, median};
use libvm_bench::table::{Table, number, ratio};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The timeout whose latency is measured, in milliseconds.
const TIMEOUT: u64 = 20;

/// A guest whose `loop` runs a command with a timeout, and counts its runs and exit codes.
fn runner(program: &str, argument: &str, timeout: u64) -> Vec<u8> {
    let (size, length) = (program.len(), argument.len());
    let text = format!(
        r#"(module
             (import "wasmedge_process" "wasmedge_process_set_prog_name" (func $program (param i32 i32)))
             (import "wasmedge_process" "wasmedge_process_add_arg" (func $argument (param i32 i32)))
             (import "wasmedge_process" "wasmedge_process_set_timeout" (func $timeout (param i32)))
             (import "wasmedge_process" "wasmedge_process_run" (func $run (result i32)))
             (memory (export "memory") 1) (data (i32.const 0) "{program}") (data (i32.const 64) "{argument}")
             (func (export "loop") (param $n i32) (result i64) (local $i i32) (local $x i32)
               (loop $next
                 (call $program (i32.const 0) (i32.const {size}))
                 (call $argument (i32.const 64) (i32.const {length}))
                 (call $timeout (i32.const {timeout}))
                 (local.set $x (i32.add (local.get $x) (i32.add (call $run) (i32.const 1))))
                 (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
               (i64.extend_i32_u (local.get $x))))"#
    );
    wat::parse_str(text).expect("the guest is well-formed")
}

/// Runs `true`, and what does not end.
pub fn processes(plugin: &Path, quick: bool) -> Result<(), String> {
    let effort = Effort { rounds: if quick { 15 } else { 101 }, turn: Duration::from_millis(20), checks: &[1, 2] };
    let mut guest = Guest::with(&runner("true", "x", 10_000), Some(plugin), None);
    let mut contenders = [
        Contender { name: "plugin", run: Box::new(move |n| guest.run(n)) },
        Contender {
            name: "std",
            run: Box::new(|n| {
                let output = || Command::new("true").arg("x").output().expect("it can be started");
                (0..n).map(|_| output().status.code().map_or(0, |code| code as u64 + 1)).sum()
            }),
        },
    ];
    let race = Race::run(&mut contenders, effort)?;
    let mut guest = Guest::with(&runner("sleep", "1000", TIMEOUT), Some(plugin), None);
    let late = (0..effort.rounds).map(|_| {
        let start = Instant::now();
        guest.run(1);
        start.elapsed().as_secs_f64() * 1e6 - TIMEOUT as f64 * 1e3
    });
    let late = median(late.collect());
    println!("### Commands\n");
    let mut table = Table::new(&["", "the plug-in `process`, µs", "`std::process`, µs", "ratio"]);
    let microseconds = |name| number(race.nanoseconds(name).map(|time| time / 1e3));
    table.row([
        "`true`, with its output".to_owned(),
        microseconds("plugin"),
        microseconds("std"),
        ratio(race.ratio("plugin", "std")),
    ]);
    table.row([format!("`sleep`, after its timeout of {TIMEOUT} ms"), number(Some(late)), "–".to_owned(), "–".to_owned()]);
    println!("{table}");
    Ok(())
}
