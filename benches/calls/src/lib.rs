//! Measuring contenders against each other: interleaved rounds, medians, tables.
//!
//! The machine may be busy: each round lets every contender run once, and what is compared is the median over the rounds of
//! the ratio within a round, which a slow moment touches on both sides.
#[cfg(feature = "run")]
pub mod guests;
#[cfg(feature = "peer")]
pub mod peer;
pub mod race;
#[cfg(feature = "run")]
pub mod suspended;
pub mod table;

/// Bytes of memory that this process has of the system.
///
/// # Errors
/// A message when the system does not say.
pub fn resident() -> Result<f64, String> {
    let text = std::fs::read_to_string("/proc/self/status").map_err(|error| format!("no /proc/self/status: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "VmRSS is no number")?;
    Ok(kib * 1024.0)
}
