//! Floors: a file of src/ imports only from its own floor or below, no modules import from each other in a circle, and wasmi is
//! named in the interpreter's folder only.
use super::circles::Sources;
use super::imports::{self, Import};
use super::{files, none, short};
use crate::{Result, read};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// The modules of src/ and their floors.
const ROOMS: &[(&str, u32)] = &[
    ("status", 0),
    ("backtrace", 0),
    ("limits", 0),
    ("value", 0),
    ("log", 0),
    ("files", 0),
    ("system", 0),
    ("user_data", 0),
    ("thread", 0),
    ("stack", 0),
    ("timer", 0),
    ("event_loop", 0),
    ("reactor", 0),
    ("panics", 0),
    ("similar", 0),
    ("sized", 0),
    ("tight", 0),
    ("text", 0),
    ("toml_file", 0),
    ("json", 0),
    ("events", 0),
    ("engine", 1),
    ("recording", 2),
    ("host", 2),
    ("hooks", 3),
    ("plugin", 3),
    ("package", 3),
    ("wasi", 3),
    ("context", 4),
    ("config", 4),
    ("execution", 4),
    ("stream", 4),
    ("capi", 5),
    ("api", 5),
];

/// The crates that are named in one folder or file only.
const HOMES: [(&str, &str); 5] = [
    ("wasmi", "engine/interpreter/"),
    ("wasmi_core", "engine/interpreter/"),
    ("wasmtime", "engine/compiled/"),
    ("wasi_common", "engine/wasi/common.rs"),
    ("wiggle", "engine/wasi/common.rs"),
];

/// Checks every file of src/.
pub fn check() -> Result<String> {
    let mut complaints = Vec::new();
    for path in files(&["src"], ".rs") {
        let path_text = short(&path);
        let inside = path_text.trim_start_matches("src/");
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        let source = read(&path)?;
        let tokens: TokenStream = source.parse().map_err(|error| format!("cannot read {path_text}: {error}"))?;
        let mut found = BTreeSet::new();
        words(tokens.clone(), &mut found);
        for (word, home) in HOMES {
            if found.contains(word) && !inside.starts_with(home) {
                complaints.push(format!("{path_text} names {word}, which only src/{home} may"));
            }
        }
        if room == "lib" {
            continue;
        }
        let Some(floor) = floor_of(room) else {
            complaints.push(format!("{path_text} is on no floor: add `{room}` to xtask/src/check/floors.rs"));
            continue;
        };
        let rooms: BTreeSet<String> = imports::of(tokens).into_iter().filter_map(room_of).collect();
        for import in rooms {
            if floor_of(&import).is_some_and(|other| other > floor) {
                complaints.push(format!("{path_text}, on floor {floor}, imports from crate::{import}, which is higher"));
            }
        }
    }
    complaints.extend(Sources::of_library()?.circles());
    none(complaints)
}

/// Returns the module of an import, if it begins with `crate`.
fn room_of(import: Import) -> Option<String> {
    let mut path = import.path.into_iter();
    path.next().filter(|first| first == "crate").and_then(|_| path.next())
}

fn floor_of(room: &str) -> Option<u32> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Returns all words of a file, without those in comments and strings.
fn words(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Ident(word) => {
                found.insert(word.to_string());
            }
            _ => {}
        }
    }
}
