//! Looks up a name in the trie of symbols that a Mach-O library exports.
//!
//! The nodes are not enumerated: in a few hundred bytes the number of paths to the same nodes can be exponential.
#![forbid(unsafe_code)]

/// The kinds of symbols, in the lowest bits of their flags.
const KIND: u64 = 3;

/// The flag of a symbol of another library.
const REEXPORT: u64 = 8;

/// Looks up a name. Returns `None` if it is not in the trie, otherwise the offset of its address from the beginning of the image, or `None` if it
/// has no such address.
///
/// # Errors
/// A node is not in the trie.
pub(super) fn find(trie: &[u8], name: &[u8]) -> Result<Option<Option<u64>>, ()> {
    if trie.is_empty() {
        return Ok(None);
    }
    let (mut at, mut rest) = (0, name);
    loop {
        let mut node = usize::try_from(at).ok().and_then(|at| trie.get(at..)).ok_or(())?;
        let size = number(&mut node)?;
        let (symbol, mut edges) = usize::try_from(size).ok().and_then(|size| node.split_at_checked(size)).ok_or(())?;
        if rest.is_empty() {
            return if symbol.is_empty() { Ok(None) } else { address(symbol).map(Some) };
        }
        let count = take(&mut edges)?;
        let mut next = None;
        for _ in 0..count {
            let end = edges.iter().position(|byte| *byte == 0).ok_or(())?;
            let edge = &edges[..end];
            edges = &edges[end + 1..];
            let child = number(&mut edges)?;
            // Each step consumes a part of the name, so that the loop ends.
            if let Some(left) = rest.strip_prefix(edge).filter(|_| !edge.is_empty()) {
                next = Some((child, left));
                break;
            }
        }
        let Some(step) = next else { return Ok(None) };
        (at, rest) = step;
    }
}

fn address(mut symbol: &[u8]) -> Result<Option<u64>, ()> {
    let flags = number(&mut symbol)?;
    let address = number(&mut symbol)?;
    Ok((flags & (KIND | REEXPORT) == 0).then_some(address))
}

fn take(bytes: &mut &[u8]) -> Result<u8, ()> {
    let (first, rest) = bytes.split_first().ok_or(())?;
    *bytes = rest;
    Ok(*first)
}

/// Reads an unsigned LEB128 number.
fn number(bytes: &mut &[u8]) -> Result<u64, ()> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(())
}

#[cfg(test)]
mod tests {
    use super::find;

    /// `_ab` at 0x10, `_ac` of another library, and `_a`, which is not a symbol.
    const SMALL: &[u8] = b"\0\x01_a\0\x06\0\x02b\0\x0ec\0\x12\x02\0\x10\0\x02\x08\x01\0";

    #[test]
    fn a_name_is_found() {
        assert_eq!(find(SMALL, b"_ab"), Ok(Some(Some(0x10))));
        assert_eq!(find(SMALL, b"_ac"), Ok(Some(None)));
        for other in [&b"_a"[..], b"_", b"_abc", b"x", b""] {
            assert_eq!(find(SMALL, other), Ok(None), "{other:?}");
        }
    }

    #[test]
    fn damage_ends_the_search() {
        for size in 0..SMALL.len() - 4 {
            let _ = find(&SMALL[..size], b"_ab");
        }
        assert_eq!(find(b"", b"_ab"), Ok(None));
        assert_eq!(find(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"_ab"), Err(()));
        // A node that is its own child, by an edge with a name and by one without.
        assert_eq!(find(b"\0\x02\0\0a\0\0", b"aaaaaaaa"), Ok(None));
    }
}
