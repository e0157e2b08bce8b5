//! Recordings in files.
#![forbid(unsafe_code)]

use super::file::Sink;
use crate::status::{Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The file that a recording is written to.
pub struct ToFile {
    file: File,
    path: PathBuf,
}

impl ToFile {
    /// Creates the file, or empties it.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| Error::io("create the recording", path, &error))?;
        Ok(Self { file, path: path.to_owned() })
    }
}

impl Sink for ToFile {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| Error::io("write the recording", &self.path, &error))
    }

    fn finish(&mut self) -> Result<()> {
        // Some file systems tell only now that there was no room.
        self.file.sync_data().or_else(|error| match error.raw_os_error() {
            // A pipe cannot be synchronized.
            _ if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
            _ => Err(Error::io("write the recording", &self.path, &error)),
        })
    }
}

/// Opens the file of a recording.
///
/// # Errors
/// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED`, `STATUS_IO`.
pub fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).map_err(|error| Error::io("read the recording", path, &error))?;
    Ok(Box::new(std::io::BufReader::new(file)))
}
