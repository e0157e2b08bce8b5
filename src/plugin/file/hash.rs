//! SHA-256 of files, and hexadecimal digits.
#![forbid(unsafe_code)]

use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read, Result};

/// Number of bytes that are read at once.
const ROOM: usize = 64 << 10;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Returns the SHA-256 hash of bytes.
pub fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Returns the SHA-256 hash of everything that can be read.
///
/// # Errors
/// Those of reading.
pub fn hash_of(from: &mut impl Read) -> Result<Hash> {
    let (mut digest, mut room) = (Sha256::new(), vec![0; ROOM]);
    loop {
        match from.read(&mut room) {
            Ok(0) => return Ok(digest.finalize().into()),
            Ok(size) => digest.update(&room[..size]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Formats bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses bytes in hexadecimal digits.
pub(in crate::plugin) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |at: usize| char::from(digits[at]).to_digit(16).map(|value| value as u8);
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = digit(2 * at)? << 4 | digit(2 * at + 1)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_go_both_ways() {
        let bytes = [0x00, 0x7f, 0xa5, 0xff];
        assert_eq!(hex(&bytes), "007fa5ff");
        assert_eq!(from_hex("007fA5fF"), Some(bytes));
        for bad in ["", "007fa5f", "007fa5ff0", "007fa5fg", "007fa5f\u{e9}"] {
            assert_eq!(from_hex::<4>(bad), None, "{bad}");
        }
        assert_eq!(hash_of(&mut &b"abc"[..]).unwrap(), hash(b"abc"));
        assert_eq!(hex(&hash(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
