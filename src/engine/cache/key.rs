//! Keys: what compiled code depends on, in 32 bytes.
#![forbid(unsafe_code)]

use std::fmt;

/// The name of compiled code: a hash of everything that it depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; Self::SIZE]);

impl Key {
    /// Its size in bytes.
    pub const SIZE: usize = blake3::OUT_LEN;

    /// Returns the key of code that is made of these parts: the module, the settings, the versions. Other parts have another key, also
    /// if they are the same bytes, divided elsewhere.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("libvm 2026-11-22 key of compiled code");
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    pub(super) fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }

    /// Returns its bytes.
    pub fn as_bytes(&self) -> &[u8; Self::SIZE] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
