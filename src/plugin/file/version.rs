//! Versions of plug-ins, and the names of their files.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::fmt;

/// A plug-in's version: any string. Semantic versions are ordered by their precedence, all others by natural order (numbers in
/// them by value) below every semantic one. A leading `v` is not part of it.
#[derive(Clone, Debug)]
pub struct Version {
    text: Box<str>,
    semantic: Option<semver::Version>,
}

impl Version {
    /// Parses a version; every string is valid.
    pub fn new(text: &str) -> Self {
        let text = match text.strip_prefix('v') {
            Some(rest) if rest.starts_with(|letter: char| letter.is_ascii_digit()) => rest,
            _ => text,
        };
        Self { text: text.into(), semantic: semver::Version::parse(text).ok() }
    }

    /// Returns the string, without a leading `v`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether it is a semantic version in this range; others are in no range.
    pub fn is_in(&self, range: &semver::VersionReq) -> bool {
        self.semantic.as_ref().is_some_and(|version| range.matches(version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.semantic, &other.semantic) {
            // The order of semver's type: the precedence, with build metadata distinguishing otherwise equal versions.
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (None, None) => natural(self.text.as_bytes(), other.text.as_bytes()),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

/// Compares two decimal numbers of any length by value.
pub fn by_value(a: &[u8], b: &[u8]) -> Ordering {
    let significant = |digits: &[u8]| digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    let (a, b) = (&a[significant(a)..], &b[significant(b)..]);
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Returns the number of leading digits.
pub fn leading_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn natural(a: &[u8], b: &[u8]) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.first(), right.first()) {
        let (m, n) = (leading_digits(left), leading_digits(right));
        if m > 0 && n > 0 {
            match by_value(&left[..m], &right[..n]) {
                Ordering::Equal => (left, right) = (&left[m..], &right[n..]),
                unequal => return unequal,
            }
        } else if x == y {
            (left, right) = (&left[1..], &right[1..]);
        } else {
            return x.cmp(y);
        }
    }
    // `1.01` and `1.1` are the same numbers, but not the same version.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The parts of the name of a plug-in's file.
#[derive(Debug, PartialEq, Eq)]
pub struct FileName<'a> {
    /// The number before it, as in `10-zip`: digits.
    pub number: Option<&'a str>,
    /// The name.
    pub name: &'a str,
    /// The version, as in `zip@1.2.0`.
    pub version: Option<Version>,
}

impl<'a> FileName<'a> {
    /// Parses a file name without its extension.
    pub fn parse(stem: &'a str) -> Self {
        let digits = leading_digits(stem.as_bytes());
        let (number, rest) = match stem[digits..].strip_prefix('-') {
            Some(rest) if digits > 0 && !rest.is_empty() => (Some(&stem[..digits]), rest),
            _ => (None, stem),
        };
        let (name, version) = match rest.split_once('@') {
            Some((name, version)) => (name, Some(Version::new(version))),
            None => (rest, None),
        };
        Self { number, name, version }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let rising = [
            "",
            "1",
            "1.01",
            "1.1",
            "1.2",
            "1.9",
            "1.10",
            "2",
            "2024-09",
            "2024-10",
            "alpha",
            "beta2",
            "beta10",
            "vanilla", // natural
            "0.9.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-rc.9",
            "1.0.0-rc.10",
            "1.0.0",
            "1.2.0",
            "1.10.0",
            "v2.0.0", // semantic
        ];
        let made: Vec<Version> = rising.iter().map(|text| Version::new(text)).collect();
        for (i, a) in made.iter().enumerate() {
            for (j, b) in made.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} and {b}");
            }
        }
        assert_eq!(Version::new("v1.2.0"), Version::new("1.2.0"));
        assert_ne!(Version::new("vanilla"), Version::new("anilla"));
    }

    #[test]
    fn ranges_hold_semantic_versions_only() {
        let range = semver::VersionReq::parse(">=1.2").unwrap();
        assert!(Version::new("v1.3.0").is_in(&range));
        assert!(!Version::new("1.1.0").is_in(&range));
        assert!(!Version::new("2024-10").is_in(&range));
    }

    #[test]
    fn file_names_are_taken_apart() {
        let parse = |stem| {
            let FileName { number, name, version } = FileName::parse(stem);
            (number, name, version.map(|version| version.to_string()))
        };
        assert_eq!(parse("zip"), (None, "zip", None));
        assert_eq!(parse("010-zip@v1.2.0"), (Some("010"), "zip", Some("1.2.0".to_owned())));
        assert_eq!(parse("zip@2024"), (None, "zip", Some("2024".to_owned())));
        assert_eq!(parse("7zip"), (None, "7zip", None));
        assert_eq!(parse("7-"), (None, "7-", None));
        assert_eq!(parse("-zip"), (None, "-zip", None));
    }
}
