//! The order in which plug-ins are loaded: by number, by name, after what they depend on.
#![forbid(unsafe_code)]

use crate::limits::MAX_SHOWN_CYCLE;
use crate::plugin::file::version::{by_value, leading_digits};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
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

/// Items that depend on each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The first [`MAX_SHOWN_CYCLE`] of them, each of which depends on the next.
    pub shown: Vec<usize>,
    /// Their number.
    pub length: usize,
}

impl Cycle {
    /// Formats the cycle for a message: `a → b → a`, with the number of omitted items of a long one.
    pub fn describe<'a>(&self, name: impl Fn(usize) -> &'a str) -> String {
        let mut names: Vec<_> = self.shown.iter().map(|item| format!("`{}`", name(*item))).collect();
        if self.length > names.len() {
            names.push(format!("{} more", self.length - names.len()));
        }
        names.push(names[0].clone());
        format!("{} depend on each other", names.join(" → "))
    }
}

/// Orders items such that each comes after those that it depends on; otherwise those of `first` come first, in that order, then
/// the others in their given order; `needs` has the indices of each item's dependencies. Also returns, for every item that is
/// in a cycle or depends on one that is, the cycle, beginning with the first item of it that it depends on.
pub fn by_need(needs: &[Vec<usize>], first: &[usize]) -> (Vec<usize>, Vec<(usize, Cycle)>) {
    let mut wished = Vec::with_capacity(needs.len());
    let mut pulled = vec![false; needs.len()];
    first.iter().for_each(|item| pull(*item, needs, &mut pulled, &mut wished));
    wished.extend((0..needs.len()).filter(|item| !pulled[*item]));
    let mut rank = vec![0; needs.len()];
    wished.iter().enumerate().for_each(|(index, item)| rank[*item] = index);

    // The number of its dependencies that are not placed yet, and the items that wait for it.
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut waiting = vec![Vec::new(); needs.len()];
    for (item, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|need| waiting[*need].push(item));
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..needs.len()).filter(|item| missing[*item] == 0).map(|item| Reverse(rank[item])).collect();
    let mut ordered = Vec::with_capacity(needs.len());
    while let Some(Reverse(next)) = ready.pop() {
        let item = wished[next];
        ordered.push(item);
        for other in &waiting[item] {
            missing[*other] -= 1;
            if missing[*other] == 0 {
                ready.push(Reverse(rank[*other]));
            }
        }
    }
    wished.retain(|item| missing[*item] > 0);
    let next = |item: usize| needs[item].iter().copied().find(|need| missing[*need] > 0).expect("it waits for one");
    (ordered, cycles(&wished, needs.len(), next))
}

/// Returns the cycle to which each of the items leads; `next` is what it waits for.
fn cycles(stuck: &[usize], count: usize, next: impl Fn(usize) -> usize) -> Vec<(usize, Cycle)> {
    // Where each item enters its cycle, and the length of that.
    let mut entries: Vec<Option<(usize, usize)>> = vec![None; count];
    let mut step = vec![usize::MAX; count];
    for start in stuck {
        let mut path = Vec::new();
        let mut at = *start;
        while entries[at].is_none() && step[at] == usize::MAX {
            step[at] = path.len();
            path.push(at);
            at = next(at);
        }
        // Either a cycle was closed, or the path leads to known items.
        let (mut entry, begin) = match entries[at] {
            Some(known) => (known, path.len()),
            None => ((at, path.len() - step[at]), step[at]),
        };
        for item in &path[begin..] {
            entries[*item] = Some((*item, entry.1));
        }
        if begin < path.len() {
            entry.0 = path[begin];
        }
        for item in &path[..begin] {
            entries[*item] = Some(entry);
        }
    }
    let cycle = |item: &usize| {
        let (entry, length) = entries[*item].expect("all were followed");
        let shown = std::iter::successors(Some(entry), |item| Some(next(*item))).take(length.min(MAX_SHOWN_CYCLE)).collect();
        (*item, Cycle { shown, length })
    };
    stuck.iter().map(cycle).collect()
}

/// Appends an item to a list, after everything that it depends on, unless they are already in it.
fn pull(item: usize, needs: &[Vec<usize>], pulled: &mut [bool], list: &mut Vec<usize>) {
    // Each step: an item, and how many of its dependencies are done. No recursion: a chain may be as long as there are plug-ins.
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

    fn cycle(items: &[usize]) -> Cycle {
        Cycle { shown: items.to_vec(), length: items.len() }
    }

    /// A cycle of a million, as many that lead into it, and as many in a chain: an algorithm of quadratic time would not end.
    #[test]
    fn many_take_no_longer_each() {
        const MANY: usize = 1_000_000;
        let needs: Vec<Vec<usize>> = (0..3 * MANY)
            .map(|item| match item / MANY {
                0 => vec![(item + 1) % MANY],
                1 => vec![item - 1],
                _ => (item + 1 < 3 * MANY).then_some(item + 1).into_iter().collect(),
            })
            .collect();
        let (ordered, stuck) = by_need(&needs, &[]);
        assert!(ordered.iter().copied().eq((2 * MANY..3 * MANY).rev()));
        assert_eq!(stuck.len(), 2 * MANY);
        let names: Vec<String> = (0..MANY).map(|item| format!("p{item}")).collect();
        for (item, cycle) in [&stuck[5], &stuck[MANY + 5]] {
            assert_eq!((cycle.length, cycle.shown.len()), (MANY, MAX_SHOWN_CYCLE), "{item}");
        }
        let message = stuck[5].1.describe(|item| &names[item]);
        assert_eq!(message, "`p5` → `p6` → `p7` → `p8` → `p9` → `p10` → `p11` → `p12` → 999992 more → `p5` depend on each other");
    }

    #[test]
    fn what_is_needed_comes_first() {
        let order = |needs: &[&[usize]]| by_need(&needs.iter().map(|list| list.to_vec()).collect::<Vec<_>>(), &[]);
        assert_eq!(order(&[&[], &[], &[]]), (vec![0, 1, 2], vec![]));
        assert_eq!(order(&[&[3], &[], &[], &[2]]), (vec![1, 2, 3, 0], vec![]));
        let (ordered, stuck) = order(&[&[2], &[], &[0], &[0]]);
        assert_eq!(ordered, [1]);
        assert_eq!(stuck, [(0, cycle(&[0, 2])), (2, cycle(&[2, 0])), (3, cycle(&[0, 2]))]);
        assert_eq!(order(&[&[0]]).1, [(0, cycle(&[0]))]);
        // Two cycles, and some that lead into them.
        let (ordered, stuck) = order(&[&[1], &[2], &[1], &[4, 2], &[3], &[0, 3], &[]]);
        let found: Vec<_> = stuck.into_iter().map(|(item, cycle)| (item, cycle.shown)).collect();
        assert_eq!(ordered, [6]);
        let expected: [(usize, &[usize]); 6] =
            [(0, &[1, 2]), (1, &[1, 2]), (2, &[2, 1]), (3, &[3, 4]), (4, &[4, 3]), (5, &[1, 2])];
        assert_eq!(found, expected.map(|(item, shown)| (item, shown.to_vec())));
    }

    #[test]
    fn what_is_wished_first_comes_first_after_what_it_needs() {
        let order =
            |needs: &[&[usize]], first: &[usize]| by_need(&needs.iter().map(|list| list.to_vec()).collect::<Vec<_>>(), first);
        assert_eq!(order(&[&[], &[], &[]], &[2, 1]), (vec![2, 1, 0], vec![]));
        assert_eq!(order(&[&[], &[3], &[], &[2, 0]], &[1]), (vec![2, 0, 3, 1], vec![]));
        assert_eq!(order(&[&[], &[], &[0]], &[2, 0, 2]), (vec![0, 2, 1], vec![]));
        assert_eq!(order(&[&[], &[2], &[1]], &[2]), (vec![0], vec![(1, cycle(&[1, 2])), (2, cycle(&[2, 1]))]));
        let chain: Vec<Vec<usize>> = (0..50_000).map(|item| if item + 1 < 50_000 { vec![item + 1] } else { vec![] }).collect();
        assert_eq!(by_need(&chain, &[0]).0, (0..50_000).rev().collect::<Vec<_>>());
    }
}
