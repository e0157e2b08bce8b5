//! The custom section `libvm.param` of a module: entries of a size, an id, a kind and bytes. Linkers concatenate sections of one name.
#![forbid(unsafe_code)]

use crate::limits::{MAX_PARAMETER, MAX_PARAMETERS};
use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::collections::HashMap;
use std::ops::Range;

/// The name of the section.
pub const NAME: &str = "libvm.param";

/// Maximum length of a kind in bytes: that of a plug-in's name, a point, and the name of the kind.
const MAX_KIND: usize = 127;

/// The bytes of an entry after its size and before its kind: the id, and the size of the kind.
const HEAD: usize = 6;

/// The parameters of a module.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The kinds that occur, each with its first entry.
    pub kinds: Vec<(String, usize)>,
    pub entries: Vec<Entry>,
}

/// A parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The index of its kind.
    pub kind: usize,
    pub id: u32,
    pub place: Place,
}

/// Where an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The index of the section among those with its name.
    pub section: usize,
    /// Where the entry begins.
    pub entry: usize,
    /// The parameter's bytes.
    pub bytes: Range<usize>,
}

/// Describes a byte of a section for messages.
pub fn byte(section: usize, at: usize) -> String {
    match section {
        0 => format!("byte {at} of custom section `{NAME}`"),
        _ => format!("byte {at} of custom section `{NAME}` number {}", section + 1),
    }
}

/// Returns a number of two or four bytes, and where it ends.
fn number<const SIZE: usize>(bytes: &[u8], at: usize) -> Option<([u8; SIZE], usize)> {
    let end = at.checked_add(SIZE)?;
    Some((bytes.get(at..end)?.try_into().ok()?, end))
}

impl Section {
    /// Reads the sections of a module, in its order.
    ///
    /// # Errors
    /// `STATUS_BAD_PARAMETER` with the place of the error.
    pub fn read<'a>(sections: impl Iterator<Item = &'a [u8]>) -> Result<Self> {
        let (mut made, mut kinds) = (Self::default(), HashMap::new());
        for (index, bytes) in sections.enumerate() {
            let mut at = 0;
            while at < bytes.len() {
                let read = made.read_entry(bytes, (index, at), &mut kinds);
                at = read.map_err(|(at, why)| {
                    let message =
                        format!("{} is not valid: {why}; link the module again from valid object files", byte(index, at));
                    Error::new(abi::STATUS_BAD_PARAMETER, message)
                })?;
            }
        }
        Ok(made)
    }

    /// Reads the entry that begins at a byte; returns where it ends, or where the error is, and what.
    fn read_entry<'a>(
        &mut self,
        bytes: &'a [u8],
        (section, start): (usize, usize),
        kinds: &mut HashMap<&'a str, usize>,
    ) -> Result<usize, (usize, String)> {
        let left = bytes.len() - start;
        let (size, body) = number(bytes, start)
            .ok_or_else(|| (start, format!("{} left, and an entry begins with 4 bytes of its size", remaining(left))))?;
        let size = u32::from_le_bytes(size) as usize;
        if size > bytes.len() - body {
            let why =
                format!("the entry has a size of {}, but {} left", counted(size as u64, "byte"), remaining(bytes.len() - body));
            return Err((start, why));
        }
        let end = body + size;
        let head = number(&bytes[..end], body).and_then(|(id, at)| Some((id, number(&bytes[..end], at)?)));
        let (id, (kind_size, kind_start)) = head.ok_or_else(|| {
            (start, format!("the entry has a size of {}, and id and kind take {HEAD}", counted(size as u64, "byte")))
        })?;
        let (id, kind_size) = (u32::from_le_bytes(id), usize::from(u16::from_le_bytes(kind_size)));
        if kind_size > end - kind_start {
            let why = format!("the kind has {kind_size} bytes, but {} left in the entry", remaining(end - kind_start));
            return Err((kind_start - 2, why));
        }
        if kind_size == 0 || kind_size > MAX_KIND {
            return Err((kind_start - 2, format!("the kind has {kind_size} bytes, and must have 1 to {MAX_KIND}")));
        }
        let bytes_start = kind_start + kind_size;
        let kind = std::str::from_utf8(&bytes[kind_start..bytes_start])
            .map_err(|error| (kind_start + error.valid_up_to(), "the kind is not valid UTF-8".to_owned()))?;
        if end - bytes_start > MAX_PARAMETER {
            let why = format!("parameter {id} has {} bytes; the limit is {MAX_PARAMETER}", end - bytes_start);
            return Err((bytes_start, why));
        }
        if self.entries.len() == MAX_PARAMETERS {
            return Err((start, format!("the module has more than {MAX_PARAMETERS} parameters")));
        }
        let index = *kinds.entry(kind).or_insert(self.kinds.len());
        if index == self.kinds.len() {
            self.kinds.push((kind.to_owned(), self.entries.len()));
        }
        self.entries.push(Entry { kind: index, id, place: Place { section, entry: start, bytes: bytes_start..end } });
        Ok(end)
    }
}

/// Says how many bytes are left.
fn remaining(count: usize) -> String {
    match count {
        1 => "1 byte is".to_owned(),
        count => format!("{count} bytes are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u32, kind: &[u8], bytes: &[u8]) -> Vec<u8> {
        let size = (HEAD + kind.len() + bytes.len()) as u32;
        let parts = [&size.to_le_bytes()[..], &id.to_le_bytes(), &(kind.len() as u16).to_le_bytes(), kind, bytes];
        parts.concat()
    }

    fn refusal(bytes: &[u8]) -> String {
        Section::read([bytes].into_iter()).unwrap_err().message().to_owned()
    }

    #[test]
    fn entries_follow_each_other_in_any_number_of_sections() {
        let first = [entry(1, b"regex", b"ab"), entry(7, b"p.glob", b"")].concat();
        let second = entry(u32::MAX, b"regex", b"\xff\0");
        let read = Section::read([&first[..], &[], &second].into_iter()).unwrap();
        assert_eq!(read.kinds, [("regex".to_owned(), 0), ("p.glob".to_owned(), 1)]);
        let found: Vec<_> = read.entries.iter().map(|entry| (entry.kind, entry.id, entry.place.clone())).collect();
        let place = |section, entry, bytes| Place { section, entry, bytes };
        assert_eq!(found, [(0, 1, place(0, 0, 15..17)), (1, 7, place(0, 17, 33..33)), (0, u32::MAX, place(2, 0, 15..17))]);
        assert_eq!(Section::read([].into_iter()).unwrap(), Section::default());
    }

    #[test]
    fn every_truncated_section_is_refused() {
        let whole = [entry(1, b"regex", b"ab"), entry(2, b"k", b"c")].concat();
        for end in 0..whole.len() {
            let read = Section::read([&whole[..end]].into_iter());
            assert_eq!(read.is_ok(), [0, 17].contains(&end), "{end}");
        }
        assert!(refusal(&whole[..19]).starts_with("byte 17 of custom section `libvm.param` is not valid: 2 bytes are left"));
        assert!(
            refusal(&whole[..16]).contains("byte 0 of")
                && refusal(&whole[..16]).contains("a size of 13 bytes, but 12 bytes are left")
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert!(refusal(&u32::MAX.to_le_bytes()).contains("a size of 4294967295 bytes, but 0 bytes are left"));
        assert!(refusal(&[5, 0, 0, 0, 1, 2, 3, 4, 5]).contains("a size of 5 bytes, and id and kind take 6"));
        assert!(refusal(&[6, 0, 0, 0, 1, 0, 0, 0, 9, 0]).starts_with("byte 8 of"));
        assert!(
            refusal(&entry(1, b"", b"x")).contains("byte 8 of custom section `libvm.param` is not valid: the kind has 0 bytes")
        );
        assert!(refusal(&entry(1, &[b'k'; 128], b"")).contains("the kind has 128 bytes, and must have 1 to 127"));
        let bad = [entry(1, b"k", b""), entry(2, b"ab\xffc", b"")].concat();
        assert!(refusal(&bad).starts_with("byte 23 of custom section `libvm.param` is not valid: the kind is not valid UTF-8"));
        assert!(refusal(&entry(1, b"k", &vec![0; MAX_PARAMETER + 1])).contains("parameter 1 has 16777217 bytes"));
        let error = Section::read([&[][..], &[1]].into_iter()).unwrap_err();
        assert!(error.message().starts_with("byte 0 of custom section `libvm.param` number 2 "), "{error}");
        let many = entry(1, b"k", b"").repeat(MAX_PARAMETERS + 1);
        assert!(refusal(&many).starts_with("byte 720896 of"), "{}", refusal(&many));
    }
}
