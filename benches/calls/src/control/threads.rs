//! Two threads that call guests of one engine, against one thread; and the memory of the modules that they share.
use libvm_bench::guests::{Guest, Options, Shared, wasm};
use libvm_bench::race::median;
use libvm_bench::resident;
use libvm_bench::table::{Table, number, ratio};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// A burst takes some tenths of a millisecond: many of them are not interrupted by other programs.
const CALLS: u32 = 3000;
/// How much of the longer burst the bursts of two threads have to run at the same time to be counted.
const TOGETHER: f64 = 0.9;

/// Seconds of a burst of calls of each guest, each on a thread of its own and all at the same time; `None` if the system did not
/// run them so.
fn bursts(guests: &mut [Guest]) -> Option<Vec<f64>> {
    let (count, ready) = (guests.len(), AtomicUsize::new(0));
    let burst = |guest: &mut Guest| {
        guest.call(CALLS / 10);
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < count {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        guest.call(CALLS);
        (start, Instant::now())
    };
    let times: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = guests.iter_mut().map(|guest| scope.spawn(|| burst(guest))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a guest runs")).collect()
    });
    let from = times.iter().map(|(start, _)| *start).max()?;
    let until = times.iter().map(|(_, end)| *end).min()?;
    let seconds: Vec<f64> = times.iter().map(|(start, end)| (*end - *start).as_secs_f64()).collect();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    (until.saturating_duration_since(from).as_secs_f64() >= TOGETHER * longest).then_some(seconds)
}

/// Calls a second of all guests together.
fn rate(guests: &mut [Guest]) -> Option<f64> {
    bursts(guests).map(|seconds| seconds.iter().map(|seconds| f64::from(CALLS) / seconds).sum())
}

/// Writes the table.
pub fn measure(rounds: usize) {
    let wasm = wasm("calls");
    println!("### Threads\n");
    let mut table = Table::new(&["contexts", "one thread, calls a second", "two threads, ÷ one"]);
    let engines =
        |concurrency| [Shared::new(&wasm, concurrency, Options::PLAIN), Shared::new(&wasm, concurrency, Options::PLAIN)];
    let (default, single) = (engines(None), engines(Some(1)));
    let mut pairs = [
        ("of one engine", [default[0].guest(), default[0].guest()]),
        ("of an engine each", [default[0].guest(), default[1].guest()]),
        ("of one engine with a concurrency of 1", [single[0].guest(), single[0].guest()]),
    ];
    let mut found = [const { (Vec::new(), Vec::new()) }; 3];
    for _ in 0..rounds {
        for ((_, guests), (ones, ratios)) in pairs.iter_mut().zip(&mut found) {
            if let (Some(one), Some(both)) = (rate(&mut guests[..1]), rate(guests)) {
                ones.push(one);
                ratios.push(both / one);
            }
        }
    }
    for ((title, _), (ones, ratios)) in pairs.iter().zip(found) {
        table.row([(*title).to_owned(), number(Some(median(ones))), ratio(Some(median(ratios)))]);
    }
    println!("{table}");
}

/// Writes what modules take in an engine whose contexts are in one part, and in one with two.
///
/// # Errors
/// A message when a process cannot be run.
pub fn modules(paths: &[&Path]) -> Result<(), String> {
    println!("### Memory of modules\n");
    let mut table = Table::new(&["module", "its file, KiB", "concurrency 1, KiB", "two parts in use, KiB"]);
    let me = std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    for path in paths {
        let size = path.metadata().map_err(|error| format!("cannot read {}: {error}", path.display()))?.len();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut cells = vec![format!("`{name}`"), number(Some(size as f64 / 1024.0))];
        for concurrency in ["1", "2"] {
            let mut run = Command::new(&me);
            let output = run.args(["--module", concurrency]).arg(path).output().map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&output.stdout);
            let bytes: f64 = text.trim().parse().map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
            cells.push(number(Some(bytes / 1024.0)));
        }
        table.row(cells);
    }
    println!("{table}");
    Ok(())
}

/// Writes the bytes that a module takes with two contexts, their own memory left out.
///
/// # Errors
/// A message when the file or the memory of the process cannot be read.
pub fn module(concurrency: u32, path: &Path) -> Result<(), String> {
    let small = wasm("calls");
    let wasm = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    drop(Shared::new(&small, Some(1), Options::PLAIN).guest());
    let before = resident()?;
    let shared = Shared::new(&wasm, Some(concurrency), Options::PLAIN);
    let guests = [shared.guest(), shared.guest()];
    let with_two = resident()?;
    // A third one takes what each of the two has taken besides the module.
    let third = shared.guest();
    let alone = resident()? - with_two;
    drop((guests, third));
    println!("{}", with_two - before - 2.0 * alone);
    Ok(())
}
