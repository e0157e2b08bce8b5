//! Sleeping, and waiting for files.
#![forbid(unsafe_code)]

use super::common::{
    Error, MonotonicClock, Poll, RwEventFlags, Subscription, SubscriptionResult, Userdata, WasiFile, WasiMonotonicClock,
    WasiSched, async_trait, sched,
};
use super::wait::{Need, Waits};
use super::{ready, stdio};
use cap_std::ambient_authority;
use cap_std::time::Duration;
use libvm_abi as abi;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Pause after a wait that ended without result, which happens where the system cannot wait for a file (Windows).
const PAUSE: Duration = Duration::from_millis(1);

/// Waits on the thread that runs the guest, or leaves the function; if the host controls the monotonic clock, advances the clocks instead.
pub(super) struct Scheduler {
    slept: Arc<AtomicU64>,
    blocks: bool,
    waits: Arc<Waits>,
}

impl Scheduler {
    /// Creates a scheduler that adds the nanoseconds for which the guest slept to `slept`, and waits only if it `blocks`.
    pub(super) fn new(slept: Arc<AtomicU64>, blocks: bool, waits: Arc<Waits>) -> Self {
        Self { slept, blocks, waits }
    }

    fn pass(&self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        // Unlike `fetch_add`, this cannot wrap to zero and make the clocks go back. The closure never declines to update.
        let _ = self.slept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |slept| Some(slept.saturating_add(nanoseconds)));
        if self.blocks {
            thread::sleep(duration);
        }
    }
}

// Not wasi-common's own scheduler: it cannot wait for something that is not a system file (captured output, for instance),
// reports every file as ready once one is, and panics if a clock stands still.
#[async_trait]
impl WasiSched for Scheduler {
    async fn sleep(&self, duration: Duration) -> Result<(), Error> {
        let start = self.waits.go_on();
        if !self.blocks || !self.waits.leaves() {
            self.pass(duration);
            return Ok(());
        }
        let start = start.unwrap_or_else(Instant::now);
        match start.checked_add(duration) {
            Some(until) if until <= Instant::now() => Ok(()),
            until => Err(self.waits.leave(Need { until, ..Need::default() })),
        }
    }

    async fn sched_yield(&self) -> Result<(), Error> {
        thread::yield_now();
        Ok(())
    }

    async fn poll_oneoff<'a>(&self, poll: &mut Poll<'a>) -> Result<(), Error> {
        self.waits.go_on();
        loop {
            let mut files = Vec::new();
            let mut ready = false;
            for subscription in poll.rw_subscriptions() {
                let writes = matches!(subscription, Subscription::Write(_));
                let (Subscription::Read(asked) | Subscription::Write(asked)) = subscription else { continue };
                match readiness(asked.file, writes).await {
                    Ok(None) => {
                        files.push((asked.file, writes));
                        continue;
                    }
                    Ok(Some((size, flags))) => asked.complete(size, flags),
                    Err(error) => asked.error(error),
                }
                ready = true;
            }
            let deadline = poll.earliest_clock_deadline();
            let remaining = deadline.map(|clock| clock.duration_until().unwrap_or(Duration::ZERO));
            match remaining {
                _ if ready => return Ok(()),
                Some(Duration::ZERO) => return Ok(()),
                Some(remaining) if !self.blocks || (files.is_empty() && !self.waits.leaves()) => {
                    self.pass(remaining);
                    return Ok(());
                }
                None if files.is_empty() => return Ok(()),
                _ if self.waits.leaves() => return Err(self.waits.leave(need(&files, remaining))),
                _ => wait(&files, remaining).await?,
            }
        }
    }
}

/// Returns how many bytes can be read or written without waiting; `None` if it is necessary to wait.
async fn readiness(file: &dyn WasiFile, writes: bool) -> Result<Option<(u64, RwEventFlags)>, Error> {
    if stdio::notice(file).is_some() {
        return Ok(None);
    }
    if file.pollable().is_none() {
        let size = if writes { 0 } else { file.num_ready_bytes()?.max(1) };
        return Ok(Some((size, RwEventFlags::empty())));
    }
    match ask_system(&[(file, writes)], Some(Duration::ZERO)).await? {
        Some(SubscriptionResult::Read(result) | SubscriptionResult::Write(result)) => result.map(Some),
        _ => Ok(None),
    }
}

/// Returns what the guest waits for: that a file may be ready, or that the time has elapsed.
fn need(files: &[(&dyn WasiFile, bool)], limit: Option<Duration>) -> Need {
    let mut need = Need { until: limit.and_then(|limit| Instant::now().checked_add(limit)), ..Need::default() };
    for (file, writes) in files {
        let events = if *writes { abi::LOOP_WRITABLE } else { abi::LOOP_READABLE };
        need.notices.extend(stdio::notice(*file));
        need.files.extend(ready::not_yet(*file, events).map(|descriptor| (descriptor, events)));
    }
    if need.notices.len() + need.files.len() < files.len() {
        // One has become ready, or the system cannot say: it is asked again.
        let soon = Instant::now() + PAUSE;
        need.until = Some(need.until.map_or(soon, |until| until.min(soon)));
    }
    need
}

/// Blocks until a file may be ready or the time has elapsed.
async fn wait(files: &[(&dyn WasiFile, bool)], limit: Option<Duration>) -> Result<(), Error> {
    if ask_system(files, limit).await?.is_none() {
        thread::sleep(PAUSE.min(limit.unwrap_or(PAUSE)));
    }
    Ok(())
}

/// Returns the first result of waiting for files for some time.
async fn ask_system(files: &[(&dyn WasiFile, bool)], limit: Option<Duration>) -> Result<Option<SubscriptionResult>, Error> {
    let clock = MonotonicClock::new(ambient_authority());
    let mut poll = Poll::new();
    for (file, writes) in files {
        if *writes {
            poll.subscribe_write(*file, Userdata::from(0));
        } else {
            poll.subscribe_read(*file, Userdata::from(0));
        }
    }
    let now = clock.now(Duration::ZERO);
    if let Some(deadline) = limit.and_then(|limit| now.checked_add(limit)) {
        poll.subscribe_monotonic_clock(&clock, deadline, Duration::ZERO, Userdata::from(0));
    }
    sched::poll_oneoff(&mut poll).await?;
    Ok(poll.results().into_iter().next().map(|(result, _)| result))
}
