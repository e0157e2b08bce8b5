//! The bytes of a recording: a header, then entries, each with its size and checksum.
//!
//! The header is 8 bytes of magic, the format's version in 4 bytes, the length of the maker's name in 4 bytes, the name, and a byte
//! of what the guests' fuel depended on, which is 0 if the engine metered none.
#![forbid(unsafe_code)]

use super::entry::Entry;
use crate::limits::{MAX_RECORD_ENTRY, RECORD_ROOM};
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::io::{ErrorKind, Read};

const MAGIC: &[u8; 8] = b"libvmrec";

/// Raised by every change of the entries.
const VERSION: u32 = 1;

/// What records, and therefore what can replay: how a guest runs, and where its fuel ends, belongs to the engine.
pub const MAKER: &str = concat!("libvm ", env!("CARGO_PKG_VERSION"), ", wasmi 2.0.0");

/// The longest name of a maker.
const MAX_MAKER: u32 = 256;

/// Receives the bytes of a recording.
pub trait Sink: Send {
    /// Writes all of the bytes.
    ///
    /// # Errors
    /// Why the recording cannot go on.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Makes sure that everything has been written.
    ///
    /// # Errors
    /// Those of `write`.
    fn finish(&mut self) -> Result<()>;
}

/// Writes entries until writing fails: what is recorded never fails because of that.
pub struct Writer {
    sink: Box<dyn Sink>,
    /// What is still to be written.
    room: Vec<u8>,
    failure: Option<Error>,
}

impl Writer {
    /// Begins a recording.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(mut sink: Box<dyn Sink>, metering: u8) -> Result<Self> {
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend((MAKER.len() as u32).to_le_bytes());
        header.extend(MAKER.as_bytes());
        header.push(metering);
        sink.write(&header)?;
        Ok(Self { sink, room: Vec::new(), failure: None })
    }

    /// Writes an entry.
    pub fn write(&mut self, entry: &Entry) {
        if self.failure.is_some() {
            return;
        }
        let start = self.room.len();
        self.room.extend([0; 8]);
        entry.write(&mut self.room);
        let (head, body) = self.room[start..].split_at_mut(8);
        if body.len() > MAX_RECORD_ENTRY {
            let message =
                format!("the arguments of a call need more than {MAX_RECORD_ENTRY} bytes, the maximum of a recording's entry");
            self.room.truncate(start);
            return self.fail(Error::new(abi::STATUS_LIMIT, message));
        }
        head[..4].copy_from_slice(&(body.len() as u32).to_le_bytes());
        head[4..].copy_from_slice(&checksum(body).to_le_bytes());
        if self.room.len() >= RECORD_ROOM {
            self.flush();
        }
    }

    /// Passes everything that was written to the sink.
    pub fn flush(&mut self) {
        if self.failure.is_none() && !self.room.is_empty() {
            self.failure = self.sink.write(&self.room).err();
        }
        self.room.clear();
    }

    /// Ends the recording before its end, for a reason that `finish` returns.
    pub fn fail(&mut self, error: Error) {
        self.flush();
        self.failure.get_or_insert(error);
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// The first failure to write.
    pub fn finish(mut self) -> Result<()> {
        self.write(&Entry::End);
        self.flush();
        let finished = self.sink.finish();
        self.failure.map_or(finished, Err)
    }
}

/// Reads entries; the source is trusted in nothing.
pub struct Reader {
    source: Box<dyn Read + Send>,
    metering: u8,
    next: Option<Entry>,
    /// Number of entries that were read.
    entries: u64,
    /// Number of bytes that were read.
    offset: u64,
}

impl Reader {
    /// Reads the header.
    ///
    /// # Errors
    /// `STATUS_BAD_RECORDING` if it is no recording, or one of another version or maker; `STATUS_IO`.
    pub fn new(source: Box<dyn Read + Send>) -> Result<Self> {
        let mut reader = Self { source, metering: 0, next: None, entries: 0, offset: 0 };
        let mut start = [0; 16];
        if reader.fill(&mut start)? < start.len() || start[..8] != *MAGIC {
            return Err(bad("this is not a recording of libvm".to_owned()));
        }
        let (version, size) = (number(&start[8..12]), number(&start[12..]));
        if version != VERSION {
            let message = format!("the recording has format {version}, and this version of libvm reads format {VERSION}");
            return Err(bad(message));
        }
        if size > MAX_MAKER {
            return Err(reader.damaged());
        }
        let mut maker = vec![0; size as usize];
        if reader.fill(&mut maker)? < maker.len() {
            return Err(reader.truncated());
        }
        if maker != MAKER.as_bytes() {
            let maker = String::from_utf8_lossy(&maker);
            let message = format!(
                "the recording was made by {}, and this is {MAKER}: only the version that made a recording can replay it",
                text::name(&maker)
            );
            return Err(bad(message));
        }
        let mut metering = [0];
        if reader.fill(&mut metering)? < 1 {
            return Err(reader.truncated());
        }
        reader.metering = metering[0];
        Ok(reader)
    }

    /// Returns what the fuel of the recorded guests depended on.
    pub fn metering(&self) -> u8 {
        self.metering
    }

    /// Returns the next entry without taking it; `None` at the end.
    ///
    /// # Errors
    /// `STATUS_BAD_RECORDING` for a damaged or truncated entry, `STATUS_IO`.
    pub fn peek(&mut self) -> Result<Option<&Entry>> {
        if self.next.is_none() {
            self.next = self.read()?;
        }
        Ok(self.next.as_ref())
    }

    /// Takes the next entry; `None` at the end.
    ///
    /// # Errors
    /// Those of `peek`.
    pub fn next(&mut self) -> Result<Option<Entry>> {
        self.peek()?;
        Ok(self.next.take())
    }

    /// Returns the position of the entry that was read last, for messages.
    pub fn place(&self) -> String {
        format!("entry {} of the recording (its bytes up to {})", self.entries, self.offset)
    }

    fn read(&mut self) -> Result<Option<Entry>> {
        let mut head = [0; 8];
        match self.fill(&mut head)? {
            0 => return Ok(None),
            8 => {}
            _ => return Err(self.truncated()),
        }
        let (size, expected) = (number(&head[..4]) as usize, number(&head[4..]));
        if size > MAX_RECORD_ENTRY {
            return Err(self.damaged());
        }
        let mut body = vec![0; size];
        if self.fill(&mut body)? < size {
            return Err(self.truncated());
        }
        if checksum(&body) != expected {
            return Err(self.damaged());
        }
        let entry = Entry::read(&body).map_err(|_| self.damaged())?;
        self.entries += 1;
        Ok(Some(entry))
    }

    /// Reads until the room is full or the source ends.
    fn fill(&mut self, room: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < room.len() {
            match self.source.read(&mut room[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::new(abi::STATUS_IO, format!("the recording cannot be read: {error}"))),
            }
        }
        self.offset += filled as u64;
        Ok(filled)
    }

    fn damaged(&self) -> Error {
        bad(format!("the recording is damaged near its byte {}, after entry {}", self.offset, self.entries))
    }

    fn truncated(&self) -> Error {
        bad(format!("the recording ends in the middle of an entry, at its byte {}, after entry {}", self.offset, self.entries))
    }
}

fn bad(message: String) -> Error {
    Error::new(abi::STATUS_BAD_RECORDING, message)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// FNV-1a: it finds damage, not intent.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::samples;
    use super::*;
    use std::io::Cursor;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Bytes(Arc<Mutex<Vec<u8>>>, Option<usize>);

    impl Sink for Bytes {
        fn write(&mut self, bytes: &[u8]) -> Result<()> {
            let mut all = self.0.lock().unwrap();
            if self.1.is_some_and(|most| all.len() + bytes.len() > most) {
                return Err(Error::new(abi::STATUS_IO, "the disk is full"));
            }
            all.extend(bytes);
            Ok(())
        }

        fn finish(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn recording() -> Vec<u8> {
        let sink = Bytes::default();
        let mut writer = Writer::new(Box::new(sink.clone()), 1).unwrap();
        samples()[..12].iter().for_each(|entry| writer.write(entry));
        writer.finish().unwrap();
        let bytes = sink.0.lock().unwrap();
        bytes.clone()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Entry>> {
        let mut reader = Reader::new(Box::new(Cursor::new(bytes.to_vec())))?;
        let mut entries = Vec::new();
        while let Some(entry) = reader.next()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        assert_eq!(read(&recording()).unwrap(), samples());
    }

    #[test]
    fn every_changed_byte_is_found() {
        let mut bytes = recording();
        let metering = 16 + MAKER.len();
        for index in (0..bytes.len()).filter(|index| *index != metering) {
            bytes[index] ^= 0x40;
            let error = read(&bytes).unwrap_err();
            assert_eq!(error.status(), abi::STATUS_BAD_RECORDING, "byte {index}: {}", error.message());
            bytes[index] ^= 0x40;
        }
    }

    #[test]
    fn a_recording_that_was_cut_off_ends_with_an_error_or_between_entries() {
        let bytes = recording();
        let mut whole = 0;
        for size in 0..bytes.len() {
            match read(&bytes[..size]) {
                Ok(entries) => {
                    whole += 1;
                    assert_eq!(entries, samples()[..entries.len()]);
                }
                Err(error) => assert_eq!(error.status(), abi::STATUS_BAD_RECORDING, "{}", error.message()),
            }
        }
        assert_eq!(whole, samples().len());
    }

    #[test]
    fn sizes_are_not_believed() {
        let mut bytes = recording();
        let entries = 17 + MAKER.len();
        bytes.truncate(entries);
        bytes.extend([255, 255, 255, 127, 0, 0, 0, 0]);
        assert!(read(&bytes).unwrap_err().message().contains("is damaged near its byte"));
        bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&bytes).unwrap_err().message().contains("is damaged"));
    }

    #[test]
    fn other_files_and_makers_are_refused() {
        assert_eq!(read(b"").unwrap_err().message(), "this is not a recording of libvm");
        assert_eq!(read(b"\0asm\x01\0\0\0 and so on").unwrap_err().message(), "this is not a recording of libvm");
        let mut bytes = recording();
        bytes[8] = 9;
        assert!(
            read(&bytes)
                .unwrap_err()
                .message()
                .starts_with("the recording has format 9, and this version of libvm reads format 1")
        );
        bytes[8] = 1;
        bytes[16] = b'L';
        assert!(read(&bytes).unwrap_err().message().contains("only the version that made a recording can replay it"));
    }

    #[test]
    fn a_full_disk_ends_the_recording_once() {
        for most in 17 + MAKER.len()..recording().len() {
            let sink = Bytes(Arc::default(), Some(most));
            let mut writer = Writer::new(Box::new(sink), 1).unwrap();
            samples()[..12].iter().for_each(|entry| writer.write(entry));
            assert_eq!(writer.finish().unwrap_err().message(), "the disk is full");
        }
    }
}
