//! The imports of a Rust file, read from its tokens: also inside macros and functions, and never from comments or strings.
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its segments, as they are written.
    pub path: Vec<String>,
    /// Its name in the file.
    pub name: String,
    /// Whether others may import it from this file: `pub use`.
    pub shared: bool,
    /// The number of modules around it inside the file.
    pub depth: usize,
}

/// Returns the paths with `::` and the imports of a file, without those of its tests.
pub fn of(tokens: TokenStream) -> Vec<Import> {
    let mut found = Vec::new();
    look(tokens, 0, &mut found);
    found
}

fn look(tokens: TokenStream, depth: usize, found: &mut Vec<Import>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut shared = false;
    let mut at = 0;
    while at < tokens.len() {
        let next = at + 1;
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' && is_test(tokens.get(next)) => {
                at = after_item(&tokens, next + 1);
                shared = false;
            }
            TokenTree::Ident(word) if word == "pub" => {
                let restricted =
                    matches!(tokens.get(next), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                at = next + usize::from(restricted);
                shared = true;
            }
            TokenTree::Ident(word) if word == "use" => {
                let mut paths = Vec::new();
                at = tree(&tokens, next, &[], &mut paths);
                found.extend(paths.into_iter().map(|(path, name)| Import { path, name, shared, depth }));
                shared = false;
            }
            TokenTree::Ident(word) if word == "mod" => {
                at = next + 1;
                if let Some(TokenTree::Group(body)) = tokens.get(at) {
                    look(body.stream(), depth + 1, found);
                    at += 1;
                }
                shared = false;
            }
            TokenTree::Ident(_) if is_separator(&tokens, next) => {
                let mut paths = Vec::new();
                at = tree(&tokens, at, &[], &mut paths);
                found.extend(paths.into_iter().map(|(path, name)| Import { path, name, shared: false, depth }));
            }
            TokenTree::Group(group) => {
                look(group.stream(), depth, found);
                at = next;
            }
            _ => {
                at = next;
                shared = false;
            }
        }
    }
}

/// Reads the tree of a path: `a::{b, c::D as E}`. Returns where it ends.
fn tree(tokens: &[TokenTree], at: usize, prefix: &[String], found: &mut Vec<(Vec<String>, String)>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = if is_separator(tokens, at) { at + 2 } else { at };
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(part)) => {
                path.push(part.to_string());
                at += 1;
                if !is_separator(tokens, at) {
                    break;
                }
                at += 2;
            }
            Some(TokenTree::Group(list)) if list.delimiter() == Delimiter::Brace => {
                branches(list, &path, found);
                return at + 1;
            }
            // `*`, or what follows the `::` of `Vec::<u8>`.
            _ => break,
        }
    }
    let renamed = matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == "as");
    let name = match tokens.get(at + 1) {
        Some(TokenTree::Ident(name)) if renamed => name.to_string(),
        _ if path.last().is_some_and(|last| last == "self") => path[path.len().saturating_sub(2)].clone(),
        _ => path.last().cloned().unwrap_or_default(),
    };
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    found.push((path, name));
    at
}

fn branches(list: &Group, prefix: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    for branch in tokens.split(is_comma).filter(|branch| !branch.is_empty()) {
        tree(branch, 0, prefix, found);
    }
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1))
}

/// Returns whether an attribute marks tests only.
fn is_test(attribute: Option<&TokenTree>) -> bool {
    matches!(attribute, Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Returns the end of the item that begins here.
fn after_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |end| at + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        of(source.parse().unwrap()).into_iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn imports_are_found_wherever_they_stand() {
        let source =
            "use crate::{a::b, c}; // crate::no\n fn f() { crate::d::g(\"crate::no\"); m!(crate::e::E) } pub(crate) struct S;";
        assert_eq!(paths(source), ["crate::a::b", "crate::c", "crate::d::g", "crate::e::E"]);
        assert_eq!(
            paths("use a::{self, b::{c, d as e}}; use ::x::*; fn f() -> y::Z<w::V> { u::<T>() }"),
            ["a", "a::b::c", "a::b::d", "x", "y::Z", "w::V", "u"]
        );
    }

    #[test]
    fn tests_are_left_out() {
        assert_eq!(paths("#[cfg(test)] mod tests { use a::b; } #[cfg(test)] use c::d; #[cfg(unix)] use e::f;"), ["e::f"]);
    }

    #[test]
    fn what_is_passed_on_is_told_apart() {
        let found = of("pub use a::B as C; pub mod x { use d::{self, e}; }".parse().unwrap());
        let told: Vec<_> = found.iter().map(|import| (&*import.name, import.shared, import.depth)).collect();
        assert_eq!(told, [("C", true, 0), ("d", false, 1), ("e", false, 1)]);
    }
}
