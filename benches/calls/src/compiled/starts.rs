//! From the file of a module to its instance, in a new process: the first start, and the second one, which finds code in the cache.
use crate::in_a_process;
use libvm_bench::guests::{Options, Shared};
use libvm_bench::race::median;
use libvm_bench::table::{Table, number, ratio};
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Instant;

/// The modules, and in how many milliseconds they should start from the cache.
const MODULES: [(&str, &str, &str); 3] =
    [("sql.js, 0.7 MB", "sql", "9"), ("esbuild, 14 MB", "esbuild", "25"), ("CPython, 21 MB", "python", "40")];

/// How a guest runs.
const INTERPRETED: &str = "interpreted";
const COMPILED: &str = "compiled";

/// Writes the table.
///
/// # Errors
/// A message when a module that is there does not start.
pub fn measure(quick: bool, folder: &Path) -> Result<(), String> {
    println!("### Starts\n");
    let mut table = Table::new(&[
        "module",
        "interpreted, ms",
        "first start, `VM_TIER_AUTO` ÷ interpreted (aim: 1.1)",
        "second start, from the cache, ms",
        "aim, ms",
        "÷ interpreted (aim: below 1)",
    ]);
    let mut notes = Vec::new();
    for (title, name, aim) in MODULES {
        let path = folder.join(name).with_extension("wasm");
        if let Err(why) = path.metadata() {
            notes.push(format!("- {title} is not available here: {why}"));
            continue;
        }
        let (empty, full) = (folder.join("cache/empty"), folder.join("cache/full"));
        let start = |options: Options, cache: &Path, tier: &str| {
            let time = in_a_process("--start", options, |run| run.arg(tier).arg(&path).env("XDG_CACHE_HOME", cache));
            time.map(|time| time / 1e6)
        };
        start(Options::COMPILED, &full, COMPILED)?;
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..if quick { 7 } else { 31 } {
            // Nobody has compiled it before; a compilation that has begun ends with its process.
            let _ = fs::remove_dir_all(&empty);
            times[0].push(start(Options::PLAIN, &empty, INTERPRETED)?);
            times[1].push(start(Options::AUTO, &empty, INTERPRETED)?);
            times[2].push(start(Options::AUTO, &full, COMPILED)?);
        }
        let against =
            |index: usize| ratio(Some(median(times[index].iter().zip(&times[0]).map(|(own, other)| own / other).collect())));
        let [interpreted, _, second] = times.each_ref().map(|times| number(Some(median(times.clone()))));
        table.row([title.to_owned(), interpreted, against(1), second, aim.to_owned(), against(2)]);
    }
    println!("{table}");
    notes.iter().for_each(|note| println!("{note}"));
    Ok(())
}

/// Writes nanoseconds from the file to the instance, which runs as `tier` says.
///
/// # Errors
/// A message when the instance runs otherwise.
pub fn report(options: Options, tier: &str, path: &Path) -> Result<(), String> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    let start = Instant::now();
    let shared = Shared::from_file(&path, options);
    let mut guest = shared.guest();
    let took = start.elapsed();
    let found = if guest.is_compiled() { COMPILED } else { INTERPRETED };
    if found != tier {
        return Err(format!("the guest is {found} instead of {tier}"));
    }
    println!("{}", took.as_nanos());
    Ok(())
}
