//! Floors: a file of src/ imports only from its own floor or below, and wasmi stays on the engine's.
use super::{files, none, short};
use crate::{Result, read};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// The rooms of src/ and their floors.
const ROOMS: &[(&str, u32)] = &[
    ("status", 0),
    ("limits", 0),
    ("value", 0),
    ("log", 0),
    ("system", 0),
    ("user_data", 0),
    ("thread", 0),
    ("panics", 0),
    ("similar", 0),
    ("toml_file", 0),
    ("engine", 1),
    ("host", 2),
    ("plugin", 3),
    ("wasi", 3),
    ("context", 4),
    ("config", 4),
    ("capi", 5),
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
        let mut found = Found::default();
        found.look(tokens);
        for word in ["wasmi", "wasmi_wasi", "wasi_common"] {
            let home = if word == "wasmi" { "engine/" } else { "engine/wasi" };
            if found.words.contains(word) && !inside.starts_with(home) {
                complaints.push(format!("{path_text} names {word}, which only src/{home}* may"));
            }
        }
        if room == "lib" {
            continue;
        }
        let Some(floor) = floor_of(room) else {
            complaints.push(format!("{path_text} stands on no floor: add `{room}` to xtask/src/check/floors.rs"));
            continue;
        };
        for import in found.imports {
            if floor_of(&import).is_some_and(|other| other > floor) {
                complaints.push(format!("{path_text}, on floor {floor}, imports from crate::{import}, which is higher"));
            }
        }
    }
    none(complaints)
}

fn floor_of(room: &str) -> Option<u32> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// What a file names.
#[derive(Default)]
struct Found {
    words: BTreeSet<String>,
    /// The first name of every path that begins with `crate::`.
    imports: BTreeSet<String>,
}

impl Found {
    fn look(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.look(group.stream()),
                TokenTree::Ident(word) => {
                    self.words.insert(word.to_string());
                    if word == "crate" && is_colon(tokens.get(index + 1)) && is_colon(tokens.get(index + 2)) {
                        self.import(tokens.get(index + 3));
                    }
                }
                _ => {}
            }
        }
    }

    fn import(&mut self, token: Option<&TokenTree>) {
        match token {
            Some(TokenTree::Ident(name)) => {
                self.imports.insert(name.to_string());
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let mut first = true;
                for token in group.stream() {
                    match token {
                        TokenTree::Ident(name) if first => {
                            self.imports.insert(name.to_string());
                            first = false;
                        }
                        TokenTree::Punct(comma) if comma.as_char() == ',' => first = true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn imports_are_found_wherever_they_stand() {
        let source =
            "use crate::{a::b, c}; // crate::no\n fn f() { crate::d::g(\"crate::no\"); m!(crate::e::E) } pub(crate) struct S;";
        let mut found = Found::default();
        found.look(source.parse().unwrap());
        assert_eq!(found.imports.into_iter().collect::<Vec<_>>(), ["a", "c", "d", "e"]);
        assert!(!found.words.contains("no"));
    }
}
