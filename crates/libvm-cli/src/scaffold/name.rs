//! Names of new plug-ins.

use std::fmt;

/// The longest name that a manifest has room for.
const LONGEST: usize = 63;

/// Words that are something else for a compiler, a build tool, a file system or libvm.
const RESERVED: &[(&str, &[&str])] = &[
    (
        "is a word of Rust",
        &[
            "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
            "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
            "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
            "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
        ],
    ),
    ("is a crate of Rust's standard library", &["alloc", "core", "proc_macro", "proc-macro", "std", "test"]),
    (
        "is a target or directory of build tools",
        &[
            "all",
            "build",
            "clean",
            "deps",
            "depend",
            "edit_cache",
            "examples",
            "help",
            "incremental",
            "install",
            "package",
            "package_source",
            "rebuild_cache",
            "src",
            "target",
            "tests",
        ],
    ),
    (
        "is a device on Windows",
        &[
            "aux", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt0", "lpt1", "lpt2",
            "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
        ],
    ),
    ("is a module that libvm provides", &["wasi_snapshot_preview1", "wasi_unstable"]),
    ("is a plug-in that is shipped with libvm", &["logging", "process", "regex"]),
];

/// The name of a new plug-in: of its directory, its library, its module and its package.
#[derive(Clone, Debug)]
pub struct Name(String);

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// It is not possible in one of the languages, or in libvm: the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        const RULE: &str = "a name consists of letters, digits, `-` and `_`, and begins with a letter";
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if !text.starts_with(|first: char| first.is_ascii_alphabetic()) || !text.chars().all(allowed) {
            return Err(RULE.to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("it has {} letters; {LONGEST} is the most", text.len()));
        }
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("libvm") {
            return Err("names that begin with `libvm` are libvm's own".to_owned());
        }
        let reserved = RESERVED.iter().find(|(_, words)| words.contains(&lower.as_str()));
        reserved.map_or_else(|| Ok(Self(text.to_owned())), |(why, _)| Err(format!("`{text}` {why}")))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_possible_everywhere() {
        for name in ["greet", "my-plugin", "my_plugin", "a", "Zip2", &"n".repeat(63)] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
        let rule = "a name consists of letters, digits, `-` and `_`, and begins with a letter";
        for name in ["", "2d", "-a", "_a", ".", "..", "a/b", "a b", "a.b", "ä", "a\u{1b}[31m", "a\n", "../a"] {
            assert_eq!(Name::parse(name).unwrap_err(), rule, "{name:?}");
        }
        for (name, why) in [
            ("fn", "`fn` is a word of Rust"),
            ("Self", "`Self` is a word of Rust"),
            ("test", "`test` is a crate of Rust's standard library"),
            ("build", "`build` is a target or directory of build tools"),
            ("NUL", "`NUL` is a device on Windows"),
            ("process", "`process` is a plug-in that is shipped with libvm"),
            ("libvm-plugin", "names that begin with `libvm` are libvm's own"),
        ] {
            assert_eq!(Name::parse(name).unwrap_err(), why);
        }
        assert_eq!(Name::parse(&"n".repeat(64)).unwrap_err(), "it has 64 letters; 63 is the most");
    }
}
