//! The signals that end a command.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Returns the signals that end a command. Those that its parent has it ignore, as `nohup` does, stay ignored.
pub fn ending() -> impl Iterator<Item = i32> {
    let ignored = ignored();
    [SIGINT, SIGTERM, SIGHUP].into_iter().filter(move |signal| ignored & (1 << (signal - 1)) == 0)
}

/// Returns the ignored signals, a bit for each; none on systems that do not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
