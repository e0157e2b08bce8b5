//! The pipes of a command: it is written to and read from at the same time.
use super::Child;
use crate::command::Command;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::{Errno, fcntl_dupfd_cloexec, ioctl_fionbio, read, retry_on_intr, write};
use rustix::pipe::{PipeFlags, pipe_with};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes that are read at once: what a pipe holds.
const PART: usize = 1 << 16;
/// How often a process is looked at that cannot be waited for together with its pipes.
const STEP: Duration = Duration::from_millis(5);

/// The host's ends.
pub struct Pump {
    input: Option<OwnedFd>,
    /// Bytes of the input that were written.
    written: usize,
    pub output: Reader,
    pub errors: Reader,
}

/// The end of a pipe that a command writes to, and what was read from it.
pub struct Reader {
    name: &'static str,
    end: Option<OwnedFd>,
    pub bytes: Vec<u8>,
}

/// Returns one that is not a standard stream, which the others become in the process that is started.
fn beyond_streams(end: OwnedFd) -> Result<OwnedFd, Errno> {
    if end.as_raw_fd() > 2 { Ok(end) } else { fcntl_dupfd_cloexec(&end, 3) }
}

/// Creates a pipe: the end to read from, and the end to write to.
fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    let (reading, writing) = pipe_with(PipeFlags::CLOEXEC)?;
    Ok((beyond_streams(reading)?, beyond_streams(writing)?))
}

impl Pump {
    /// Creates the pipes, and returns the command's ends: its standard input, output and error.
    pub fn new() -> Result<(Self, [OwnedFd; 3]), Errno> {
        let (their_input, input) = pipe()?;
        let (output, their_output) = pipe()?;
        let (errors, their_errors) = pipe()?;
        for end in [&input, &output, &errors] {
            ioctl_fionbio(end, true)?;
        }
        let reader = |name, end| Reader { name, end: Some(end), bytes: Vec::new() };
        let pump = Self { input: Some(input), written: 0, output: reader("stdout", output), errors: reader("stderr", errors) };
        Ok((pump, [their_input, their_output, their_errors]))
    }

    /// Writes and reads until the process has ended, or returns why it is to be ended.
    pub fn run(&mut self, child: &Child<'_>, command: &Command, max_output: usize) -> Option<String> {
        let begun = Instant::now();
        loop {
            self.write(&command.input);
            let left = command.timeout.saturating_sub(begun.elapsed());
            self.wait(child, left);
            if child.has_ended() {
                return None;
            }
            if let Err(why) = self.output.read(max_output).and_then(|_| self.errors.read(max_output)) {
                return Some(why);
            }
            if left.is_zero() {
                return Some(format!("its timeout of {} ms is over", command.timeout.as_millis()));
            }
        }
    }

    /// Reads what there is, of a process that has ended: other processes may keep the pipes open.
    pub fn read_rest(&mut self, max_output: usize) -> Option<String> {
        let all = |reader: &mut Reader| -> Result<(), String> {
            while reader.read(max_output)? {}
            reader.bytes.shrink_to_fit();
            Ok(())
        };
        let (output, errors) = (all(&mut self.output), all(&mut self.errors));
        output.and(errors).err()
    }

    fn write(&mut self, input: &[u8]) {
        let Some(end) = &self.input else { return };
        let rest = &input[self.written..];
        let result = if rest.is_empty() { Ok(0) } else { retry_on_intr(|| write(end, rest)) };
        match result {
            Ok(count) => self.written += count,
            Err(Errno::AGAIN) => return,
            // The command has closed it, and does not want more.
            Err(_) => self.written = input.len(),
        }
        if self.written == input.len() {
            self.input = None;
        }
    }

    /// Waits until there is something to do, but not longer than a time.
    fn wait(&self, child: &Child<'_>, left: Duration) {
        let mut ends = Vec::with_capacity(4);
        ends.extend(self.input.as_ref().map(|end| PollFd::new(end, PollFlags::OUT)));
        let readers = [&self.output, &self.errors].into_iter().filter_map(|reader| reader.end.as_ref());
        ends.extend(readers.chain(&child.ended).map(|end| PollFd::new(end, PollFlags::IN)));
        let left = if child.ended.is_some() { left } else { left.min(STEP) };
        let time = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        if poll(&mut ends, Some(&time)).is_err() {
            thread::sleep(left.min(STEP));
        }
    }
}

impl Reader {
    /// Reads a part, and returns whether there was one.
    ///
    /// # Errors
    /// If there are more bytes than `most`, of which this many remain.
    fn read(&mut self, most: usize) -> Result<bool, String> {
        let Some(end) = &self.end else { return Ok(false) };
        self.bytes.reserve(PART);
        match retry_on_intr(|| read(end, spare_capacity(&mut self.bytes))) {
            Ok(0) => self.end = None,
            Ok(_) if self.bytes.len() > most => {
                self.bytes.truncate(most);
                self.end = None;
                let name = self.name;
                return Err(format!("it has written more than {most} bytes to {name}, the most by the option `max-output`"));
            }
            Ok(_) => return Ok(true),
            Err(Errno::AGAIN) => {}
            Err(_) => self.end = None,
        }
        Ok(false)
    }
}
