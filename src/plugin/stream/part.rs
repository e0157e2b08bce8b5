//! Parts: the stream as one opened source or sink sees it, known by a number on any thread.

use super::queue::Queue;
use super::report::{Listener, Report};
use super::signal::Signal;
use crate::engine::Numbers;
use crate::plugin::threading;
use crate::status::Status;
use crate::thread;
use libvm_abi::{self as abi, StreamPart, StreamPartState, StreamPartTable};
use std::any::Any;
use std::ffi::CString;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The parts of all streams of the process that are open.
static PARTS: Numbers<Arc<Part>> = Numbers::new();

/// Locks the table of parts until the result is dropped.
pub fn parts() -> Box<dyn Any> {
    Box::new(PARTS.hold())
}

/// The state that the threads of a source or sink share with the stream.
pub struct Part {
    /// What the plug-in is passed, with the number; it points to the texts.
    raw: OnceLock<StreamPart>,
    texts: (CString, CString),
    name: String,
    signal: Arc<Signal>,
    listener: Option<Listener>,
    report: Mutex<Report>,
    /// Of a push source.
    queue: Option<Queue>,
    /// The thread that runs a function of the source or sink; 0 for none.
    inside: AtomicU64,
    /// The failure that this function has set.
    failure: Mutex<Option<(Status, String)>>,
}

// SAFETY: the pointers of `raw` are not followed here, and never written after it was set.
unsafe impl Send for Part {}
// SAFETY: as above.
unsafe impl Sync for Part {}

/// What a part is made of.
pub struct PartOf<'a> {
    pub stream: &'a str,
    pub name: &'a str,
    pub signal: &'a Arc<Signal>,
    pub listener: Option<Listener>,
    pub queue: Option<Queue>,
}

impl Part {
    /// Creates a part, which its number finds until it is closed.
    pub fn open(
        of: PartOf<'_>,
        table: &'static StreamPartTable,
        host: *const abi::PluginHost,
        myself: *mut abi::PluginInstance,
    ) -> Arc<Self> {
        let text = |text: &str| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default();
        let part = Arc::new(Self {
            raw: OnceLock::new(),
            texts: (text(of.stream), text(of.name)),
            name: of.name.to_owned(),
            signal: Arc::clone(of.signal),
            listener: of.listener,
            report: Mutex::default(),
            queue: of.queue,
            inside: AtomicU64::new(0),
            failure: Mutex::new(None),
        });
        let id = PARTS.insert(Arc::clone(&part));
        let (stream, name) = (part.texts.0.as_ptr(), part.texts.1.as_ptr());
        part.raw.get_or_init(|| StreamPart { table, host, myself, stream, name, reserved: std::ptr::null_mut(), id });
        part
    }

    /// Returns the part with a number.
    pub fn find(id: u64) -> Option<Arc<Self>> {
        PARTS.get(id)
    }

    /// Returns the pointer that `open` is passed.
    pub fn as_abi(&self) -> *const StreamPart {
        self.raw.get().map_or(std::ptr::null(), std::ptr::from_ref)
    }

    /// Closes it: its number is stale, and nothing is taken in any more.
    pub fn close(&self) {
        let closed = self.raw.get().and_then(|raw| PARTS.remove(raw.id));
        if let Some(queue) = &self.queue {
            queue.stop();
        }
        if closed.is_some() {
            self.change(|report| (report.state, report.text) = (abi::STREAM_PART_CLOSED, String::new()));
        }
    }

    /// Returns the queue of a push source.
    pub fn queue(&self) -> Option<&Queue> {
        self.queue.as_ref()
    }

    /// Wakes the thread that runs the stream.
    pub fn raise(&self) {
        self.signal.raise();
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the host sees.
    pub fn report(&self) -> Report {
        let queued = self.queue.as_ref().map_or(0, Queue::len);
        Report { queued, ..self.lock().clone() }
    }

    /// Changes what the host sees, and tells it.
    pub fn change(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.lock());
        if let Some(listener) = &self.listener {
            // Without the lock: it is the host's code.
            listener(&self.name, &self.report());
        }
    }

    /// Sets the state.
    pub fn set_state(&self, state: StreamPartState, text: String) {
        self.change(|report| (report.state, report.text) = (state, text));
    }

    fn failure(&self) -> MutexGuard<'_, Option<(Status, String)>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether this thread runs a function of the source or sink.
    pub fn is_inside(&self) -> bool {
        self.inside.load(Ordering::Acquire) == thread::number()
    }

    /// Returns whether the stream may need this thread: it runs the stream, or a serialized plug-in, whose turn the stream may wait
    /// for. What waits for the stream here would wait for ever.
    pub fn is_needed_here(&self) -> bool {
        self.is_inside() || self.signal.is_for_this_thread() || threading::is_in_turn()
    }

    /// Calls a function of the source or sink, and returns its status with the reason that it has set meanwhile.
    pub fn listen(&self, call: impl FnOnce() -> Status) -> (Status, Option<String>) {
        *self.failure() = None;
        let outer = self.inside.swap(thread::number(), Ordering::AcqRel);
        let status = call();
        self.inside.store(outer, Ordering::Release);
        let reason = self.failure().take().filter(|(explained, _)| *explained == status);
        (status, reason.map(|(_, text)| text))
    }

    /// Keeps the reason of the function that runs on this thread.
    ///
    /// # Errors
    /// `STATUS_WRONG_THREAD` if none does.
    pub fn fail(&self, status: Status, text: String) -> Result<(), Status> {
        if !self.is_inside() {
            return Err(abi::STATUS_WRONG_THREAD);
        }
        *self.failure() = Some((status, text));
        Ok(())
    }
}

/// Shows the state of an opened source or sink on any thread, also after it was closed.
#[derive(Clone)]
pub struct Monitor(Arc<Part>);

impl Monitor {
    /// Creates the monitor of a part.
    pub(super) fn new(part: &Arc<Part>) -> Self {
        Self(Arc::clone(part))
    }

    /// Returns the state.
    pub fn report(&self) -> Report {
        self.0.report()
    }
}
