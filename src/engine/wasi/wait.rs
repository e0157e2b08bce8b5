//! What a function of WASI waits for, where it must not hold the thread of the guest: it is left, and run again when it may go on.
#![forbid(unsafe_code)]

use super::common::{Error as WasiError, FileType, WasiFile};
use super::notify::{self, Notice};
use super::ready;
use crate::engine::control::Control;
use crate::event_loop::Descriptor;
use crate::reactor;
use crate::status::{Error, Result};
use crate::timer::{self, Timer};
use cap_std::time::Instant as Reading;
use libvm_abi::{self as abi, LoopEvents};
use std::io::IoSlice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How many bytes fit into a pipe, terminal or socket that can be written to (`PIPE_BUF` of a pipe).
const PART: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// What a function waits for: whatever comes first.
#[derive(Default)]
pub struct Need {
    pub(super) until: Option<Instant>,
    pub(super) files: Vec<(Descriptor, LoopEvents)>,
    pub(super) notices: Vec<Notice>,
}

/// What wakes an execution, until it is dropped.
pub struct Alarms {
    _timer: Option<Timer>,
    _files: Vec<reactor::Wait>,
    _notices: Vec<notify::Waiting>,
}

impl Need {
    /// Wakes an execution when one of these comes.
    ///
    /// # Errors
    /// Those of `timer::at` and `reactor::when_ready`.
    pub fn wake(&self, control: &Arc<Control>) -> Result<Alarms> {
        let wake = || {
            let control = Arc::downgrade(control);
            move || control.upgrade().into_iter().for_each(|control| control.wake())
        };
        Ok(Alarms {
            _timer: self.until.map(|until| timer::at(until, wake())).transpose()?,
            _files: self.files.iter().map(|(file, events)| reactor::when_ready(*file, *events, wake())).collect::<Result<_>>()?,
            _notices: self.notices.iter().map(|notice| notice.wait(Arc::new(wake()))).collect(),
        })
    }
}

/// What the functions, files and clocks of a context share about waiting.
pub(super) struct Waits {
    /// Whether functions are left instead of holding the thread.
    leaves: bool,
    /// Whether callbacks of streams may say "not yet".
    may_suspend: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether the next function is one that was left before.
    again: bool,
    /// When the function began that waits for a time.
    start: Option<Instant>,
    /// Whether the clock stands still at that.
    stands_still: bool,
    need: Option<Need>,
}

impl Waits {
    pub(super) fn new(may_suspend: bool, interruptible: bool) -> Arc<Self> {
        Arc::new(Self { leaves: may_suspend || interruptible, may_suspend, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn leaves(&self) -> bool {
        self.leaves
    }

    pub(super) fn may_suspend(&self) -> bool {
        self.may_suspend
    }

    /// Leaves the running function, which is run again when it may go on.
    pub(super) fn leave(&self, need: Need) -> WasiError {
        self.state().need = Some(need);
        WasiError::trap(Error::suspension().into())
    }

    /// Takes what the function that was left waits for.
    pub(super) fn take(&self) -> Need {
        self.state().need.take().unwrap_or_default()
    }

    /// Prepares to run a function again that was left.
    pub(super) fn begin_again(&self) {
        self.state().again = true;
    }

    /// Begins a function that waits for times: relative ones count from when it first began, for which the clock stands still.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        if !std::mem::take(&mut state.again) {
            state.start = None;
        }
        state.stands_still = true;
        state.start.get_or_insert_with(Instant::now);
    }

    /// Lets the clock go on; returns when the function began.
    pub(super) fn go_on(&self) -> Option<Instant> {
        let mut state = self.state();
        state.stands_still = false;
        state.start
    }

    /// Returns what the clock reads while it stands still.
    pub(super) fn reading(&self) -> Option<Reading> {
        let state = self.state();
        state.start.filter(|_| state.stands_still).map(Reading::from_std)
    }

    /// Leaves the function if reading a file would hold the thread.
    pub(super) fn for_reading(&self, file: &dyn WasiFile) -> Result<(), WasiError> {
        self.for_file(file, abi::LOOP_READABLE)
    }

    /// Leaves the function if writing to a file would hold the thread; otherwise returns the part of the buffers that can be written
    /// without that, or `None` if it is everything.
    pub(super) async fn for_writing<'a>(
        &self,
        file: &dyn WasiFile,
        buffers: &'a [IoSlice<'_>],
    ) -> Result<Option<IoSlice<'a>>, WasiError> {
        if !self.leaves || file.get_filetype().await? == FileType::RegularFile {
            return Ok(None);
        }
        self.for_file(file, abi::LOOP_WRITABLE)?;
        let first = buffers.iter().find(|buffer| !buffer.is_empty()).map_or(&[][..], |buffer| buffer);
        Ok(Some(IoSlice::new(&first[..first.len().min(PART)])))
    }

    fn for_file(&self, file: &dyn WasiFile, events: LoopEvents) -> Result<(), WasiError> {
        let waits_for = if self.leaves { ready::not_yet(file, events) } else { None };
        match waits_for {
            Some(descriptor) => Err(self.leave(Need { files: vec![(descriptor, events)], ..Need::default() })),
            None => Ok(()),
        }
    }
}
