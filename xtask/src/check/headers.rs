//! Headers: each compiles alone, twice and with the others, in every language version and with every macro, without a warning.
use super::{files, none, short};
use crate::{Result, command, root, target, write};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

const C: &[&str] = &["-std=c99", "-std=c11", "-std=c2x"];
const CPP: &[&str] = &["-std=c++17"];
/// The styles of errors of libvm.hpp.
const STYLES: &[&[&str]] = &[&[], &["-DVM_CPP_RESULTS"], &["-fno-exceptions", "-fno-rtti"]];
const ALONE: &[&[&str]] = &[&[]];
const SWITCHES: &[&[&str]] =
    &[&[], &["-DVM_NO_INLINE"], &["-DVM_PLUGIN_BUILTIN=x"], &["-DVM_NO_INLINE", "-DVM_PLUGIN_BUILTIN=x"]];

type Switches = &'static [&'static [&'static str]];

/// Compiles all combinations.
pub fn check() -> Result<String> {
    let include = |path: &str| format!("#include <{}>\n", path.trim_start_matches("include/"));
    let headers: Vec<String> = files(&["include"], ".h").iter().map(|path| short(path)).collect();
    let mut sources: Vec<(String, bool, Switches)> =
        headers.iter().map(|path| (include(path).repeat(2), true, SWITCHES)).collect();
    let both = headers.iter().map(|path| include(path)).collect::<Vec<_>>();
    sources.push((both.concat(), true, SWITCHES));
    sources.push((both.iter().rev().map(String::as_str).collect(), true, SWITCHES));
    for path in files(&["include"], ".hpp").iter().map(|path| short(path)) {
        let switches = match path.matches('/').count() {
            1 => STYLES,
            2 => SWITCHES,
            // Parts of another header.
            _ => ALONE,
        };
        sources.push((include(&path).repeat(2), false, switches));
    }
    for order in [["libvm.hpp", "libvm/plugin.hpp"], ["libvm/plugin.hpp", "libvm.hpp"]] {
        sources.push((order.map(include).concat(), false, ALONE));
    }

    let (next, count, complaints) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((source, is_c, switches)) = sources.get(index) else { break };
                    // What fails once fails in many combinations: the first is sufficient.
                    if let Err(error) = compile(index, source, *is_c, switches, &count) {
                        complaints.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{source}{error}"));
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().unwrap_or_else(PoisonError::into_inner);
    none(complaints).map(|_| format!("{} compilations", count.into_inner()))
}

fn compile(index: usize, source: &str, is_c: bool, all: Switches, count: &AtomicUsize) -> Result {
    for (ending, compilers, standards) in [("c", ["gcc", "clang"], C), ("cpp", ["g++", "clang++"], CPP)] {
        if ending == "c" && !is_c {
            continue;
        }
        let path = target().join(format!("xtask/headers/{index}.{ending}"));
        // With a declaration of its own: a translation unit must not be empty.
        write(&path, &format!("{source}int main(void);\n"))?;
        for (compiler, standard, switches) in combinations(compilers, standards, all) {
            let mut command = Command::new(compiler);
            command.args([standard, "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]).args(switches);
            if ending == "c" {
                command.arg("-Wstrict-prototypes");
            }
            command::capture(command.arg("-I").arg(root().join("include")).arg(&path))?;
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

fn combinations<'a>(
    compilers: [&'a str; 2],
    standards: &'a [&'a str],
    all: Switches,
) -> impl Iterator<Item = (&'a str, &'a str, &'static [&'static str])> {
    let standards = move |compiler| standards.iter().map(move |standard| (compiler, *standard));
    let pairs = compilers.into_iter().flat_map(standards);
    pairs.flat_map(|(compiler, standard)| all.iter().map(move |switches| (compiler, standard, *switches)))
}
