//! Suspended guests: the time of a suspension, and the memory of a suspended call.
use crate::guests::{Options, Shared};
use crate::race::median;
use crate::resident;
use std::time::Instant;

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

/// A turn takes less than a millisecond, so that most turns are not interrupted by other programs.
const SUSPENSIONS: u32 = 300;

fn waiting() -> Vec<u8> {
    wat::parse_str(WAITING).expect("the guest is well-formed")
}

/// Nanoseconds from one suspension to the next: completing it, polling, and the part of the guest between the two.
///
/// # Panics
/// If the guest is wrong.
pub fn time(rounds: usize, options: Options) -> f64 {
    let shared = Shared::new(&waiting(), None, options);
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

/// Bytes that a suspended call takes, with its execution, besides its context, which has run something before if `used`; so many of
/// them are suspended.
///
/// # Errors
/// A message when the memory of the process cannot be read.
pub fn memory(options: Options, count: usize, used: bool) -> Result<f64, String> {
    let shared = Shared::new(&waiting(), None, options);
    let mut guests: Vec<_> = (0..count).map(|_| shared.guest()).collect();
    // What a context keeps from its first execution is there then.
    for guest in guests.iter_mut().filter(|_| used) {
        guest.start(1);
        guest.resume(1);
    }
    let before = resident()?;
    guests.iter_mut().for_each(|guest| guest.start(1));
    let suspended = resident()? - before;
    guests.iter_mut().for_each(|guest| assert_eq!(guest.resume(1), 2, "the guest goes on"));
    Ok(suspended / count as f64)
}
