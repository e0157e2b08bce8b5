//! Licences of what libvm links: which are allowed, and their texts.
use super::linked::{Kind, Part};
use crate::{Result, read};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Licences that ask for no more than a notice.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "blessing",
];

/// How the names of files with licences and notices begin.
const FILES: &[&str] = &["licen", "copying", "copyright", "notice", "unlicense"];

/// SQLite's licence, which is in each of its files.
const BLESSING: &str = "\
The author disclaims copyright to this source code.  In place of a legal notice, here is a blessing:

   May you do good and not evil.
   May you find forgiveness for yourself and forgive others.
   May you share freely, never taking more than you give.
";

/// What the licence of LLVM, and of wasmtime, adds to Apache-2.0.
const LLVM_EXCEPTION: &str = "\
--- LLVM Exceptions to the Apache 2.0 License ----

As an exception, if, as a result of your compiling your source code, portions
of this Software are embedded into an Object form of such source code, you
may redistribute such embedded portions in such Object form without complying
with the conditions of Sections 4(a), 4(b) and 4(d) of the License.

In addition, if you combine or link compiled forms of this Software with
software that is licensed under the GPLv2 (\"Combined Software\") and if a
court of competent jurisdiction determines that the patent provision (Section
3), the indemnity provision (Section 9) or other Section of the License
conflicts with the conditions of the GPLv2, you may retroactively and
prospectively choose to deem waived or otherwise exclude such Section(s) of
the License, but only in their entirety and only with respect to the Combined
Software.
";

/// Checks that the licence of a part is allowed, that is, all of one choice that the expression offers.
pub fn check(part: &Part) -> Result {
    if part.licence.is_empty() {
        return Err(format!("{} names no licence", part.title()));
    }
    let complain = |what: String| format!("{} has the licence \"{}\": {what}", part.title(), part.licence);
    let choices = choices(&part.licence).map_err(complain)?;
    let unknown = |all: &Vec<String>| all.iter().find(|name| !ALLOWED.contains(&name.as_str())).cloned();
    // One unknown name of each choice, or nothing if there is a choice without.
    match choices.iter().map(unknown).collect::<Option<Vec<_>>>() {
        None => Ok(()),
        Some(names) => Err(complain(format!("{} is not on the list of xtask/src/dist/licences.rs", names.join(", ")))),
    }
}

/// Returns the choices of an SPDX expression, each as the licences of which all apply.
fn choices(expression: &str) -> Result<Vec<Vec<String>>> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let read = any(&mut words)?;
    match words.next() {
        None => Ok(read),
        Some(word) => Err(format!("{word} is out of place")),
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words) -> Result<Vec<Vec<String>>> {
    let mut found = all(words)?;
    while words.next_if_eq(&"OR").is_some() {
        found.extend(all(words)?);
    }
    Ok(found)
}

fn all(words: &mut Words) -> Result<Vec<Vec<String>>> {
    let mut found = one(words)?;
    while words.next_if_eq(&"AND").is_some() {
        let right = one(words)?;
        let both = |left: &Vec<String>| right.iter().map(|right| [&left[..], right].concat()).collect::<Vec<_>>();
        found = found.iter().flat_map(both).collect();
    }
    Ok(found)
}

fn one(words: &mut Words) -> Result<Vec<Vec<String>>> {
    match words.next() {
        Some("(") => {
            let inner = any(words)?;
            words.next_if_eq(&")").ok_or("a parenthesis is not closed")?;
            Ok(inner)
        }
        None | Some("OR" | "AND" | "WITH" | ")") => Err("a name is missing".to_owned()),
        Some(name) if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().ok_or("the exception is missing")?;
            Ok(vec![vec![format!("{name} WITH {exception}")]])
        }
        Some(name) => Ok(vec![vec![name.to_owned()]]),
    }
}

/// A text of a licence, and the file that it is in.
pub struct Text {
    pub file: String,
    pub text: String,
}

/// Returns the texts that come with a part. Some crates offer Apache-2.0 and come without a text: theirs is the standard one, with the
/// exceptions of LLVM if these belong to it.
pub fn texts(part: &Part) -> Result<Vec<Text>> {
    if part.name == "sqlite" {
        return Ok(vec![Text { file: "sqlite3.h".to_owned(), text: BLESSING.to_owned() }]);
    }
    let mut found = Vec::new();
    // Packages of this workspace have the licence of the whole.
    let folder = if part.kind == Kind::Own { Some(crate::root()) } else { part.folder.as_deref() };
    if let Some(folder) = folder {
        let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
        let names = entries.flatten().filter(|entry| entry.path().is_file()).map(|entry| entry.file_name());
        let mut names: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
        names.retain(|name| FILES.iter().any(|start| name.to_lowercase().starts_with(start)));
        names.sort();
        for file in names {
            let text = read(folder.join(&file))?;
            found.push(Text { file, text });
        }
    }
    let is_licence =
        |text: &Text| !text.file.to_lowercase().starts_with("notice") && !text.file.to_lowercase().starts_with("copyr");
    if !found.iter().any(is_licence) {
        let choices = choices(&part.licence)?;
        let offers = |licence: &str| choices.iter().any(|all| all.iter().any(|name| name == licence));
        let mut text = read("LICENSE-APACHE")?;
        if !offers("Apache-2.0") {
            if !offers("Apache-2.0 WITH LLVM-exception") {
                return Err(format!("{} comes without the text of its licence, {}", part.title(), part.licence));
            }
            text = format!("{}\n\n\n{LLVM_EXCEPTION}", text.trim_end());
        }
        found.push(Text { file: "LICENSE-APACHE".to_owned(), text });
    }
    Ok(found)
}

/// Returns the lines with which a text names the owners of the copyright.
pub fn copyrights(texts: &[Text]) -> Vec<String> {
    let lines = texts.iter().flat_map(|text| text.text.lines()).map(str::trim);
    // The text of Apache-2.0 says how to write such a line.
    let is_owner = |line: &&str| {
        let rest = line.strip_prefix("Copyright ").unwrap_or_default().trim_start_matches("(c) ").trim_start_matches("(C) ");
        let year = rest.starts_with(|first: char| first.is_ascii_digit());
        year || rest.starts_with("©") || rest.starts_with("The ") || rest.starts_with("the ")
    };
    let mut found: Vec<String> = Vec::new();
    for line in lines.filter(is_owner) {
        if !found.iter().any(|known| known == line) {
            found.push(line.to_owned());
        }
    }
    found
}

/// Formats THIRD-PARTY-LICENSES: the parts, then each text once.
pub fn notices(parts: &[Part]) -> Result<String> {
    let foreign = || parts.iter().filter(|part| part.kind != Kind::Own);
    let mut out = "\
The binaries of libvm contain code of the following parts. `OR` between licences leaves the choice to the recipient. The texts
follow.

"
    .to_owned();
    // Texts that differ in white space only are one.
    let mut texts_by_words: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for part in foreign() {
        let repository = part.repository.as_deref().map(|address| format!(", {address}")).unwrap_or_default();
        let _ = writeln!(out, "{}: {}{repository}", part.title(), part.licence);
        for text in texts(part)? {
            let words = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let entry = texts_by_words.entry(words).or_insert_with(|| (text.text, Vec::new()));
            if !entry.1.contains(&part.title()) {
                entry.1.push(part.title());
            }
        }
    }
    let mut texts: Vec<_> = texts_by_words.into_values().collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    for (text, users) in texts {
        let _ = write!(out, "\n{}\n{}\n\n{}\n", "=".repeat(100), users.join(", "), text.trim_end());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn part(licence: &str) -> Part {
        Part {
            name: "some".to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            repository: None,
            authors: Vec::new(),
            checksum: None,
            folder: None,
            uses: BTreeSet::new(),
            kind: Kind::Crate,
        }
    }

    #[test]
    fn a_choice_of_which_all_licences_are_known_is_enough() {
        for known in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "(MIT OR GPL-2.0-only) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
        ] {
            assert_eq!(check(&part(known)), Ok(()), "{known}");
        }
    }

    #[test]
    fn unknown_licences_are_refused_by_name() {
        let refused = |licence: &str| check(&part(licence)).unwrap_err();
        assert_eq!(
            refused("MIT AND GPL-3.0-only"),
            "some 1.0.0 has the licence \"MIT AND GPL-3.0-only\": GPL-3.0-only is not on the list of xtask/src/dist/licences.rs"
        );
        assert!(refused("GPL-2.0-only OR AGPL-3.0-only").contains("GPL-2.0-only, AGPL-3.0-only is not on the list"));
        assert!(refused("Apache-2.0 WITH Other-exception").contains("Apache-2.0 WITH Other-exception is not"));
        assert_eq!(refused(""), "some 1.0.0 names no licence");
        for wrong in ["MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "AND MIT", "Apache-2.0 WITH"] {
            let message = refused(wrong);
            assert!(["missing", "closed", "out of place"].iter().any(|part| message.contains(part)), "{message}");
        }
    }

    #[test]
    fn a_crate_without_a_text_has_to_offer_apache() {
        let message = texts(&part("MIT")).err().unwrap();
        assert_eq!(message, "some 1.0.0 comes without the text of its licence, MIT");
        let text = |licence| texts(&part(licence)).unwrap().remove(0).text;
        assert!(text("MIT OR Apache-2.0").contains("Apache License") && !text("MIT OR Apache-2.0").contains("LLVM"));
        let with_exception = text("Apache-2.0 WITH LLVM-exception");
        assert!(
            with_exception.contains("Apache License") && with_exception.ends_with("with respect to the Combined\nSoftware.\n")
        );
    }

    #[test]
    fn owners_of_copyrights_are_found() {
        let text = "MIT License\n\nCopyright (c) 2019 Some One\nCopyright [yyyy] [name]\nCopyright 2020 Other\nCopyright (c) 2019 Some One\n";
        let texts = [Text { file: "LICENSE".to_owned(), text: text.to_owned() }];
        assert_eq!(copyrights(&texts), ["Copyright (c) 2019 Some One", "Copyright 2020 Other"]);
    }
}
