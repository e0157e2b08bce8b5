//! Names of files in an archive: those that mean the same file below one directory on every system.
#![forbid(unsafe_code)]

use crate::limits::{MAX_PACKAGE_DEPTH, MAX_PACKAGE_NAME};
use crate::text;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use unicode_normalization::UnicodeNormalization;

/// Names that Windows takes for devices, also with an extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Checks the names of files and folders: each one alone, and that no two are one on a system that ignores case or the Unicode
/// normal form.
pub fn check<'a>(names: impl Iterator<Item = (&'a str, bool)>) -> Result<(), String> {
    let names: Vec<(&str, bool)> = names.collect();
    let mut folded = Vec::with_capacity(names.len());
    for (name, _) in &names {
        if let Err(why) = check_name(name) {
            return Err(format!("has an entry `{}` {why}", text::name(name)));
        }
        folded.push(fold(name));
    }
    let mut seen = HashMap::new();
    for ((name, is_folder), folded) in names.iter().zip(&folded) {
        // Each folder on the way, then the name itself.
        let ends = |name: &str| name.match_indices('/').map(|(at, _)| at).chain([name.len()]).collect::<Vec<_>>();
        let (ends, folded_ends) = (ends(name), ends(folded));
        for (end, folded_end) in ends.iter().zip(folded_ends) {
            let (part, is_last) = (&name[..*end], *end == name.len());
            let kind = if is_last && !is_folder { Kind::File } else { Kind::Folder { listed: is_last } };
            match seen.entry(&folded[..folded_end]) {
                Entry::Vacant(free) => drop(free.insert((part, kind))),
                Entry::Occupied(mut found) => {
                    let (other, other_kind) = *found.get();
                    require_one(part, other)?;
                    found.insert((part, join(part, kind, other_kind)?));
                }
            }
        }
    }
    Ok(())
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Kind {
    File,
    /// A folder, and whether it has an entry of its own.
    Folder {
        listed: bool,
    },
}

/// Joins what two entries say of one name.
fn join(name: &str, one: Kind, other: Kind) -> Result<Kind, String> {
    let shown = text::name(name);
    match (one, other) {
        (Kind::Folder { listed: true }, Kind::Folder { listed: true }) | (Kind::File, Kind::File) => {
            Err(format!("has two entries with the name `{shown}`; tools would unpack one or the other"))
        }
        (Kind::Folder { listed: one }, Kind::Folder { listed: other }) => Ok(Kind::Folder { listed: one || other }),
        _ => Err(format!("has an entry `{shown}` that is both a file and a folder")),
    }
}

fn require_one(name: &str, other: &str) -> Result<(), String> {
    if name == other {
        return Ok(());
    }
    let (name, other) = (text::name(name), text::name(other));
    Err(format!(
        "has the entries `{other}` and `{name}`, which are one file where names differ in more than case and Unicode form; rename one"
    ))
}

/// Returns the same for all names that some file system takes for one.
fn fold(name: &str) -> String {
    name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
}

/// Returns why a name is refused.
fn check_name(name: &str) -> Result<(), String> {
    if name.len() > MAX_PACKAGE_NAME {
        return Err(format!("whose name has {} bytes, and may have {MAX_PACKAGE_NAME}", name.len()));
    }
    if name.contains(|letter: char| letter.is_control()) {
        return Err("whose name contains a control character".to_owned());
    }
    if name.as_bytes().get(1) == Some(&b':') {
        return Err("whose name begins with a drive letter; names are relative to the package".to_owned());
    }
    if name.contains('\\') {
        return Err("whose name contains a backslash; folders are separated by `/`".to_owned());
    }
    if name.starts_with('/') {
        return Err("whose name is an absolute path; names are relative to the package".to_owned());
    }
    if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Err("whose name contains one of `< > : \" | ? *`, which is not possible on every system; rename it".to_owned());
    }
    let mut parts = name.split('/');
    if parts.clone().count() > MAX_PACKAGE_DEPTH {
        return Err(format!("that is more than {MAX_PACKAGE_DEPTH} folders deep"));
    }
    parts.try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), String> {
    let device = |name: &str| {
        let numbered = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
        DEVICES.contains(&name) || numbered.is_some_and(|digit| digit.chars().count() == 1 && "0123456789¹²³".contains(digit))
    };
    match part {
        "" => Err("whose name has an empty part".to_owned()),
        "." | ".." => Err(format!("whose name contains `{part}`: it would lead out of the directory of the package")),
        _ if part.ends_with(['.', ' ']) => {
            Err("whose name ends with a dot or a space, which Windows drops; rename it".to_owned())
        }
        _ if part.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(".libvm")) => {
            Err("whose name begins with `.libvm`, which libvm keeps for its own files; rename it".to_owned())
        }
        _ if device(part.split('.').next().unwrap_or(part).trim_end().to_lowercase().as_str()) => {
            Err("whose name is that of a device on Windows; rename it".to_owned())
        }
        _ => Ok(()),
    }
}
