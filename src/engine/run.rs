//! The budget of a running execution: its time and its fuel, and where they are used up.
#![forbid(unsafe_code)]

use super::control::{Control, Controls};
use super::rewrite::REPEATED_FUEL;
use crate::limits::SLICE_FUEL;
use crate::status::{Error, Result, TrapCode, counted};
use libvm_abi as abi;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The limits of the executions that a context begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunLimits {
    /// The longest time from beginning to end, suspension included.
    pub timeout: Option<Duration>,
    /// The longest time of running, which is without the time of suspension.
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

/// The budget of a context's running execution, and the settings for the next one.
pub struct Run {
    limits: RunLimits,
    controls: Arc<Controls>,
    /// The control of the running or next execution, as `controls` has it.
    control: Arc<Control>,
    /// Whether there is an execution.
    running: bool,
    deadline: Option<Instant>,
    /// How much longer it may run, as of `since`.
    compute: Option<Duration>,
    /// When it began to run after its start or last suspension.
    since: Option<Instant>,
    /// When others have their turn.
    turn_ends: Option<Instant>,
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
            limits: RunLimits::default(),
            control: controls.current(),
            controls,
            running: false,
            deadline: None,
            compute: None,
            since: None,
            turn_ends: None,
            started: false,
            depth: 0,
            may_block,
            fuel: Fuel { budget: fuel.then_some(0), granted: 0, used: 0 },
        }
    }

    /// Returns the budget of the context after a reset: limits stay, what was set for the next execution does not.
    pub fn reset(&mut self) -> Self {
        let mut next = Self::new(self.fuel.budget.is_some(), self.may_block);
        (next.limits, next.controls) = (self.limits, Arc::clone(&self.controls));
        next.control = next.controls.renew();
        next
    }

    /// Returns the limits.
    pub fn limits(&self) -> RunLimits {
        self.limits
    }

    /// Sets the limits of executions that begin from now on.
    pub fn set_limits(&mut self, limits: RunLimits) {
        self.limits = limits;
    }

    /// Returns where the control of the running or next execution is.
    pub fn controls(&self) -> &Arc<Controls> {
        &self.controls
    }

    /// Returns the control of the running execution, or else of the next one.
    pub fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }

    /// Returns whether there is an execution.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Begins a call from the host into the guest: an execution, unless it is inside of one.
    ///
    /// # Errors
    /// `STATUS_CANCELLED` if the execution was cancelled before; then it has ended.
    pub fn enter(&mut self, started: bool) -> Result<()> {
        if !self.running {
            if self.control.is_cancelled() {
                self.control = self.controls.renew();
                return Err(cancelled());
            }
            self.started = started;
            self.running = true;
            if self.limits.timeout.is_some() || self.limits.compute.is_some() {
                let now = Instant::now();
                self.deadline = self.limits.timeout.and_then(|timeout| now.checked_add(timeout));
                self.compute = self.limits.compute;
                self.since = Some(now);
            }
        }
        self.depth += 1;
        Ok(())
    }

    /// Leaves a call from the host into the guest; the execution has ended if `over` and it was the outermost. Returns whether
    /// another call is below it.
    pub fn leave(&mut self, over: bool) -> bool {
        self.depth -= 1;
        if self.depth == 0 && over {
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
    pub fn recover(&mut self) {
        if self.depth != 0 {
            self.depth = 0;
            self.end();
        }
    }

    /// Ends the execution.
    pub fn end(&mut self) {
        self.running = false;
        // Otherwise nobody can reach the execution that has ended, and the next one may have the same control.
        if self.control.is_known() {
            self.control = self.controls.renew();
        }
        (self.deadline, self.compute, self.since, self.turn_ends, self.started) = (None, None, None, None, false);
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

    /// Begins to run after a suspension, or a turn of others.
    pub fn resume(&mut self) {
        let slice = self.limits.slice.filter(|_| self.may_yield());
        if self.compute.is_none() && slice.is_none() {
            return;
        }
        let now = Instant::now();
        self.since = Some(now);
        self.turn_ends = slice.map(|slice| now + slice);
    }

    /// Stops to run: the time until `resume` counts for the timeout only.
    pub fn pause(&mut self) {
        if let (Some(compute), Some(since)) = (&mut self.compute, self.since.take()) {
            *compute = compute.saturating_sub(since.elapsed());
        }
    }

    /// Returns when the execution has to be looked at again while it is suspended.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Checks whether the execution may go on.
    ///
    /// # Errors
    /// `STATUS_CANCELLED`, `STATUS_TIMEOUT`.
    pub fn check(&self) -> Result<Turn> {
        if self.control.is_cancelled() {
            return Err(cancelled());
        }
        if self.deadline.is_none() && self.compute.is_none() && self.turn_ends.is_none() {
            return Ok(Turn::Continues);
        }
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(self.timed_out("timeout", self.limits.timeout, "VM_ContextSetTimeout"));
        }
        if self.compute_left(now).is_some_and(|left| left.is_zero()) {
            return Err(self.timed_out("compute limit", self.limits.compute, "VM_ContextSetComputeLimit"));
        }
        let ends = self.may_yield() && self.turn_ends.is_some_and(|end| now >= end);
        Ok(if ends { Turn::Ends } else { Turn::Continues })
    }

    fn compute_left(&self, now: Instant) -> Option<Duration> {
        let ran = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.compute.map(|compute| compute.saturating_sub(ran))
    }

    fn timed_out(&self, what: &str, limit: Option<Duration>, setter: &str) -> Error {
        let limit = limit.unwrap_or_default().as_millis();
        Error::new(abi::STATUS_TIMEOUT, format!("the execution reached its {what} of {limit} ms ({setter})"))
    }

    /// Returns the milliseconds that the execution has left; `u64::MAX` without a limit.
    pub fn time_left(&self) -> u64 {
        let now = Instant::now();
        let wall = self.deadline.map(|deadline| deadline.saturating_duration_since(now));
        let left = [wall, self.compute_left(now)].into_iter().flatten().min();
        left.map_or(u64::MAX, |left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    /// Moves the limits of the running execution's time by some milliseconds.
    pub fn extend_time(&mut self, milliseconds: u64) {
        let more = Duration::from_millis(milliseconds);
        self.deadline = self.deadline.and_then(|deadline| deadline.checked_add(more));
        self.compute = self.compute.map(|compute| compute.saturating_add(more));
    }

    /// Returns the ledger of fuel.
    pub fn fuel(&mut self) -> &mut Fuel {
        &mut self.fuel
    }
}

fn cancelled() -> Error {
    Error::new(abi::STATUS_CANCELLED, "the execution was cancelled")
}

/// The ledger of fuel: what the host has given, apart from the slices that the engine is given of it.
pub struct Fuel {
    /// What the host has given and the guest has not used; `None` where fuel is only used to interrupt.
    budget: Option<u64>,
    /// What the engine was given and has not accounted for.
    granted: u64,
    /// What guests have used and host functions have charged.
    used: u64,
}

impl Fuel {
    /// Sets the budget.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` without fuel metering.
    pub fn set(&mut self, units: u64) -> Result<()> {
        self.get()?;
        self.budget = Some(units);
        Ok(())
    }

    /// Returns what is left of the budget.
    ///
    /// # Errors
    /// Those of `set`.
    pub fn get(&self) -> Result<u64> {
        self.budget.ok_or_else(|| {
            let message = "the engine does not meter fuel for its user; turn it on with VM_EngineConfigSetFuelMetering";
            Error::new(abi::STATUS_UNSUPPORTED, message)
        })
    }

    /// Takes units from the budget for work of the host.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_FUEL` if there are fewer: then none is left. Those of `set`.
    pub fn consume(&mut self, units: u64) -> Result<()> {
        let left = self.get()?;
        self.budget = Some(left.saturating_sub(units));
        self.used = self.used.saturating_add(units.min(left));
        if units > left {
            let message = format!("a host function needs {} of fuel, and {left} are left ({SETTERS})", counted(units, "unit"));
            return Err(out_of_fuel(message));
        }
        Ok(())
    }

    /// Accounts for what the engine has used: `left` is what it has left.
    pub fn settle(&mut self, left: u64) {
        let used = std::mem::take(&mut self.granted).saturating_sub(left);
        self.budget = self.budget.map(|budget| budget.saturating_sub(used));
        self.used = self.used.saturating_add(used);
    }

    /// Returns what guests have used and host functions have charged.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Returns how much the engine is given next, after `settle`: a slice if the execution can be interrupted, and at least what the
    /// next step needs.
    ///
    /// # Errors
    /// `STATUS_OUT_OF_FUEL` if less than that is left.
    pub fn grant(&mut self, interruptible: bool, needed: u64) -> Result<u64> {
        let wanted = if interruptible { needed.saturating_add(REPEATED_FUEL).max(SLICE_FUEL) } else { u64::MAX };
        let granted = self.budget.map_or(wanted, |budget| budget.min(wanted));
        if granted < needed {
            let message = format!(
                "the guest is out of fuel: it needs {} for its next step, and {granted} are left ({SETTERS})",
                counted(needed, "unit")
            );
            return Err(out_of_fuel(message));
        }
        self.granted = granted;
        Ok(granted)
    }
}

const SETTERS: &str = "VM_ContextSetFuel, VM_ContextAddFuel";

fn out_of_fuel(message: String) -> Error {
    Error::new(abi::STATUS_OUT_OF_FUEL, message).with_trap(TrapCode::OutOfFuel)
}
