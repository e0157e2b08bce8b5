//! Numbers and parts of records.
#![forbid(unsafe_code)]

/// The rest of a record, which is read from its beginning.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// Takes bytes.
    ///
    /// # Errors
    /// If the archive ends before.
    pub fn bytes(&mut self, size: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(size).ok_or("is truncated or damaged: a record ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// Takes a number of two bytes.
    ///
    /// # Errors
    /// As [`Fields::bytes`].
    pub fn u16(&mut self) -> Result<u16, String> {
        self.bytes(2).map(|bytes| u16::from_le_bytes(bytes.try_into().expect("two bytes")))
    }

    /// Takes a number of four bytes.
    ///
    /// # Errors
    /// As [`Fields::bytes`].
    pub fn u32(&mut self) -> Result<u32, String> {
        self.bytes(4).map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four bytes")))
    }
}

/// Returns the error of a number that stands for one elsewhere, of 64 bits.
pub fn zip64() -> String {
    "uses zip64, which archives of this size do not need, and in which tools read different contents; pack it again without zip64"
        .to_owned()
}
