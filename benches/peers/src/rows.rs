//! What is measured.
use crate::{COMPILED, LIBVM, Place, Values, WASMTIME, contexts, peers};
use libvm_bench::peer::{Context, Peer};
use libvm_bench::race::{Contender, Effort, Race, median};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A line of the table.
#[derive(Default)]
pub struct Row {
    /// What was measured.
    pub title: String,
    /// libvm's number with its unit, interpreted.
    pub libvm: String,
    /// The same, compiled.
    pub compiled: String,
    /// The compiled engine's number divided by wasmtime's.
    pub against: Option<f64>,
    /// Of the other peers, by name.
    cells: Vec<(&'static str, Cell)>,
    /// Whether the cells are ratios of time or size that a picture can show.
    pub drawn: bool,
}

/// What a peer has in a row.
pub enum Cell {
    /// libvm's number divided by the peer's.
    Ratio(f64),
    /// Why there is none.
    Missing(String),
}

impl Row {
    /// What a peer has.
    pub fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.iter().find(|(known, _)| *known == name).map(|(_, cell)| cell)
    }

    /// A row that could not be measured.
    fn without(title: &str, why: &str) -> Self {
        Self { title: title.to_owned(), libvm: format!("not available here: {why}"), ..Self::default() }
    }

    /// A row of numbers, of which libvm's is the first.
    pub fn of_numbers(title: &str, numbers: Vec<(&'static str, Result<f64, String>)>, show: impl Fn(f64) -> String) -> Self {
        let of = |name| numbers.iter().find(|(known, _)| *known == name).and_then(|(_, number)| number.as_ref().ok().copied());
        let own = of(LIBVM).unwrap_or(f64::NAN);
        let compiled = of(COMPILED);
        let against = compiled.zip(of(WASMTIME)).map(|(own, other)| own / other);
        let cell = |number| match number {
            Ok(number) => Cell::Ratio(own / number),
            Err(why) => Cell::Missing(why),
        };
        let cells = numbers.into_iter().skip(1).map(|(name, number)| (name, cell(number))).collect();
        let compiled = compiled.map_or_else(|| "–".to_owned(), &show);
        Self { title: title.to_owned(), libvm: show(own), compiled, against, cells, drawn: true }
    }
}

type Work = Box<dyn FnMut(u32) -> u64>;

const CALLS: Effort = Effort { rounds: 101, turn: Duration::from_millis(2), checks: &[1, 2, 1000] };
const COMPUTE: Effort = Effort { rounds: 41, turn: Duration::from_millis(20), checks: &[1] };
const LOADS: Effort = Effort { rounds: 41, turn: Duration::from_millis(10), checks: &[1] };
const STARTS: Effort = Effort { rounds: 101, turn: Duration::from_millis(1), checks: &[1] };
const THREAD_ROUNDS: usize = 51;
const CALLS_OF_A_THREAD: u32 = 50_000;

/// Measures everything.
pub fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let calls = place.module("calls")?;
    for (values, what) in [(Values::Tagged, "`(i32, i32) → i32`"), (Values::Plain, "plain numbers")] {
        let peers = there(place, values);
        rows.push(race(place, &format!("guest calls host, {what}"), &peers, CALLS, |peer| {
            let mut context = context(peer, calls)?;
            Ok(Box::new(move |n| context.run(n)))
        })?);
        rows.push(race(place, &format!("host calls guest, {what}"), &peers, CALLS, |peer| {
            let mut context = context(peer, calls)?;
            Ok(Box::new(move |n| context.call(n)))
        })?);
    }
    let peers = &there(place, Values::Tagged)[..];
    for (title, guest, size) in [
        ("fib(24)", "fib", 24),
        ("SHA-256 of 64 KiB", "sha256", 64),
        ("product of 64 × 64 matrices", "matrix", 64),
        ("sieve up to 200,000", "sieve", 200_000),
    ] {
        let wasm = place.module(guest)?;
        rows.push(race(place, title, peers, COMPUTE, |peer| {
            let mut context = context(peer, wasm)?;
            Ok(Box::new(move |n| (0..n).fold(0, |_, _| context.run(size))))
        })?);
    }
    for (title, module) in [("load a tiny module", "calls"), ("load sql.js, 0.7 MB", "sql"), ("load esbuild, 14 MB", "esbuild")] {
        match place.module(module) {
            Ok(wasm) => rows.push(race(place, title, peers, LOADS, |peer| loading(peer, wasm))?),
            Err(why) => rows.push(Row::without(title, &why)),
        }
    }
    rows.extend(contexts::measure(place, peers));
    rows.push(size(place));
    rows.push(cold(place)?);
    rows.push(threads(place, peers, calls)?);
    Ok(rows)
}

/// The peers that are there.
fn there(place: &Place, values: Values) -> Vec<&'static Peer> {
    peers(&place.folder, values).into_iter().filter_map(|(_, peer)| peer.ok()).collect()
}

/// A context that lives until the end.
fn context(peer: &Peer, wasm: &'static [u8]) -> Result<Box<dyn Context>, String> {
    Box::leak(Box::new(peer.prepare(wasm)?)).instantiate()
}

/// Loads, validates, instantiates, and forgets it all.
fn loading(peer: &'static Peer, wasm: &'static [u8]) -> Result<Work, String> {
    peer.prepare(wasm)?.instantiate()?;
    Ok(Box::new(move |n| {
        (0..n).for_each(|_| drop(peer.prepare(wasm).expect("it did before").instantiate().expect("it did before")));
        0
    }))
}

fn race(
    place: &Place,
    title: &str,
    peers: &[&'static Peer],
    effort: Effort,
    work: impl Fn(&'static Peer) -> Result<Work, String>,
) -> Result<Row, String> {
    eprintln!("{title}");
    let (mut contenders, mut missing) = (Vec::new(), Vec::new());
    for peer in peers {
        match work(peer) {
            Ok(run) => contenders.push(Contender { name: peer.name, run }),
            Err(why) => missing.push((peer.name, why)),
        }
    }
    let race = Race::run(&mut contenders, Effort { rounds: place.rounds(effort.rounds), ..effort })?;
    let numbers = peers.iter().map(|peer| {
        let why = || missing.iter().find(|(name, _)| *name == peer.name).map_or_else(String::new, |(_, why)| why.clone());
        (peer.name, race.ratio(peer.name, LIBVM).ok_or_else(why))
    });
    let libvm = race.nanoseconds(LIBVM).ok_or_else(|| format!("libvm cannot do \"{title}\": {missing:?}"))?;
    let row = Row::of_numbers(title, numbers.collect(), |relative| time(libvm * relative));
    Ok(Row { against: race.ratio(COMPILED, WASMTIME), ..row })
}

/// Nanoseconds as one reads them.
pub fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

/// The libraries as they are installed, without symbols.
fn size(place: &Place) -> Row {
    let stripped = |file: &str| {
        let (from, to) = (place.folder.join(file), place.folder.join("stripped"));
        let done = Command::new("strip").arg("-o").arg(&to).arg(&from).status();
        let size = match done {
            Ok(status) if status.success() => std::fs::metadata(&to).map(|found| found.len() as f64),
            _ => Err(std::io::Error::other("cannot be stripped")),
        };
        size.map_err(|error| format!("{}: {error}", from.display()))
    };
    let compiler = std::fs::read_dir(&place.folder).into_iter().flatten().flatten().map(|file| file.file_name());
    let compiler = compiler.filter_map(|name| name.into_string().ok()).find(|name| name.starts_with("libvm-compiler."));
    let both = || Ok(stripped("libvm.so")? + stripped(&compiler.ok_or("there is no compiler")?)?);
    let numbers = vec![
        (LIBVM, stripped("libvm.so")),
        (COMPILED, both()),
        ("wasm3", stripped("peer_wasm3.so")),
        (WASMTIME, stripped("libwasmtime.so")),
    ];
    Row::of_numbers("size of the library", numbers, |bytes| format!("{:.2} MB", bytes / 1e6))
}

/// A program in C that runs a tiny module once, from its start to its end.
fn cold(place: &Place) -> Result<Row, String> {
    let guest = place.folder.join("fib.wasm");
    std::fs::write(&guest, place.module("fib")?).map_err(|error| format!("cannot write {}: {error}", guest.display()))?;
    let (mut contenders, mut missing) = (Vec::new(), Vec::new());
    let programs = [(LIBVM, "libvm"), (COMPILED, "libvm_compiled"), ("wasm3", "wasm3"), (WASMTIME, "wasmtime")];
    for (name, file) in programs {
        let program = place.folder.join(format!("cold_{file}"));
        let start = {
            let guest = guest.clone();
            move |program: &Path| Command::new(program).arg(&guest).output()
        };
        match start(&program) {
            Ok(output) if output.stdout == b"55\n" => {
                let run = move |n| {
                    (0..n).for_each(|_| assert_eq!(start(&program).expect("it did before").stdout, b"55\n"));
                    0
                };
                contenders.push(Contender { name, run: Box::new(run) });
            }
            Ok(output) => missing.push((name, String::from_utf8_lossy(&output.stderr).into_owned())),
            Err(error) => missing.push((name, format!("{}: {error}", program.display()))),
        }
    }
    let race = Race::run(&mut contenders, Effort { rounds: place.rounds(STARTS.rounds), ..STARTS })?;
    let numbers = programs.map(|(name, _)| {
        let why = || missing.iter().find(|(known, _)| *known == name).map_or_else(String::new, |(_, why)| why.clone());
        (name, race.ratio(name, LIBVM).ok_or_else(why))
    });
    let libvm = race.nanoseconds(LIBVM).unwrap_or(f64::NAN);
    Ok(Row::of_numbers("a C program, from start to end", numbers.into(), |relative| time(libvm * relative)))
}

/// How much longer two threads take that each do the work of one, in contexts of one engine: 1 when they do not disturb each
/// other.
fn threads(place: &Place, peers: &[&'static Peer], wasm: &'static [u8]) -> Result<Row, String> {
    eprintln!("two threads");
    let mut cells = Vec::new();
    for peer in peers {
        let prepared = match peer.prepare(wasm) {
            Ok(prepared) => prepared,
            Err(why) => {
                cells.push((peer.name, Cell::Missing(why)));
                continue;
            }
        };
        let time = |count: usize| {
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..count {
                    scope.spawn(|| prepared.instantiate().expect("a context").call(CALLS_OF_A_THREAD));
                }
            });
            start.elapsed().as_secs_f64()
        };
        time(2);
        let ratios = (0..place.rounds(THREAD_ROUNDS)).map(|_| {
            let one = time(1);
            time(2) / one
        });
        cells.push((peer.name, Cell::Ratio(median(ratios.collect()))));
    }
    let shown = |name| match cells.iter().find(|(known, _)| *known == name) {
        Some((_, Cell::Ratio(ratio))) => format!("{ratio:.2}"),
        Some((_, Cell::Missing(why))) => why.clone(),
        None => "–".to_owned(),
    };
    let (libvm, compiled) = (shown(LIBVM), shown(COMPILED));
    let title = "two threads that call guests, ÷ one (of each peer)".to_owned();
    Ok(Row { title, libvm, compiled, cells, ..Row::default() })
}
