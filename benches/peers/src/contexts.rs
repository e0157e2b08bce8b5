//! A thousand contexts: what one of them takes of time and memory.
use crate::{Place, Values};
use crate::rows::{Row, time};
use libvm_bench::peer::Peer;
use libvm_bench::race::median;
use libvm_bench::resident;
use std::process::Command;
use std::time::Instant;

const COUNT: usize = 1000;
/// How often each peer does it, in a process of its own.
const ROUNDS: usize = 7;

/// Measures all peers in processes of their own, interleaved.
pub fn measure(place: &Place, peers: &[&Peer]) -> Vec<Row> {
    eprintln!("{COUNT} contexts");
    let mut found: Vec<Result<Vec<[f64; 2]>, String>> = peers.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..place.rounds(ROUNDS) {
        for (peer, found) in peers.iter().zip(&mut found) {
            if let Ok(rounds) = found {
                match in_a_process(place, peer.name) {
                    Ok(numbers) => rounds.push(numbers),
                    Err(why) => *found = Err(why),
                }
            }
        }
    }
    let row = |title: &str, index: usize, show: fn(f64) -> String| {
        let numbers = peers.iter().zip(&found).map(|(peer, found)| {
            let number = found.as_ref().map(|rounds| median(rounds.iter().map(|numbers| numbers[index]).collect()));
            (peer.name, number.map_err(Clone::clone))
        });
        Row::of_numbers(title, numbers.collect(), show)
    };
    vec![
        row("time for each of 1,000 contexts", 0, time),
        row("memory of each of 1,000 contexts", 1, |bytes| format!("{:.1} KiB", bytes / 1024.0)),
    ]
}

fn in_a_process(place: &Place, name: &str) -> Result<[f64; 2], String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(me).arg("--contexts").arg(&place.folder).arg(name).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    <[f64; 2]>::try_from(numbers).map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// What such a process does: writes nanoseconds and bytes of one context.
pub fn report(place: &Place, name: &str) -> Result<(), String> {
    let peers = crate::peers(&place.folder, Values::Tagged);
    let peer = peers.into_iter().find(|(known, _)| *known == name).ok_or("no such peer")?.1?;
    // A page of memory, as nearly every guest has, and nothing that a first context has to set up for all.
    let prepared = peer.prepare(place.module("context")?)?;
    let first = prepared.instantiate()?;
    let before = resident()?;
    let mut contexts = Vec::with_capacity(COUNT);
    let start = Instant::now();
    for _ in 0..COUNT {
        contexts.push(prepared.instantiate()?);
    }
    let took = start.elapsed();
    let memory = resident()? - before;
    if contexts.iter_mut().any(|context| context.run(1) != 1) {
        return Err("a context gives something else".to_owned());
    }
    drop(first);
    println!("{} {}", took.as_nanos() as f64 / COUNT as f64, memory / COUNT as f64);
    Ok(())
}
