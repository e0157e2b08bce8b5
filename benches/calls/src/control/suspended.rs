//! Suspended guests: the time of a suspension, the memory of a suspended call; and the time until a running guest is cancelled.
use crate::c::{Options, Shared, cancel_guest};
use libvm_bench::race::median;
use libvm_bench::resident;
use libvm_bench::table::{Table, number};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Waits so many times; the frames below are those of an ordinary guest.
const WAITING: &str = r#"(module
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (func $one (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1)))
  (func $next (param i32) (result i32) (i32.mul (call $one (local.get 0)) (i32.const 1)))
  (func (export "run") (param $n i32) (result i64) (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (call $next (local.get $n)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))"#;

const SPINNING: &str = r#"(module
  (func (export "run") (param i32) (result i64)
    (loop $again (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br $again))
    (i64.const 0)))"#;

/// How many guests are suspended at the same time.
const GUESTS: usize = 5_000;
/// A turn takes less than a millisecond, so that most turns are not interrupted by other programs.
const SUSPENSIONS: u32 = 300;

fn parsed(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the guest is well-formed")
}

/// Nanoseconds from one suspension to the next: completing it, polling, and the part of the guest between the two.
fn suspension(rounds: usize, options: Options) -> f64 {
    let shared = Shared::new(&parsed(WAITING), None, options);
    let mut guest = shared.guest();
    let mut once = || {
        guest.start(SUSPENSIONS + 1);
        let start = Instant::now();
        guest.resume(SUSPENSIONS);
        let took = start.elapsed();
        assert_eq!(guest.resume(1), 2 * u64::from(SUSPENSIONS + 1), "the guest has waited so often");
        took.as_nanos() as f64 / f64::from(SUSPENSIONS)
    };
    once();
    median((0..rounds).map(|_| once()).collect())
}

/// Bytes that a suspended call takes, with its execution, besides its context.
fn memory() -> Result<f64, String> {
    let shared = Shared::new(&parsed(WAITING), None, Options::Plain);
    let mut guests: Vec<_> = (0..GUESTS).map(|_| shared.guest()).collect();
    // Once before, so that what a context keeps from its first execution is there.
    for guest in &mut guests {
        guest.start(1);
        guest.resume(1);
    }
    let before = resident()?;
    guests.iter_mut().for_each(|guest| guest.start(1));
    let suspended = resident()? - before;
    guests.iter_mut().for_each(|guest| assert_eq!(guest.resume(1), 2, "the guest goes on"));
    Ok(suspended / GUESTS as f64)
}

/// Nanoseconds from a cancel to the return of the call: the median, and the 99th percentile.
fn cancel(rounds: usize) -> (f64, f64) {
    let shared = Shared::new(&parsed(SPINNING), None, Options::Interruptible);
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
    let memory = memory()?;
    let rounds = if quick { 101 } else { 1001 };
    for (title, options) in [("", Options::Plain), (", interruptible", Options::Interruptible)] {
        let time = number(Some(suspension(rounds, options)));
        table.row([format!("suspend, complete and resume{title}, ns"), time, "400".to_owned()]);
    }
    table.row(["memory of a suspended call and its execution, KiB".to_owned(), number(Some(memory / 1024.0)), "2".to_owned()]);
    let (middle, late) = cancel(if quick { 101 } else { 2001 });
    table.row(["cancel of a loop, median, µs".to_owned(), number(Some(middle / 1e3)), "1000".to_owned()]);
    table.row(["cancel of a loop, 99th percentile, µs".to_owned(), number(Some(late / 1e3)), String::new()]);
    println!("{table}");
    Ok(())
}
