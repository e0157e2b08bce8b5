//! `SHA256SUMS`: the hashes of the files of a package, as `sha256sum` writes and reads them.
#![forbid(unsafe_code)]

use crate::plugin::file::hash::{Hash, from_hex, hex};
use crate::text;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The name of the file.
pub const FILE: &str = "SHA256SUMS";

/// The name of the file with its signature.
pub const SIGNATURE_FILE: &str = "SHA256SUMS.sig";

/// The hashes of files by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<String, Hash>);

impl Sums {
    /// Reads them: a hash, two spaces or a space and an asterisk, and a name in each line.
    ///
    /// # Errors
    /// The reason, with the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let lines = std::str::from_utf8(bytes).map_err(|_| format!("its `{FILE}` is not valid UTF-8"))?;
        let mut made = BTreeMap::new();
        for (index, line) in lines.lines().enumerate() {
            let wrong = |why: String| Err(format!("line {} of its `{FILE}` {why}", index + 1));
            let fields = line.split_at_checked(64).and_then(|(digits, rest)| {
                let name = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"))?;
                Some((from_hex(digits)?, name.strip_prefix("./").unwrap_or(name)))
            });
            let Some((hash, name)) = fields.filter(|(_, name)| !name.is_empty()) else {
                return wrong("is not a line of `sha256sum`: a hash of 64 digits, two spaces, a name".to_owned());
            };
            if made.insert(name.to_owned(), hash).is_some() {
                return wrong(format!("is the second one of `{}`", text::name(name)));
            }
        }
        Ok(Self(made))
    }

    /// Returns the hash of a file.
    pub fn hash_of(&self, name: &str) -> Option<&Hash> {
        self.0.get(name)
    }

    /// Returns the names of the files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Adds the hash of a file.
    pub fn add(&mut self, name: &str, hash: Hash) {
        self.0.insert(name.to_owned(), hash);
    }

    /// Checks the hash of a file that has a line.
    ///
    /// # Errors
    /// The reason, with both hashes.
    pub fn require(&self, name: &str, found: &Hash) -> Result<(), String> {
        match self.hash_of(name) {
            Some(expected) if expected != found => {
                let (found, expected) = (hex(found), hex(expected));
                Err(format!("`{}` has the SHA-256 {found}, and its `{FILE}` expects {expected}", text::name(name)))
            }
            _ => Ok(()),
        }
    }

    /// Formats them as `sha256sum` does.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, hash) in &self.0 {
            let _ = writeln!(text, "{}  {name}", hex(hash));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_sha256sum_are_read() {
        let (a, b) = ("0a".repeat(32), "0B".repeat(32));
        let made = Sums::parse(format!("{a}  calc.so\n{b} *./data/a b.txt\n").as_bytes()).unwrap();
        assert_eq!(made.names().collect::<Vec<_>>(), ["calc.so", "data/a b.txt"]);
        assert_eq!((made.hash_of("calc.so"), made.hash_of("x")), (Some(&[10; 32]), None));
        assert_eq!(Sums::parse(made.to_text().as_bytes()), Ok(made.clone()));
        made.require("calc.so", &[10; 32]).unwrap();
        let why = made.require("calc.so", &[11; 32]).unwrap_err();
        assert!(why.contains(&b.to_lowercase()) && why.contains(&a), "{why}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let hash = "0a".repeat(32);
        for (text, expected) in [
            (format!("{hash} calc.so"), "line 1 of its `SHA256SUMS` is not a line"),
            (format!("{hash}  "), "line 1 of its `SHA256SUMS` is not a line"),
            (format!("{hash}  a\n\n"), "line 2 of its `SHA256SUMS` is not a line"),
            (format!("{}g  a", &hash[1..]), "line 1 of its `SHA256SUMS` is not a line"),
            ("é".repeat(40), "line 1 of its `SHA256SUMS` is not a line"),
            (format!("{hash}  a\n{hash} *./a"), "line 2 of its `SHA256SUMS` is the second one of `a`"),
        ] {
            let why = Sums::parse(text.as_bytes()).unwrap_err();
            assert!(why.starts_with(expected), "{why}");
        }
        assert!(Sums::parse(b"\xff").unwrap_err().contains("UTF-8"));
    }
}
