//! Mistyped names: finds the name that may have been meant.
#![forbid(unsafe_code)]

use crate::limits::{MAX_SIMILAR_CANDIDATES, MAX_SIMILAR_NAME};
use crate::text;

/// Returns the nearest of the known names, if one is near enough to be suggested. Long names, and names after the first
/// `MAX_SIMILAR_CANDIDATES`, are ignored: guests choose some of them, and the work must stay bounded.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = plain(found)?;
    let known = known.into_iter().take(MAX_SIMILAR_CANDIDATES);
    let near = known.filter_map(|known| Some((distance(&plain(known)?, &found)?, known)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Lists the names that exist, for the message about one that does not: the first few, how many more there are, and the nearest.
pub fn listed<'a>(found: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let shown = known.clone().take(8).map(|name| format!("`{}`", text::name(name))).collect::<Vec<_>>();
    let more = match known.clone().count() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let meant = nearest(found, known).filter(|_| shown.len() > 1).map(|meant| format!("; did you mean `{}`?", text::name(meant)));
    match shown.as_slice() {
        [] => "none".to_owned(),
        shown => format!("{}{more}{}", shown.join(", "), meant.unwrap_or_default()),
    }
}

/// Returns the letters of a name in lower case, without separators; `None` if the name is too long.
fn plain(name: &str) -> Option<Vec<char>> {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    (name.len() <= MAX_SIMILAR_NAME).then(|| letters.collect())
}

/// Returns how many letters are changed, added, omitted or swapped with their neighbour; `None` for more than two, or a third of
/// the name.
fn distance(known: &[char], found: &[char]) -> Option<usize> {
    let most = 2.min(known.len() / 3);
    if known.len().abs_diff(found.len()) > most {
        return None;
    }
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    for (i, letter) in found.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in known.iter().enumerate() {
            let mut least = (row[j] + usize::from(letter != other)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *letter == known[j - 1] && found[i - 1] == *other {
                let exchanged: usize = before[j - 1];
                least = least.min(exchanged + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let known = ["calc", "callback", "kv-store", "x"];
        for (found, expected) in [
            ("clac", Some("calc")),
            ("calk", Some("calc")),
            ("CALC", Some("calc")),
            ("kv_store", Some("kv-store")),
            ("kvstro", Some("kv-store")),
            ("y", None),
            ("", None),
            ("calculator", None),
        ] {
            assert_eq!(nearest(found, known), expected, "{found}");
        }
        assert_eq!(nearest("calback", ["calpock", "callback"]), Some("callback"));
        assert_eq!(nearest(&"a".repeat(1 << 20), known), None);
    }

    #[test]
    fn what_there_is_is_listed() {
        let names: Vec<String> = (0..10).map(|index| format!("name-{}", "x".repeat(index))).collect();
        let known = names.iter().map(String::as_str);
        assert_eq!(listed("a", known.clone().take(2)), "`name-`, `name-x`");
        assert!(listed("naem-xxxxxxxxx", known).ends_with(", `name-xxxxxxx` and 2 more; did you mean `name-xxxxxxxxx`?"));
        assert_eq!(listed("a", [].into_iter()), "none");
    }

    #[test]
    fn hostile_names_cost_little() {
        let names = vec!["b".repeat(MAX_SIMILAR_NAME); 100_000];
        let mut seen = 0;
        let known = names.iter().inspect(|_| seen += 1).map(String::as_str);
        assert_eq!(nearest(&"a".repeat(MAX_SIMILAR_NAME), known), None);
        assert_eq!(seen, MAX_SIMILAR_CANDIDATES);
    }
}
