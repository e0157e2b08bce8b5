//! The guest's clocks.
#![forbid(unsafe_code)]

use super::common::{
    MonotonicClock, SystemClock, WasiClocks, WasiMonotonicClock, WasiMonotonicOffsetClock, WasiSched, WasiSystemClock,
};
use super::poll::Scheduler;
use super::setup::Clock;
use super::wait::Waits;
use crate::stack;
use cap_std::ambient_authority;
use cap_std::time::{Duration, Instant, SystemTime};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The clocks of a context, and what waits for them.
pub(super) fn make(realtime: Option<&Clock>, monotonic: Option<&Clock>, waits: &Arc<Waits>) -> (WasiClocks, Box<dyn WasiSched>) {
    let slept = Arc::new(AtomicU64::new(0));
    let scheduler = Scheduler::new(slept.clone(), monotonic.is_none(), Arc::clone(waits));
    let clocks = WasiClocks::new();
    let clocks = match realtime {
        Some(clock) => clocks.with_system(Override::new(clock, slept.clone())),
        None => clocks.with_system(SystemClock::new(ambient_authority())),
    };
    let clocks = match monotonic {
        Some(clock) => {
            let zero = Instant::from_std(std::time::Instant::now());
            // Not created with its constructor, which takes one reading and uses it as zero.
            let abs_clock = Box::new(MonotonicOverride { zero, readings: Override::new(clock, slept) });
            WasiClocks { monotonic: Some(WasiMonotonicOffsetClock { creation_time: zero, abs_clock }), ..clocks }
        }
        None => clocks.with_monotonic(Still { clock: MonotonicClock::new(ambient_authority()), waits: Arc::clone(waits) }),
    };
    (clocks, Box::new(scheduler))
}

/// The system's clock, which stands still while a function determines until when it waits.
struct Still {
    clock: MonotonicClock,
    waits: Arc<Waits>,
}

impl WasiMonotonicClock for Still {
    fn resolution(&self) -> Duration {
        self.clock.resolution()
    }

    fn now(&self, precision: Duration) -> Instant {
        self.waits.reading().unwrap_or_else(|| self.clock.now(precision))
    }
}

/// A clock that the host controls.
struct Override {
    clock: Clock,
    readings: AtomicU64,
    latest: AtomicU64,
    slept: Arc<AtomicU64>,
}

impl Override {
    fn new(clock: &Clock, slept: Arc<AtomicU64>) -> Self {
        Self { clock: clock.clone(), readings: AtomicU64::new(0), latest: AtomicU64::new(0), slept }
    }

    fn read(&self) -> u64 {
        match &self.clock {
            Clock::Steps { start, step } => {
                start.saturating_add(step.saturating_mul(self.readings.fetch_add(1, Ordering::Relaxed)))
            }
            Clock::Callback(callback) => stack::on_thread(|| callback()),
        }
    }

    fn after_sleeping(&self, time: u64) -> Duration {
        Duration::from_nanos(time.saturating_add(self.slept.load(Ordering::Relaxed)))
    }
}

impl WasiSystemClock for Override {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self, _precision: Duration) -> SystemTime {
        let epoch = std::time::SystemTime::UNIX_EPOCH;
        SystemTime::from_std(epoch.checked_add(self.after_sleeping(self.read())).unwrap_or(epoch))
    }
}

struct MonotonicOverride {
    zero: Instant,
    readings: Override,
}

impl WasiMonotonicClock for MonotonicOverride {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self, _precision: Duration) -> Instant {
        let time = self.readings.read();
        let time = time.max(self.readings.latest.fetch_max(time, Ordering::Relaxed));
        self.zero.checked_add(self.readings.after_sleeping(time)).unwrap_or(self.zero)
    }
}
