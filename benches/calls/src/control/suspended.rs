//! Suspended guests, and the time until a running guest is cancelled.
use libvm_bench::guests::{Options, Shared, cancel_guest};
use libvm_bench::race::median;
use libvm_bench::suspended;
use libvm_bench::table::{Table, number};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const SPINNING: &str = r#"(module
  (func (export "run") (param i32) (result i64)
    (loop $again (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br $again))
    (i64.const 0)))"#;

/// How many guests are suspended at the same time.
const GUESTS: usize = 5_000;

/// Nanoseconds from a cancel to the return of the call: the median, and the 99th percentile.
fn cancel(rounds: usize) -> (f64, f64) {
    let shared = Shared::new(&wat::parse_str(SPINNING).expect("the guest is well-formed"), None, Options::INTERRUPTIBLE);
    let mut guest = shared.guest();
    let (ids, next) = mpsc::channel();
    let (ends, ended) = mpsc::channel();
    let mut times = thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..rounds {
                ids.send(guest.cancel_id()).expect("somebody cancels");
                ends.send(guest.spin()).expect("somebody waits");
            }
        });
        let round = |index: usize| {
            let id = next.recv().expect("a guest spins");
            // Not always at the same point of a slice.
            thread::sleep(Duration::from_micros(500 + index as u64 * 37 % 400));
            let began = cancel_guest(id);
            ended.recv().expect("it was cancelled").saturating_sub(began) as f64
        };
        (0..rounds).map(round).collect::<Vec<_>>()
    });
    times.sort_by(f64::total_cmp);
    let late = times[(times.len() * 99 / 100).min(times.len() - 1)];
    (median(times), late)
}

/// Writes the tables.
///
/// # Errors
/// A message when the memory of the process cannot be read.
pub fn measure(quick: bool) -> Result<(), String> {
    println!("### Suspension and cancel\n");
    let mut table = Table::new(&["", "measured", "aim"]);
    let memory = suspended::memory(Options::PLAIN, GUESTS, true)?;
    let rounds = if quick { 101 } else { 1001 };
    for (title, options) in [("", Options::PLAIN), (", interruptible", Options::INTERRUPTIBLE)] {
        let time = number(Some(suspended::time(rounds, options)));
        table.row([format!("suspend, complete and resume{title}, ns"), time, "400".to_owned()]);
    }
    table.row(["memory of a suspended call and its execution, KiB".to_owned(), number(Some(memory / 1024.0)), "2".to_owned()]);
    let (middle, late) = cancel(if quick { 101 } else { 2001 });
    table.row(["cancel of a loop, median, µs".to_owned(), number(Some(middle / 1e3)), "1000".to_owned()]);
    table.row(["cancel of a loop, 99th percentile, µs".to_owned(), number(Some(late / 1e3)), String::new()]);
    println!("{table}");
    Ok(())
}
