//! What events cost on their way through a stream: beside plain loops of guest calls that copy the same bytes.
use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number, ratio};
use std::process::ExitCode;
use std::ptr::NonNull;
use std::time::Duration;

#[repr(C)]
struct Opaque([u8; 0]);

unsafe extern "C" {
    fn streams_open(wasm: *const u8, size: usize, how: i32) -> NonNull<Opaque>;
    fn streams_run(streams: NonNull<Opaque>, n: u32) -> u64;
    fn streams_close(streams: NonNull<Opaque>);
}

/// A way for events to pass.
struct Way(NonNull<Opaque>);

impl Way {
    fn new(wasm: &[u8], how: i32) -> Self {
        // SAFETY: the bytes are there while the function runs.
        Self(unsafe { streams_open(wasm.as_ptr(), wasm.len(), how) })
    }

    fn run(&mut self, n: u32) -> u64 {
        // SAFETY: open made it, and it is not closed.
        unsafe { streams_run(self.0, n) }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { streams_close(self.0) }
    }
}

/// The ways, in the order of c/streams.h.
const WAYS: [&str; 4] = [
    "a stream",
    "a stream with a batched stage",
    "a loop: write memory, call, read memory",
    "a loop: the guest calls two host functions",
];

/// The guest of a way, which does `work` with the event at address 0.
fn guest(how: usize, work: &str) -> Vec<u8> {
    let (imports, handle) = match how {
        0 => (
            "libvm_stream",
            "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024))) (call $work) (call $emit (i32.const 0) (i32.const 1024))",
        ),
        1 => (
            "libvm_stream",
            "(loop $more (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1024))) (call $work)
               (call $emit (i32.const 0) (i32.const 1024)) (br_if $more (call $next)))",
        ),
        2 => ("", "(call $work)"),
        _ => (
            "host",
            "(drop (call $read (i32.const 0) (i32.const 1024))) (call $work) (call $emit (i32.const 0) (i32.const 1024))",
        ),
    };
    let imports = match imports {
        "libvm_stream" => {
            r#"(import "libvm_stream" "event_read" (func $read (param i32 i32 i32) (result i32)))
               (import "libvm_stream" "event_next" (func $next (result i32)))
               (import "libvm_stream" "emit" (func $emit (param i32 i32)))"#
        }
        "host" => {
            r#"(import "host" "read" (func $read (param i32 i32) (result i32)))
               (import "host" "emit" (func $emit (param i32 i32)))"#
        }
        _ => "",
    };
    let text = format!(
        r#"(module {imports} (memory (export "memory") 1)
             (func $work (local $at i32) (local $sum i64) {work})
             (func (export "handle") {handle}))"#
    );
    wat::parse_str(text).expect("the guest is well-formed")
}

/// Reads the payload, and writes its sum into it.
const SUM: &str = "(loop $more
     (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
     (local.set $at (i32.add (local.get $at) (i32.const 8)))
     (br_if $more (i32.lt_u (local.get $at) (i32.const 1024))))
   (i64.store (i32.const 0) (local.get $sum))";

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 15 } else { 201 };
    let effort = Effort { rounds, turn: Duration::from_millis(2), checks: &[1, 2, 1000] };
    println!("### Events of 1 KiB\n");
    let mut table =
        Table::new(&["", "nothing, ns", "events/s", "÷ the faster loop", "a sum, ns", "events/s", "÷ the faster loop"]);
    let mut rows: Vec<Vec<String>> = WAYS.iter().map(|way| vec![(*way).to_owned()]).collect();
    for work in ["", SUM] {
        let mut contenders: Vec<Contender<'_>> = WAYS
            .iter()
            .enumerate()
            .map(|(how, name)| {
                let mut way = Way::new(&guest(how, work), how as i32);
                Contender { name, run: Box::new(move |n| way.run(n)) }
            })
            .collect();
        let race = match Race::run(&mut contenders, effort) {
            Ok(race) => race,
            Err(message) => {
                eprintln!("{message}");
                return ExitCode::FAILURE;
            }
        };
        let faster = WAYS[2..].iter().min_by(|one, other| {
            race.nanoseconds(one).partial_cmp(&race.nanoseconds(other)).unwrap_or(std::cmp::Ordering::Equal)
        });
        for (row, way) in rows.iter_mut().zip(WAYS) {
            let rate = race.nanoseconds(way).map(|time| 1e9 / time);
            row.extend([number(race.nanoseconds(way)), number(rate), ratio(faster.and_then(|faster| race.ratio(way, faster)))]);
        }
    }
    rows.into_iter().for_each(|row| table.row(row));
    println!("{table}");
    ExitCode::SUCCESS
}
