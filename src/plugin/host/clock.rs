//! The service of clocks: `libvm.clock/1`.

use crate::panics;
use libvm_abi::{ClockService, PluginHost};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The table that plug-ins are passed.
pub static SERVICE: ClockService = ClockService { size: size_of::<ClockService>() as u32, reserved: 0, get_monotonic, get_wall };

/// The moment since which the monotonic clock counts: before the first plug-in was loaded.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Starts the clock.
pub fn start() {
    LazyLock::force(&BEGINNING);
}

unsafe extern "C" fn get_monotonic(_host: *const PluginHost) -> u64 {
    panics::catch(|| BEGINNING.elapsed().as_nanos() as u64).unwrap_or(0)
}

unsafe extern "C" fn get_wall(_host: *const PluginHost) -> i64 {
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    let since = || match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => nanoseconds(since),
        Err(before) => -nanoseconds(before.duration()),
    };
    panics::catch(since).unwrap_or(0)
}
