//! The order in which plug-ins are loaded: by number, by name, after what they depend on.
#![forbid(unsafe_code)]

use crate::plugin::file::version::{by_value, leading_digits};
use std::cmp::Ordering;
use std::ffi::OsStr;

/// Compares two names of one directory: those with a number before a `-` come first, by number, then the others by their
/// bytes.
pub fn by_name(a: &OsStr, b: &OsStr) -> Ordering {
    let (a, b) = (a.as_encoded_bytes(), b.as_encoded_bytes());
    match (numbered(a), numbered(b)) {
        (Some((m, x)), Some((n, y))) => by_value(m, n).then_with(|| x.cmp(y)).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn numbered(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let (digits, rest) = name.split_at(leading_digits(name));
    if digits.is_empty() { None } else { rest.strip_prefix(b"-").map(|rest| (digits, rest)) }
}

/// Orders items such that each comes after those that it needs, and else those of `first` in that order, then the others as they
/// stood; `needs` has for each item the indices of those. Also gives, for every item that is in a cycle or needs one that is,
/// the cycle: indices in which each needs the next.
pub fn by_need(needs: &[Vec<usize>], first: &[usize]) -> (Vec<usize>, Vec<(usize, Vec<usize>)>) {
    let mut ordered = Vec::with_capacity(needs.len());
    let mut placed = vec![false; needs.len()];
    let next_of = |item: usize, placed: &[bool]| needs[item].iter().copied().find(|other| !placed[*other]);
    let mut waiting = Vec::with_capacity(needs.len());
    let mut pulled = vec![false; needs.len()];
    first.iter().for_each(|item| pull(*item, needs, &mut pulled, &mut waiting));
    waiting.extend((0..needs.len()).filter(|item| !pulled[*item]));
    while let Some(first) = waiting.iter().position(|item| next_of(*item, &placed).is_none()) {
        let item = waiting.remove(first);
        placed[item] = true;
        ordered.push(item);
    }
    let stuck = waiting.iter().map(|item| {
        let mut path = vec![*item];
        while let Some(next) = path.last().and_then(|last| next_of(*last, &placed)) {
            if let Some(begin) = path.iter().position(|passed| *passed == next) {
                path.drain(..begin);
                break;
            }
            path.push(next);
        }
        (*item, path)
    });
    (ordered, stuck.collect())
}

/// Appends an item to a list, after all that it needs, as far as they are not there.
fn pull(item: usize, needs: &[Vec<usize>], pulled: &mut [bool], list: &mut Vec<usize>) {
    // Each step: an item, and how many of its needs are done. No recursion: a chain may be as long as there are plug-ins.
    let mut path = vec![(item, 0)];
    while let Some((item, done)) = path.last_mut() {
        let item = *item;
        if *done == 0 && std::mem::replace(&mut pulled[item], true) {
            path.pop();
        } else if let Some(next) = needs[item].get(*done).copied() {
            *done += 1;
            path.push((next, 0));
        } else {
            list.push(item);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_by_number_and_then_by_bytes() {
        let expected = [
            "0-first.so",
            "1-b.so",
            "9-a.so",
            "009-b.so",
            "10-a.so",
            "10-b.so",
            "20-Z.so",
            "99999999999999999999-x.so",
            "100000000000000000000-w.so",
            "-dash.so",
            "10.so",
            "10_a.so",
            "B.so",
            "Z.so",
            "a-b.so",
            "a.so",
            "a10.so",
            "a2.so",
            "b.so",
            "libc.so",
            "é.so",
        ];
        let mut names: Vec<&OsStr> = expected.iter().rev().map(OsStr::new).collect();
        names.sort_by(|a, b| by_name(a, b));
        assert_eq!(names, expected);
    }

    #[test]
    fn what_is_needed_comes_first() {
        let order = |needs: &[&[usize]]| by_need(&needs.iter().map(|list| list.to_vec()).collect::<Vec<_>>(), &[]);
        assert_eq!(order(&[&[], &[], &[]]), (vec![0, 1, 2], vec![]));
        assert_eq!(order(&[&[3], &[], &[], &[2]]), (vec![1, 2, 3, 0], vec![]));
        let (ordered, stuck) = order(&[&[2], &[], &[0], &[0]]);
        assert_eq!(ordered, [1]);
        assert_eq!(stuck, [(0, vec![0, 2]), (2, vec![2, 0]), (3, vec![0, 2])]);
        assert_eq!(order(&[&[0]]).1, [(0, vec![0])]);
    }

    #[test]
    fn what_is_wished_first_comes_first_after_what_it_needs() {
        let order =
            |needs: &[&[usize]], first: &[usize]| by_need(&needs.iter().map(|list| list.to_vec()).collect::<Vec<_>>(), first);
        assert_eq!(order(&[&[], &[], &[]], &[2, 1]), (vec![2, 1, 0], vec![]));
        assert_eq!(order(&[&[], &[3], &[], &[2, 0]], &[1]), (vec![2, 0, 3, 1], vec![]));
        assert_eq!(order(&[&[], &[], &[0]], &[2, 0, 2]), (vec![0, 2, 1], vec![]));
        assert_eq!(order(&[&[], &[2], &[1]], &[2]), (vec![0], vec![(1, vec![1, 2]), (2, vec![2, 1])]));
        let chain: Vec<Vec<usize>> = (0..50_000).map(|item| if item + 1 < 50_000 { vec![item + 1] } else { vec![] }).collect();
        assert_eq!(by_need(&chain, &[0]).0, (0..50_000).rev().collect::<Vec<_>>());
    }
}
