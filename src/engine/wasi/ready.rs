//! Files of the system that can be waited for.
#![forbid(unsafe_code)]

use super::common::WasiFile;
use crate::event_loop::Descriptor;
use libvm_abi::LoopEvents;

/// Returns the descriptor of a file if reading or writing it would have to wait.
#[cfg(unix)]
pub(super) fn not_yet(file: &dyn WasiFile, events: LoopEvents) -> Option<Descriptor> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::retry_on_intr;
    use std::os::fd::AsRawFd;
    let descriptor = file.pollable()?;
    let flags = if events & libvm_abi::LOOP_WRITABLE != 0 { PollFlags::OUT } else { PollFlags::IN };
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    // A signal that comes just now must not look like an answer: reading would then wait for ever.
    let ready = retry_on_intr(|| poll(&mut [PollFd::from_borrowed_fd(descriptor, flags)], Some(&now)));
    // What cannot be asked is used at once.
    (ready == Ok(0)).then(|| descriptor.as_raw_fd().into())
}

/// Returns `None`: whether it would have to wait is not known here.
#[cfg(not(unix))]
pub(super) fn not_yet(_: &dyn WasiFile, _: LoopEvents) -> Option<Descriptor> {
    None
}
