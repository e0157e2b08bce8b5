//! Values of options.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;
use std::time::Duration;
use vm::Tier;

/// A directory for the guest.
#[derive(Clone, Debug, PartialEq)]
pub struct Directory {
    pub host: PathBuf,
    pub guest: String,
    pub is_read_only: bool,
}

/// An environment variable of the guest; one without a value has that of this process.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    pub name: String,
    pub value: Option<String>,
}

/// Returns the parser of tiers, which lists them in the help and in completions.
pub fn tiers() -> impl TypedValueParser<Value = Tier> {
    PossibleValuesParser::new(Tier::ALL.map(Tier::name)).try_map(|name| Tier::from_name(&name).ok_or("it is not a tier"))
}

/// Reads `HOST`, `HOST:GUEST` or `HOST:GUEST:ro`.
pub fn directory(text: &str) -> Result<Directory, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (host, guest, is_read_only) = match parts[..] {
        [host] => (host, host, false),
        [host, guest] => (host, guest, false),
        [host, guest, "ro"] => (host, guest, true),
        [host, guest, "rw"] => (host, guest, false),
        [_, _, rights] => return Err(format!("\"{rights}\" is neither ro nor rw")),
        _ => return Err("it has more than two colons".into()),
    };
    if host.is_empty() {
        return Err("the directory of the host is empty".into());
    }
    let guest = if guest.is_empty() { host } else { guest };
    Ok(Directory { host: host.into(), guest: guest.into(), is_read_only })
}

/// Reads `NAME=VALUE` or `NAME`.
pub fn variable(text: &str) -> Result<Variable, String> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    if name.is_empty() {
        return Err("the name is empty".into());
    }
    Ok(Variable { name: name.into(), value: value.map(str::to_owned) })
}

/// Reads a time with a unit, in seconds without one.
pub fn time(text: &str) -> Result<Duration, String> {
    /// More is a mistake, and no clock counts to it.
    const MOST: Duration = Duration::from_secs(1_000_000_000);
    const UNITS: &[(&str, f64)] = &[("", 1.0), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3600.0)];
    let seconds = number(text, UNITS).ok_or("it is not a time; write 50ms, 2s, 1.5m or 1h")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if (Duration::from_micros(1)..=MOST).contains(&time) => Ok(time),
        _ => Err("it is not a time from 1us to 1000000000s".into()),
    }
}

/// Reads units of fuel.
pub fn units(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "it is not a number of units from 0 to 18446744073709551615".into())
}

/// Reads a size with a unit, in bytes without one.
pub fn size(text: &str) -> Result<u64, String> {
    const K: f64 = 1024.0;
    const UNITS: &[(&str, f64)] = &[
        ("", 1.0),
        ("B", 1.0),
        ("K", K),
        ("KiB", K),
        ("M", K * K),
        ("MiB", K * K),
        ("G", K * K * K),
        ("GiB", K * K * K),
        ("kB", 1e3),
        ("KB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
    ];
    let bytes = number(text, UNITS).ok_or("it is not a size; write 65536, 512KiB, 16MiB or 1GiB")?;
    if bytes < 9e15 { Ok(bytes as u64) } else { Err("it is more memory than there can be".into()) }
}

/// Reads a decimal number that is not negative, and multiplies it by its unit.
fn number(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes() {
        assert_eq!(time("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(time("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(time("2"), Ok(Duration::from_secs(2)));
        for bad in ["", "ms", "-1s", "1 day", "1e3", "0", "nan", "99999999999h", "99999999999999999999999h"] {
            assert!(time(bad).is_err(), "{bad}");
        }
        assert_eq!(size("16MiB"), Ok(16 << 20));
        assert_eq!(size("1.5 K"), Ok(1536));
        assert_eq!(size("0"), Ok(0));
        for bad in ["", "MiB", "-1", "16mib", "1.2.3", "99999999999GiB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn directories_and_variables() {
        let made = |host: &str, guest: &str, is_read_only| Directory { host: host.into(), guest: guest.into(), is_read_only };
        assert_eq!(directory("a"), Ok(made("a", "a", false)));
        assert_eq!(directory("./a:/b"), Ok(made("./a", "/b", false)));
        assert_eq!(directory("a:/b:ro"), Ok(made("a", "/b", true)));
        assert_eq!(directory("a::ro"), Ok(made("a", "a", true)));
        assert_eq!(directory("a:b:xx"), Err("\"xx\" is neither ro nor rw".into()));
        assert!(directory("").is_err() && directory(":b").is_err() && directory("a:b:ro:c").is_err());
        assert_eq!(variable("A=b=c"), Ok(Variable { name: "A".into(), value: Some("b=c".into()) }));
        assert_eq!(variable("A"), Ok(Variable { name: "A".into(), value: None }));
        assert!(variable("=b").is_err());
    }
}
