//! What the system says of a file, which changes whenever its contents do.
#![forbid(unsafe_code)]

use std::fmt;
use std::fs::Metadata;
use std::str::FromStr;

/// Device, inode, size, and the times of the last change of the contents and of the metadata, in seconds and nanoseconds. A file
/// with the same stamp has not been changed since, as far as the clock of the file system is fine enough to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([i64; 7]);

impl Stamp {
    /// Returns the stamp of a file.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let numbers = [metadata.dev(), metadata.ino(), metadata.size()].map(|number| number as i64);
        let [device, inode, size] = numbers;
        Self([device, inode, size, metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()])
    }

    /// Returns the stamp of a file: this system has no inodes and no times of metadata.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        Self([0, 0, metadata.len() as i64, since.as_secs() as i64, i64::from(since.subsec_nanos()), 0, 0])
    }
}

/// Formats the numbers with colons between them.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(f, "{first}")?;
        rest.iter().try_for_each(|number| write!(f, ":{number}"))
    }
}

impl FromStr for Stamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = [0; 7];
        let mut parts = text.split(':');
        for number in &mut numbers {
            *number = parts.next().and_then(|part| part.parse().ok()).ok_or(())?;
        }
        if parts.next().is_none() { Ok(Self(numbers)) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_written_and_read() {
        let stamp = Stamp::of(&std::fs::metadata(env!("CARGO_MANIFEST_DIR")).unwrap());
        assert_eq!(stamp.to_string().parse(), Ok(stamp));
        for bad in ["", "1:2:3:4:5:6", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:x", "1:2:3:4:5:6:9223372036854775808"] {
            assert_eq!(bad.parse::<Stamp>(), Err(()), "{bad}");
        }
    }
}
