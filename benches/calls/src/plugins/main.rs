//! What plug-ins cost: their state in memory and in a file, guest buffers beside plain numbers, hooks, other languages, and loading a
//! hundred of them beside opening the same files with nothing but `dlopen`; a regular expression that is compiled once, or in each
//! call; commands; and installing a package.
mod install;
mod languages;
mod processes;

use libvm_bench::race::{Contender, Effort, Race, median};
use libvm_bench::table::{Table, number, ratio};
use std::ffi::{CString, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::ptr::NonNull;
use std::time::Duration;

const USAGE: &str = "\
usage: plugins [--quick] FOLDER

FOLDER has the plug-ins to load; a state file is made in it. first/first.so beside it is loaded before them, first/regex.so is the
plug-in for regular expressions, first/process.so the one for commands, and first/calc-c.so, calc-cpp.so and calc-rust.so are
the same in three languages. A package is made in the folder install beside it.";

#[repr(C)]
struct Opaque([u8; 0]);

unsafe extern "C" {
    fn plugins_open(wasm: *const u8, size: usize, plugin: *const c_char, state_file: *const c_char) -> NonNull<Opaque>;
    fn plugins_run(plugins: NonNull<Opaque>, n: u32) -> u64;
    fn plugins_close(plugins: NonNull<Opaque>);
    fn plugins_load(folder: *const c_char) -> usize;
    fn plugins_prepare(folder: *const c_char, index: *const c_char, wasm: *const u8, size: usize);
    fn plugins_autoload() -> usize;
    fn plugins_open_files(paths: *const *const c_char, count: usize) -> usize;
    fn plugins_processor_time() -> f64;
    fn hooks_open(count: u32) -> NonNull<Opaque>;
    fn hooks_run(hooks: NonNull<Opaque>, n: u32) -> u64;
    fn hooks_close(hooks: NonNull<Opaque>);
}

/// A context with the plug-in that is measured, and a guest.
struct Guest(NonNull<Opaque>);

impl Guest {
    fn new(wasm: &[u8], state_file: Option<&Path>) -> Self {
        Self::with(wasm, None, state_file)
    }

    fn with(wasm: &[u8], plugin: Option<&Path>, state_file: Option<&Path>) -> Self {
        let paths = [plugin.map(c_path), state_file.map(c_path)];
        let [plugin, state_file] = paths.each_ref().map(|path| path.as_ref().map_or(std::ptr::null(), |path| path.as_ptr()));
        // SAFETY: the bytes and the texts are there while the function runs.
        Self(unsafe { plugins_open(wasm.as_ptr(), wasm.len(), plugin, state_file) })
    }

    fn run(&mut self, n: u32) -> u64 {
        // SAFETY: open made it, and it is not closed.
        unsafe { plugins_run(self.0, n) }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { plugins_close(self.0) }
    }
}

fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("a path has no NUL")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["--load", "autoload" | "one", folder] => load_one(words[1] == "autoload", Path::new(folder)),
        ["--load", how, folder] => load_once(how, Path::new(folder)),
        ["--quick", folder] => all(Path::new(folder), true),
        [folder] if !folder.starts_with('-') => all(Path::new(folder), false),
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

fn all(folder: &Path, quick: bool) -> Result<(), String> {
    state(folder, quick)?;
    buffers(quick)?;
    hooks(quick)?;
    let plugins = folder.with_file_name("first");
    expressions(&plugins.join("regex.so"), quick)?;
    languages::languages(&plugins, quick)?;
    processes::processes(&plugins.join("process.so"), quick)?;
    load(folder, if quick { 5 } else { 31 })?;
    autoload(folder, if quick { 5 } else { 101 })?;
    install::install(&folder.with_file_name("install"), &plugins, if quick { 3 } else { 21 })
}

/// A guest whose `loop` leaves the work to a function of the plug-in.
fn keeper(function: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (import "bench" "{function}" (func $work (param i32) (result i64)))
             (func (export "loop") (param i32) (result i64) (call $work (local.get 0))))"#
    );
    wat::parse_str(text).expect("the guest is well-formed")
}

fn state(folder: &Path, quick: bool) -> Result<(), String> {
    // Turns that are long enough to have moments in them when the log is moved into the file.
    let turn = Duration::from_millis(if quick { 50 } else { 500 });
    let effort = Effort { rounds: if quick { 3 } else { 9 }, turn, checks: &[1, 2, 1000] };
    println!("### State, operations a second\n");
    let mut table = Table::new(&["operation", "in memory", "in a file"]);
    for (title, function) in [("put, 100 bytes", "put"), ("get, 100 bytes", "get"), ("increment", "increment")] {
        let path = folder.join("state.db");
        for ending in ["", "-wal", "-lock"] {
            let _ = std::fs::remove_file(folder.join(format!("state.db{ending}")));
        }
        let wasm = keeper(function);
        let (mut memory, mut file) = (Guest::new(&wasm, None), Guest::new(&wasm, Some(&path)));
        let mut contenders = [
            Contender { name: "memory", run: Box::new(move |n| memory.run(n)) },
            Contender { name: "file", run: Box::new(move |n| file.run(n)) },
        ];
        let race = Race::run(&mut contenders, effort)?;
        let rate = |name| number(race.nanoseconds(name).map(|time| 1e9 / time));
        table.row([title.to_owned(), rate("memory"), rate("file")]);
    }
    println!("{table}");
    Ok(())
}

/// A guest whose `loop` calls a function of the plug-in with two numbers: an address and a length.
fn caller(module: &str, function: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (import "{module}" "{function}" (func $work (param i32 i32) (result i32)))
             (memory (export "memory") 1)
             (func (export "loop") (param $n i32) (result i64) (local $i i32) (local $x i32)
               (loop $next
                 (local.set $x (i32.add (local.get $x) (call $work (i32.const 64) (i32.and (local.get $i) (i32.const 127)))))
                 (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
               (i64.extend_i32_u (local.get $x))))"#
    );
    wat::parse_str(text).expect("the guest is well-formed")
}

fn buffers(quick: bool) -> Result<(), String> {
    let rounds = if quick { 15 } else { 201 };
    let effort = Effort { rounds, turn: Duration::from_millis(1), checks: &[1, 2, 1000] };
    let (mut buffer, mut plain) = (Guest::new(&caller("bench", "buffer"), None), Guest::new(&caller("bench", "plain"), None));
    let mut contenders = [
        Contender { name: "buffer", run: Box::new(move |n| buffer.run(n)) },
        Contender { name: "plain", run: Box::new(move |n| plain.run(n)) },
    ];
    let race = Race::run(&mut contenders, effort)?;
    println!("### Guest buffers\n");
    let mut table = Table::new(&["call", "ns", "÷ two plain numbers"]);
    let row = |title: &str, name| [title.to_owned(), number(race.nanoseconds(name)), ratio(race.ratio(name, "plain"))];
    table.row(row("one guest buffer, `(<~)i`", "buffer"));
    table.row(row("two plain numbers, `(ii)i`", "plain"));
    println!("{table}");
    Ok(())
}

/// A guest whose `loop` matches a text with a regular expression: a parameter, or one that is passed in each call.
fn matcher(once: bool) -> Vec<u8> {
    const PATTERN: &str = r"^[a-z.]+@[a-z]+\\.(com|org)$";
    let (function, types, arguments) = match once {
        false => ("is_match", "i32 i32 i32", "(i32.const 1)"),
        true => ("is_match_once", "i32 i32 i32 i32", "(i32.const 0) (i32.const 27)"),
    };
    let text = format!(
        r#"(module (import "regex" "{function}" (func $work (param {types}) (result i32)))
             (memory (export "memory") 1) (data (i32.const 0) "{PATTERN}") (data (i32.const 64) "someone.else@example.com")
             (func (export "loop") (param $n i32) (result i64) (local $i i32) (local $x i32)
               (loop $next
                 (local.set $x (i32.add (local.get $x) (call $work {arguments} (i32.const 64) (i32.const 24))))
                 (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
               (i64.extend_i32_u (local.get $x)))
             (@custom "libvm.param" "\26\00\00\00\01\00\00\00\05\00regex{PATTERN}"))"#
    );
    wat::parse_str(text).expect("the guest is well-formed")
}

fn expressions(plugin: &Path, quick: bool) -> Result<(), String> {
    let rounds = if quick { 15 } else { 101 };
    let effort = Effort { rounds, turn: Duration::from_millis(5), checks: &[1, 2, 100] };
    let [mut compiled, mut once] = [false, true].map(|once| Guest::with(&matcher(once), Some(plugin), None));
    let mut contenders = [
        Contender { name: "compiled", run: Box::new(move |n| compiled.run(n)) },
        Contender { name: "once", run: Box::new(move |n| once.run(n)) },
    ];
    let race = Race::run(&mut contenders, effort)?;
    println!("### Regular expressions\n");
    let mut table = Table::new(&["call, with a text of 24 bytes", "ns", "÷ a parameter"]);
    let row = |title: &str, name| [title.to_owned(), number(race.nanoseconds(name)), ratio(race.ratio(name, "compiled"))];
    table.row(row("the pattern is a parameter, compiled once", "compiled"));
    table.row(row("the pattern is compiled in the call", "once"));
    println!("{table}");
    Ok(())
}

/// A context with the hooks of some plug-ins at a point.
struct Hooks(NonNull<Opaque>);

impl Hooks {
    fn new(count: u32) -> Self {
        // SAFETY: it takes a number.
        Self(unsafe { hooks_open(count) })
    }

    fn run(&mut self, n: u32) -> u64 {
        // SAFETY: open made it, and it is not closed.
        unsafe { hooks_run(self.0, n) }
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        // SAFETY: as above; this happens once.
        unsafe { hooks_close(self.0) }
    }
}

fn hooks(quick: bool) -> Result<(), String> {
    let effort = Effort { rounds: if quick { 15 } else { 201 }, turn: Duration::from_millis(1), checks: &[1, 2, 1000] };
    let (mut none, mut one, mut ten) = (Hooks::new(0), Hooks::new(1), Hooks::new(10));
    let mut contenders = [
        Contender { name: "0", run: Box::new(move |n| none.run(n)) },
        Contender { name: "1", run: Box::new(move |n| one.run(n)) },
        Contender { name: "10", run: Box::new(move |n| ten.run(n)) },
    ];
    let race = Race::run(&mut contenders, effort)?;
    println!("### Hooks\n");
    let mut table = Table::new(&["plug-ins with a hook at the point", "ns"]);
    for name in ["0", "1", "10"] {
        table.row([name.to_owned(), number(race.nanoseconds(name))]);
    }
    println!("{table}");
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "so")).collect();
    files.sort();
    Ok(files)
}

/// Bytes of this process that are in memory.
fn resident() -> Result<f64, String> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").map_err(|error| format!("cannot read my own size: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|line| line.trim_end_matches("kB").trim().parse::<f64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024.0).ok_or_else(|| "the system does not tell my size".to_owned())
}

/// Loads all once, and writes how long that kept the processor, in seconds, and how much memory it took. One other has been loaded
/// before: what is measured is plug-ins, not how the code that loads them comes into memory.
fn load_once(how: &str, folder: &Path) -> Result<(), String> {
    let paths: Vec<CString> = files(folder)?.iter().map(|path| c_path(path)).collect();
    let pointers: Vec<*const c_char> = paths.iter().map(|path| path.as_ptr()).collect();
    let (first, folder) = (c_path(&folder.with_file_name("first").join("first.so")), c_path(folder));
    // SAFETY: a text that is there while the function runs.
    let load = |path: &CString| unsafe { plugins_load(path.as_ptr()) };
    // SAFETY: so many texts that are there while the function runs.
    let open = |paths: &[*const c_char]| unsafe { plugins_open_files(paths.as_ptr(), paths.len()) };
    let bare = how == "dlopen";
    let warm = if bare { open(&[first.as_ptr()]) } else { load(&first) };
    let before = resident()?;
    // SAFETY: it takes nothing.
    let time = || unsafe { plugins_processor_time() };
    let start = time();
    let count = if bare { open(&pointers) } else { load(&folder) };
    let took = time() - start;
    if (warm, count) != (1, paths.len()) {
        return Err(format!("{count} of {} plug-ins were loaded", paths.len()));
    }
    println!("{took} {} {count}", resident()? - before);
    Ok(())
}

/// The plug-in that is loaded alone.
const ONE: &str = "many-042";

/// Prepares that a guest which imports from a plug-in of a folder loads it.
fn prepare(folder: &Path, plugin: &str) {
    let text = format!(r#"(module (import "{plugin}" "add" (func (param i32 i32) (result i32))))"#);
    let wasm = wat::parse_str(text).expect("the guest is well-formed");
    let index = c_path(&folder.join("plugins.index"));
    // SAFETY: texts and bytes that are there while the function runs.
    unsafe { plugins_prepare(c_path(folder).as_ptr(), index.as_ptr(), wasm.as_ptr(), wasm.len()) };
}

/// Loads one of many, by its path or for a guest that imports from it, and writes as `load_once` does. Another one has been loaded in
/// both ways before.
fn load_one(by_import: bool, folder: &Path) -> Result<(), String> {
    let first = folder.with_file_name("first");
    let one = c_path(&folder.join(format!("{ONE}.so")));
    prepare(&first, "first");
    // SAFETY: texts that are there while the functions run; what loads was prepared.
    let warm = unsafe { (plugins_load(c_path(&first.join("first.so")).as_ptr()), plugins_autoload()) };
    prepare(folder, ONE);
    // SAFETY: as above.
    let (count, took, grown) = unsafe {
        let (before, start) = (resident()?, plugins_processor_time());
        let count = if by_import { plugins_autoload() } else { plugins_load(one.as_ptr()) };
        (count, plugins_processor_time() - start, resident()? - before)
    };
    if warm != (1, 1) {
        return Err(format!("{warm:?} plug-ins were loaded first instead of one"));
    }
    if count != 1 {
        return Err(format!("{count} plug-ins were loaded instead of one"));
    }
    println!("{took} {grown} {count}");
    Ok(())
}

/// Loads in a process of its own; returns what that writes.
fn in_process(how: &str, folder: &Path) -> Result<[f64; 3], String> {
    let me = std::env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    let output = Command::new(&me).args(["--load", how]).arg(folder).output().map_err(|error| format!("cannot run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Loads one of many by its path and for an import, in processes of their own, with an index from the second one on.
fn autoload(folder: &Path, rounds: usize) -> Result<(), String> {
    let _ = std::fs::remove_file(folder.join("plugins.index"));
    let fresh = in_process("autoload", folder)?[0];
    let (mut chosen, mut named, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (autoload, one) = (in_process("autoload", folder)?[0], in_process("one", folder)?[0]);
        chosen.push(autoload);
        named.push(one);
        ratios.push(autoload / one);
    }
    let milliseconds = |time: f64| number(Some(time / 1e-3));
    println!("### Loading one plug-in of {} for an import\n", files(folder)?.len());
    let mut table = Table::new(&["", "for an import", "by its path", "ratio"]);
    table.row([
        "time of the processor, ms".to_owned(),
        milliseconds(median(chosen)),
        milliseconds(median(named)),
        ratio(Some(median(ratios))),
    ]);
    table.row(["the same, without an index yet, ms".to_owned(), milliseconds(fresh), "–".to_owned(), "–".to_owned()]);
    println!("{table}");
    Ok(())
}

/// Loads all in processes of their own: a library that is open already costs nothing to open.
fn load(folder: &Path, rounds: usize) -> Result<(), String> {
    let mut found: [Vec<[f64; 3]>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (found, how) in found.iter_mut().zip(["libvm", "dlopen"]) {
            found.push(in_process(how, folder)?);
        }
    }
    let middle = |of: usize, column: usize| median(found[of].iter().map(|row| row[column]).collect());
    let times =
        |column: usize| median(found[0].iter().zip(&found[1]).map(|(libvm, bare)| libvm[column] / bare[column]).collect());
    println!("### Loading {} plug-ins from a folder\n", middle(0, 2));
    let mut table = Table::new(&["", "libvm", "`dlopen` alone", "ratio"]);
    let row = |title: &str, column, unit: f64| {
        let [libvm, bare] = [0, 1].map(|of| number(Some(middle(of, column) / unit)));
        [title.to_owned(), libvm, bare, ratio(Some(times(column)))]
    };
    table.row(row("time of the processor, ms", 0, 1e-3));
    table.row(row("memory, KiB", 1, 1024.0));
    println!("{table}");
    Ok(())
}
