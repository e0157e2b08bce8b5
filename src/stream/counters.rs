//! What other threads see of a stream while it runs, and how they stop it.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// What a stream is doing. The numbers equal those of `VM_StreamState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// It was not run yet, or its last run has handled as many events as it was asked for.
    Idle = 1,
    /// A thread runs it.
    Running = 2,
    /// A thread runs it, and waits for the source or a sink.
    Waiting = 3,
    /// It was stopped.
    Stopped = 4,
    /// The source has ended, and everything is acknowledged.
    Ended = 5,
    /// Its last run has failed.
    Failed = 6,
}

impl State {
    /// Returns the state with a number.
    pub fn from_number(number: u32) -> Self {
        let all = [Self::Running, Self::Waiting, Self::Stopped, Self::Ended, Self::Failed];
        all.into_iter().find(|state| *state as u32 == number).unwrap_or(Self::Idle)
    }
}

/// Counters since the stream was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Events of the source.
    pub events_in: u64,
    /// Bytes of their payloads.
    pub bytes_in: u64,
    /// Events that all sinks have taken.
    pub events_out: u64,
    /// Bytes of their payloads.
    pub bytes_out: u64,
    /// Calls of stages.
    pub calls: u64,
    /// Failures of stages and of sinks to handle an event.
    pub failed: u64,
    /// Events that were left out after a failure.
    pub skipped: u64,
    /// Events that were written to the dead-letter sink after a failure.
    pub dead_lettered: u64,
    /// Commits that the source has taken.
    pub commits: u64,
    /// How often the stream waited for a sink that was full.
    pub waits: u64,
}

macro_rules! counters {
    ($($name:ident),*) => {
        /// The counters, which the thread that runs the stream changes.
        #[derive(Default)]
        struct Counters {
            $($name: AtomicU64),*
        }

        impl Counters {
            fn read(&self) -> Statistics {
                Statistics { $($name: self.$name.load(Ordering::Relaxed)),* }
            }

            fn write(&self, statistics: &Statistics) {
                $(self.$name.store(statistics.$name, Ordering::Relaxed);)*
            }
        }
    };
}
counters!(events_in, bytes_in, events_out, bytes_out, calls, failed, skipped, dead_lettered, commits, waits);

/// What other threads see of a stream, and how they stop it.
pub struct Shown {
    state: AtomicU32,
    stop: AtomicBool,
    counters: Counters,
}

impl Default for Shown {
    fn default() -> Self {
        Self { state: AtomicU32::new(State::Idle as u32), stop: AtomicBool::new(false), counters: Counters::default() }
    }
}

impl Shown {
    /// Returns a number of `State`.
    pub fn state(&self) -> u32 {
        self.state.load(Ordering::Acquire)
    }

    /// Sets the state.
    pub fn set_state(&self, state: State) {
        self.state.store(state as u32, Ordering::Release);
    }

    /// Requests that the running run, or else the next one, returns.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Returns whether a stop is requested.
    #[inline]
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Takes the request.
    pub fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::AcqRel)
    }

    /// Returns the counters.
    pub fn statistics(&self) -> Statistics {
        self.counters.read()
    }

    /// Publishes the counters.
    pub fn publish(&self, statistics: &Statistics) {
        self.counters.write(statistics);
    }
}
