//! What a call costs, from the guest to the host and back: libvm's C API beside wasmi from Rust and wasmi's own C API.
mod c;
mod rust;
mod signature;

use libvm_bench::race::{Contender, Effort, Race};
use libvm_bench::table::{Table, number, ratio};
use rust::Kind;
use signature::Signature;
use std::collections::HashMap;
use std::process::{Command, ExitCode};
use std::time::Duration;

const USAGE: &str = "\
usage: calls [--quick | --instructions] [PART-OF-A-SIGNATURE]

  --quick         few rounds
  --instructions  count instructions with callgrind, instead of the time";

const EFFORT: Effort = Effort { rounds: 201, turn: Duration::from_millis(1), checks: &[1, 2, 1000] };

/// A direction of calls, with the names of who takes part.
struct Direction {
    title: &'static str,
    columns: &'static [&'static str],
    /// Whether the guest's loop is part of what is measured.
    loops: bool,
    contenders: fn(usize, &Signature) -> Vec<Contender<'static>>,
}

const LIBVM: &str = "libvm";
const LOOP: &str = "the loop alone";
const DIRECTIONS: [Direction; 2] = [
    Direction {
        title: "Guest to host",
        columns: &["`Func::wrap`", "`Func::new`", "wasmi's C API"],
        loops: true,
        contenders: guest_to_host,
    },
    Direction {
        title: "Host to guest",
        columns: &["`TypedFunc::call`", "`Func::call`", "wasmi's C API"],
        loops: false,
        contenders: host_to_guest,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["--counted"] => count_all(),
        ["--instructions"] => instructions(),
        ["--quick", ref filter @ ..] if filter.len() < 2 => {
            times(Effort { rounds: 15, turn: Duration::from_micros(500), ..EFFORT }, filter.first().unwrap_or(&""))
        }
        [] => times(EFFORT, ""),
        [filter] if !filter.starts_with('-') => times(EFFORT, filter),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn guest_to_host(index: usize, signature: &Signature) -> Vec<Contender<'static>> {
    let wasm = signature.guest();
    let rust = |kind| rust::Guest::new(&wasm, index, kind).expect("the guest is valid");
    let (mut wrap, mut new) = (rust(Kind::Wrap), rust(Kind::New));
    let mut libvm = c::Guest::new(c::libvm(), &wasm, index).expect("libvm has all types");
    let mut all = vec![
        Contender { name: LIBVM, run: Box::new(move |n| libvm.guest_to_host(n)) },
        Contender { name: "`Func::wrap`", run: Box::new(move |n| wrap.guest_to_host(n)) },
        Contender { name: "`Func::new`", run: Box::new(move |n| new.guest_to_host(n)) },
    ];
    if let Some(mut wasmi) = c::Guest::new(c::wasmi(), &wasm, index) {
        all.push(Contender { name: "wasmi's C API", run: Box::new(move |n| wasmi.guest_to_host(n)) });
    }
    all
}

fn host_to_guest(index: usize, signature: &Signature) -> Vec<Contender<'static>> {
    let wasm = signature.guest();
    let rust = || rust::Guest::new(&wasm, index, Kind::Wrap).expect("the guest is valid");
    let (mut typed, mut dynamic) = (rust(), rust());
    let mut libvm = c::Guest::new(c::libvm(), &wasm, index).expect("libvm has all types");
    let mut all = vec![
        Contender { name: LIBVM, run: Box::new(move |n| libvm.host_to_guest(n)) },
        Contender { name: "`TypedFunc::call`", run: Box::new(move |n| typed.call_typed(n)) },
        Contender { name: "`Func::call`", run: Box::new(move |n| dynamic.call(n)) },
    ];
    if let Some(mut wasmi) = c::Guest::new(c::wasmi(), &wasm, index) {
        all.push(Contender { name: "wasmi's C API", run: Box::new(move |n| wasmi.host_to_guest(n)) });
    }
    all
}

fn empty_loop(signature: &Signature) -> Contender<'static> {
    Contender { name: LOOP, run: Box::new(rust::empty_loop(signature)) }
}

/// The time of every call, as tables.
fn times(effort: Effort, filter: &str) -> Result<(), String> {
    for direction in DIRECTIONS {
        println!("### {}\n", direction.title);
        let mut head = vec!["signature".to_owned(), "libvm, ns".to_owned()];
        head.extend(direction.columns.iter().map(|name| format!("÷ {name}")));
        head.extend(direction.loops.then(|| format!("{LOOP}, ns")));
        let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>());
        for (index, signature) in signature::ALL.iter().enumerate().filter(|(_, one)| one.name.contains(filter)) {
            let race = Race::run(&mut (direction.contenders)(index, signature), effort)?;
            let mut cells = vec![named(signature), number(race.nanoseconds(LIBVM))];
            cells.extend(direction.columns.iter().map(|base| ratio(race.ratio(LIBVM, base))));
            if direction.loops {
                let alone = Race::run(&mut [empty_loop(signature)], effort)?;
                cells.push(number(alone.nanoseconds(LOOP)));
            }
            table.row(cells);
        }
        println!("{table}");
    }
    Ok(())
}

fn named(signature: &Signature) -> String {
    format!("`{}`{}", signature.name, if signature.typed { "" } else { " (general)" })
}

/// How many pieces of work are counted: the difference between the two leaves out what happens once.
const COUNTS: [u32; 2] = [1000, 3000];

/// Runs this program under callgrind and makes tables of what was counted.
fn instructions() -> Result<(), String> {
    let me = std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    let folder = me.with_file_name("callgrind");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--collect-atstart=yes", "-q"]);
    valgrind.arg(format!("--callgrind-out-file={}", folder.join("out").display())).arg(&me).arg("--counted");
    let output = valgrind.output().map_err(|error| format!("cannot run valgrind: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut counts = HashMap::new();
    for (index, name) in String::from_utf8_lossy(&output.stdout).lines().enumerate() {
        let file = folder.join(format!("out.{}", index + 1));
        let text = std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let totals = text.lines().find_map(|line| line.strip_prefix("totals: "));
        let total: f64 = totals.and_then(|total| total.trim().parse().ok()).ok_or("callgrind's file has no totals")?;
        *counts.entry(name.to_owned()).or_insert(0.0) = total - counts.get(name).copied().unwrap_or(0.0);
    }
    for direction in DIRECTIONS {
        println!("### {}, instructions\n", direction.title);
        let mut head: Vec<&str> = ["signature", LIBVM].iter().chain(direction.columns).copied().collect();
        head.extend(direction.loops.then_some(LOOP));
        let mut table = Table::new(&head);
        for signature in &signature::ALL {
            let count = |name: &&str| {
                let total = counts.get(&label(&direction, signature, name));
                number(total.map(|total| total / f64::from(COUNTS[1] - COUNTS[0])))
            };
            table.row([named(signature)].into_iter().chain(head[1..].iter().map(count)));
        }
        println!("{table}");
    }
    Ok(())
}

fn label(direction: &Direction, signature: &Signature, contender: &str) -> String {
    format!("{}, {}, {contender}", direction.title, signature.name)
}

/// What runs under callgrind: all work twice, each time with a dump of the counts, whose names are written in their order.
fn count_all() -> Result<(), String> {
    for direction in &DIRECTIONS {
        for (index, signature) in signature::ALL.iter().enumerate() {
            let mut contenders = (direction.contenders)(index, signature);
            contenders.extend(direction.loops.then(|| empty_loop(signature)));
            for contender in &mut contenders {
                (contender.run)(100);
                for n in COUNTS {
                    if !c::counted(|| _ = (contender.run)(n)) {
                        return Err("not under callgrind, or built without valgrind/callgrind.h".to_owned());
                    }
                    println!("{}", label(direction, signature, contender.name));
                }
            }
        }
    }
    Ok(())
}
