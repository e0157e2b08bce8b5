//! The budget of a running execution: its time and its fuel, and where they are used up.
#![forbid(unsafe_code)]

#[cfg(feature = "compiled")]
use super::control::Wake;
use super::control::{Control, Controls};
use super::fuel::Fuel;
use crate::status::{Error, Result};
use crate::thread;
use libvm_abi as abi;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The limits of the executions that a context begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunLimits {
    /// The longest time from beginning to end, suspension included.
    pub timeout: Option<Duration>,
    /// The longest processor time of its threads.
    pub compute: Option<Duration>,
    /// How long a started execution runs before others have their turn.
    pub slice: Option<Duration>,
}

/// Whether an execution goes on, or lets others go on first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Continues,
    Ends,
}

/// Limits of time, and where the running execution reaches them.
#[derive(Default)]
struct Times {
    limits: RunLimits,
    deadline: Option<Instant>,
    compute: Option<Compute>,
    /// When others have their turn.
    turn_ends: Option<Instant>,
    /// Until when the thread that is in it wants to run it.
    until: Option<Instant>,
}

/// The budget of a context's running execution, and the settings for the next one.
pub struct Run {
    /// `None` in a context that has had no limit.
    times: Option<Box<Times>>,
    controls: Arc<Controls>,
    /// The control of the running or next execution, as `controls` has it.
    control: Arc<Control>,
    /// Whether there is an execution.
    running: bool,
    /// Whether the execution goes on with another call after the one that is next or running.
    continues: bool,
    /// Whether it was started, so that it may be suspended without waiting.
    started: bool,
    /// Nesting depth of its calls from the host into guests, which are below each other on the native stack.
    depth: usize,
    /// Whether a blocking call waits for a suspended host function.
    may_block: bool,
    fuel: Fuel,
}

impl Run {
    /// Creates the budget of a context whose engine meters fuel for its users, or not.
    pub fn new(fuel: bool, may_block: bool) -> Self {
        let controls = Arc::<Controls>::default();
        Self {
            times: None,
            control: controls.current(),
            controls,
            running: false,
            continues: false,
            started: false,
            depth: 0,
            may_block,
            fuel: Fuel::new(fuel),
        }
    }

    /// Returns the budget of the context after a reset: limits stay, what was set for the next execution does not.
    pub fn reset(&mut self) -> Self {
        let mut next = Self::new(self.fuel.is_metered(), self.may_block);
        next.set_limits(self.limits());
        next.controls = Arc::clone(&self.controls);
        next.control = next.controls.renew();
        next
    }

    /// Returns the limits.
    pub fn limits(&self) -> RunLimits {
        self.times.as_ref().map_or_else(RunLimits::default, |times| times.limits)
    }

    /// Sets the limits of executions that begin from now on.
    pub fn set_limits(&mut self, limits: RunLimits) {
        if self.times.is_some() || limits != RunLimits::default() {
            self.times.get_or_insert_default().limits = limits;
        }
    }

    /// Returns where the control of the running or next execution is.
    pub fn controls(&self) -> &Arc<Controls> {
        &self.controls
    }

    /// Returns the control of the running execution, or else of the next one.
    pub fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }

    /// Sets what interrupts running guests when their execution is cancelled.
    #[cfg(feature = "compiled")]
    pub fn interrupt_by(&mut self, interrupt: Arc<dyn Wake>) {
        self.control.interrupt_by(interrupt);
    }

    /// Returns whether the execution ends, or lets others go on, at a certain time.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn is_timed(&self) -> bool {
        self.times.as_ref().is_some_and(|times| times.are_limited())
    }

    /// Returns whether the running execution was started, so that it may be suspended without waiting.
    #[cfg(feature = "compiled")]
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// Returns whether no call from the host into a guest is below the one that runs.
    #[cfg(feature = "compiled")]
    pub fn is_outermost(&self) -> bool {
        self.depth <= 1
    }

    /// Returns whether `check` has anything to look at.
    #[cfg(feature = "compiled")]
    #[inline]
    pub fn is_limited(&self) -> bool {
        self.control.is_cancelled() || self.is_timed()
    }

    /// Begins a call from the host into the guest: an execution, unless it is inside of one.
    ///
    /// # Errors
    /// `STATUS_CANCELLED` if the execution was cancelled before; then it has ended. Those of `check` between two of its calls.
    pub fn enter(&mut self, started: bool) -> Result<()> {
        if !self.running {
            if self.control.is_cancelled() {
                self.control = self.controls.renew();
                return Err(cancelled());
            }
            self.started = started;
            self.running = true;
            if let Some(times) = &mut self.times {
                times.begin();
            }
        } else if self.depth == 0 {
            self.check()?;
        }
        self.depth += 1;
        Ok(())
    }

    /// Lets the execution go on with another call after its next one, if that succeeds; `end` ends it.
    pub fn continue_after_next(&mut self) {
        self.continues = true;
    }

    /// Leaves a call from the host into the guest; the execution has ended if `over` and it was the outermost. Returns whether
    /// another call is below it.
    pub fn leave(&mut self, over: bool) -> bool {
        self.depth -= 1;
        if self.depth == 0 && over && !std::mem::take(&mut self.continues) {
            self.end();
        }
        self.depth > 0
    }

    /// Goes on with a started execution.
    pub fn re_enter(&mut self) {
        self.depth += 1;
    }

    /// Ends what an internal error of libvm has left unfinished.
    #[inline]
    pub fn recover(&mut self, is_suspended: bool) {
        if self.running && !is_suspended {
            self.recover_now();
        }
    }

    #[cold]
    fn recover_now(&mut self) {
        self.depth = 0;
        self.end();
    }

    /// Ends the execution.
    pub fn end(&mut self) {
        self.continues = false;
        if !std::mem::take(&mut self.running) {
            return;
        }
        // Otherwise nobody can reach the execution that has ended, and the next one may have the same control.
        if self.control.is_known() {
            self.control = self.controls.renew();
        }
        self.started = false;
        if let Some(times) = &mut self.times {
            **times = Times { limits: times.limits, ..Times::default() };
        }
    }

    /// Returns why the callback of a running call cannot suspend it, if it cannot.
    pub fn refusal(&self) -> Option<&'static str> {
        if self.started && self.depth > 1 {
            return Some(
                "cannot suspend: a callback below it has called the guest with VM_CallerCall and waits on this thread, which a started \
                 execution must not hold; use VM_CallerStartCall there",
            );
        }
        (!self.started && !self.may_block).then_some(
            "cannot suspend: the call blocks, and the context does not permit it (VM_ContextConfigSetMayBlock); start an execution with \
             VM_ContextStart",
        )
    }

    /// Returns whether the execution was started and no callback waits below it, so that others may have their turn.
    fn may_yield(&self) -> bool {
        self.started && self.depth == 1
    }

    /// Sets until when the thread that goes on with the execution wants to run it, if the engine can interrupt guests.
    pub fn run_until(&mut self, until: Option<Instant>) {
        if self.times.is_some() || until.is_some() {
            self.times.get_or_insert_default().until = until;
        }
    }

    /// Begins to run after a suspension, or a turn of others.
    pub fn resume(&mut self) {
        let may_yield = self.may_yield();
        let Some(times) = &mut self.times else { return };
        let slice = times.limits.slice.filter(|_| may_yield);
        if times.compute.is_none() && slice.is_none() {
            return;
        }
        let now = Instant::now();
        times.compute.iter_mut().for_each(|compute| compute.resume(now));
        // One that was suspended only for a moment has no more time than others.
        let left = times.turn_ends.filter(|end| *end > now);
        times.turn_ends = slice.map(|slice| left.unwrap_or(now + slice));
    }

    /// Stops to run: the time until `resume` counts for the timeout only.
    pub fn pause(&mut self) {
        self.times.iter_mut().flat_map(|times| &mut times.compute).for_each(Compute::pause);
    }

    /// Returns when the execution has to be looked at again while it is suspended.
    pub fn deadline(&self) -> Option<Instant> {
        self.times.as_ref()?.deadline
    }

    /// Checks whether the execution may go on.
    ///
    /// # Errors
    /// `STATUS_CANCELLED`, `STATUS_TIMEOUT`.
    pub fn check(&mut self) -> Result<Turn> {
        if self.control.is_cancelled() {
            return Err(cancelled());
        }
        let may_yield = self.may_yield();
        self.times.as_mut().filter(|times| times.are_limited()).map_or(Ok(Turn::Continues), |times| times.check(may_yield))
    }

    /// Returns the milliseconds that the execution has left; `u64::MAX` without a limit.
    pub fn time_left(&mut self) -> u64 {
        let Some(times) = &mut self.times else { return u64::MAX };
        let now = Instant::now();
        let wall = times.deadline.map(|deadline| deadline.saturating_duration_since(now));
        let compute = times.compute.as_mut().map(|compute| compute.left(now));
        let left = [wall, compute].into_iter().flatten().min();
        left.map_or(u64::MAX, |left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    /// Moves the limits of the running execution's time by some milliseconds.
    pub fn extend_time(&mut self, milliseconds: u64) {
        let Some(times) = &mut self.times else { return };
        let more = Duration::from_millis(milliseconds);
        times.deadline = times.deadline.and_then(|deadline| deadline.checked_add(more));
        times.compute.iter_mut().for_each(|compute| compute.left = compute.left.saturating_add(more));
    }

    /// Returns the ledger of fuel.
    pub fn fuel(&mut self) -> &mut Fuel {
        &mut self.fuel
    }
}

impl Times {
    /// Begins an execution.
    fn begin(&mut self) {
        if self.limits.timeout.is_some() || self.limits.compute.is_some() {
            let now = Instant::now();
            self.deadline = self.limits.timeout.and_then(|timeout| now.checked_add(timeout));
            self.compute = self.limits.compute.map(|limit| Compute::new(limit, now));
        }
    }

    /// Returns whether the execution ends, or lets others go on, at a certain time.
    fn are_limited(&self) -> bool {
        self.deadline.is_some() || self.compute.is_some() || self.turn_ends.is_some() || self.until.is_some()
    }

    fn check(&mut self, may_yield: bool) -> Result<Turn> {
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(timed_out("timeout", self.limits.timeout, "VM_ContextSetTimeout"));
        }
        if self.compute.as_mut().is_some_and(|compute| compute.is_used_up(now)) {
            return Err(timed_out("compute limit", self.limits.compute, "VM_ContextSetComputeLimit"));
        }
        let ends = may_yield && [self.turn_ends, self.until].into_iter().flatten().any(|end| now >= end);
        Ok(if ends { Turn::Ends } else { Turn::Continues })
    }
}

fn timed_out(what: &str, limit: Option<Duration>, setter: &str) -> Error {
    let limit = limit.unwrap_or_default().as_millis();
    Error::new(abi::STATUS_TIMEOUT, format!("the execution reached its {what} of {limit} ms ({setter})"))
}

/// Creates the error of an execution that was cancelled.
pub fn cancelled() -> Error {
    Error::new(abi::STATUS_CANCELLED, "the execution was cancelled")
}

/// The processor time that an execution has left. The system's clock for it is slow: it is read only when so much time has passed that
/// all may be used up.
struct Compute {
    left: Duration,
    /// The processor time of the thread when `left` was last right; `None` while the execution does not run.
    used: Option<Duration>,
    /// When `left` may be used up at the earliest.
    read_at: Instant,
}

impl Compute {
    fn new(limit: Duration, now: Instant) -> Self {
        let mut compute = Self { left: limit, used: None, read_at: now };
        compute.resume(now);
        compute
    }

    fn resume(&mut self, now: Instant) {
        self.used = Some(thread::processor_time());
        self.read_at = now.checked_add(self.left).unwrap_or(now);
    }

    fn pause(&mut self) {
        if let Some(used) = self.used.take() {
            self.left = self.left.saturating_sub(thread::processor_time().saturating_sub(used));
        }
    }

    fn left(&mut self, now: Instant) -> Duration {
        if self.used.is_some() {
            self.pause();
            self.resume(now);
        }
        self.left
    }

    fn is_used_up(&mut self, now: Instant) -> bool {
        now >= self.read_at && self.left(now).is_zero()
    }
}
