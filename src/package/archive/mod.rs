//! Zip archives: the part of the format that every tool agrees about.
//!
//! Zip has a list of its files at the end and a copy of each item before the file's data. Tools disagree about archives in which
//! both differ, parts overlap, or data is hidden between them: one shows another content than the next one unpacks. Therefore
//! all records are compared, and the files, the list and its end must cover every byte of the archive exactly once.
//!
//! Errors are the reason in words, to which the caller adds the path of the archive.
#![forbid(unsafe_code)]

mod central;
mod data;
mod end;
mod fields;
mod local;
mod names;
mod writer;

use crate::limits::{MAX_PACKAGE_EXPANSION, MAX_PACKAGE_FILE, MAX_PACKAGE_FILES, MAX_PACKAGE_UNPACKED, MIN_PACKAGE_EXPANSION};
use central::Record;
pub use data::Entry;
pub use writer::Writer;

/// Checks that this build has packages.
///
/// # Errors
/// None in this build.
pub fn require() -> crate::status::Result<()> {
    Ok(())
}

/// An archive whose structure was checked.
pub struct Archive {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Archive {
    /// Reads the structure of an archive. No file is unpacked.
    ///
    /// # Errors
    /// The reason why it is refused.
    pub fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let end = end::find(&bytes)?;
        if end.count > MAX_PACKAGE_FILES {
            return Err(format!("has {} files and folders, and a package may have {MAX_PACKAGE_FILES}", end.count));
        }
        let records = central::read(&bytes[end.directory.clone()], end.count)?;
        require_sizes(&records, bytes.len())?;
        names::check(records.iter().map(|record| (record.name.as_str(), record.is_folder)))?;
        let places = local::locate(&bytes, &records, end.directory.start)?;
        let mut entries = Vec::new();
        for (record, data) in records.into_iter().zip(places) {
            let is_folder = record.is_folder;
            let Record { name, size, deflated, crc, .. } = record;
            let entry = Entry { name, size, deflated, crc, data };
            if !is_folder {
                entries.push(entry);
            } else {
                // It has no size; this finds data in it.
                data::read(&bytes, &entry)?;
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { bytes, entries })
    }

    /// Returns the files, sorted by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns a file by name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok().map(|index| &self.entries[index])
    }

    /// Unpacks a file of the archive into memory, and checks its size and its CRC-32.
    ///
    /// # Errors
    /// The reason why it is refused.
    pub fn unpack(&self, entry: &Entry) -> Result<Vec<u8>, String> {
        data::read(&self.bytes, entry)
    }
}

/// Checks the sizes that the archive states, before anything is unpacked.
fn require_sizes(records: &[Record], archive: usize) -> Result<(), String> {
    if let Some(record) = records.iter().find(|record| record.size > MAX_PACKAGE_FILE) {
        let (name, size) = (record.shown(), record.size);
        return Err(format!("has a file `{name}` of {size} bytes, and a file may have {MAX_PACKAGE_FILE}"));
    }
    let total: u64 = records.iter().map(|record| record.size as u64).sum();
    if total > MAX_PACKAGE_UNPACKED {
        return Err(format!("unpacks to {total} bytes, and a package may have {MAX_PACKAGE_UNPACKED}"));
    }
    let most = MIN_PACKAGE_EXPANSION + archive as u64 * MAX_PACKAGE_EXPANSION;
    if total > most {
        return Err(format!(
            "unpacks to {total} bytes from {archive}: no more than {MAX_PACKAGE_EXPANSION} times its size and \
             {MIN_PACKAGE_EXPANSION} bytes are accepted, so that a small file cannot fill the disk"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
