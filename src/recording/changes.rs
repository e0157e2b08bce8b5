//! What the host has changed of the memories of guests.
#![forbid(unsafe_code)]

use crate::engine::watch::Space;
use crate::limits::MAX_RECORD_CHANGE;
use std::ops::Range;

/// Memory is compared in pieces of so many bytes.
const PIECE: usize = 4096;

/// The memories as they were when the host began to run.
#[derive(Default)]
pub struct Snapshots(Vec<Vec<u8>>);

impl Snapshots {
    /// Notes what a memory contains.
    pub fn take(&mut self, index: usize, space: &mut dyn Space) {
        if self.0.len() <= index {
            self.0.resize_with(index + 1, Vec::new);
        }
        self.0[index].clear();
        self.0[index].extend_from_slice(space.memory(index));
    }

    /// Notes what all memories contain.
    pub fn take_all(&mut self, space: &mut dyn Space) {
        (0..space.memories()).for_each(|index| self.take(index, space));
    }

    /// Passes each change of a memory since the snapshot to `work`: the size that the memory has now, the address, and the bytes.
    pub fn compare(&self, index: usize, space: &mut dyn Space, mut work: impl FnMut(u64, u64, &[u8])) {
        let before = self.0.get(index).map_or(&[][..], Vec::as_slice);
        let now = space.memory(index);
        let changes = changes(before, now);
        // That a memory has grown is known by a change, even if all new bytes are zero.
        if changes.is_empty() && now.len() != before.len() {
            work(now.len() as u64, 0, &[]);
        }
        for change in changes {
            work(now.len() as u64, change.start as u64, &now[change]);
        }
    }
}

/// Returns the ranges in which `now` differs from `before`, which is followed by zeros.
fn changes(before: &[u8], now: &[u8]) -> Vec<Range<usize>> {
    const ZEROS: [u8; PIECE] = [0; PIECE];
    let mut all: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    while start < now.len() {
        // A piece lies before or behind the end of the former memory.
        let end = now.len().min(start + PIECE);
        let end = if start < before.len() { end.min(before.len()) } else { end };
        let (new, old) = (&now[start..end], if start < before.len() { &before[start..end] } else { &ZEROS[..end - start] });
        if new != old {
            let first = new.iter().zip(old).take_while(|(new, old)| new == old).count();
            let last = new.iter().zip(old).rev().take_while(|(new, old)| new == old).count();
            let change = start + first..end - last;
            match all.last_mut() {
                Some(last) if last.end == change.start && change.end - last.start <= MAX_RECORD_CHANGE => last.end = change.end,
                _ => all.push(change),
            }
        }
        start = end;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_as_small_as_they_are() {
        let before = vec![7; 3 * PIECE];
        let mut now = before.clone();
        assert_eq!(changes(&before, &now), []);
        now[5] = 1;
        now[9] = 1;
        now[2 * PIECE - 1] = 1;
        now[2 * PIECE] = 1;
        assert_eq!(changes(&before, &now), [5..10, 2 * PIECE - 1..2 * PIECE + 1]);
        now.extend([0; 100]);
        assert_eq!(changes(&before, &now).len(), 2);
        now[3 * PIECE + 50] = 9;
        assert_eq!(changes(&before, &now)[2], 3 * PIECE + 50..3 * PIECE + 51);
    }

    #[test]
    fn a_large_change_is_several() {
        let now = vec![1; 3 * MAX_RECORD_CHANGE + 5];
        let found = changes(&[], &now);
        assert_eq!((found.first().unwrap().start, found.last().unwrap().end), (0, now.len()));
        assert!(found.iter().all(|change| change.len() <= MAX_RECORD_CHANGE));
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(found.len(), 4);
    }
}
