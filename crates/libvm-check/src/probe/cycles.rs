//! Loops that show leaks: what is created, used and destroyed again and again must not make the process grow.
#![forbid(unsafe_code)]

use super::{Loaded, Work, calls};
use crate::host::Result;
use crate::meter::Reading;

/// Loops after which everything that is created once exists.
const WARM_UP: usize = 12;
/// Loops between two readings.
const BATCH: usize = 12;
/// Readings that are compared.
const BATCHES: usize = 5;

/// Contexts with the plug-in, in one registry.
pub fn contexts(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    let turn = |loaded: &Loaded| -> Result {
        work.journal.begin("creating an instance in a loop (`create`)");
        let mut context = work.context(loaded, None, false)?;
        calls::usual(work, loaded, &mut context, 0)?;
        work.journal.begin("destroying an instance in a loop (`destroy`)");
        Ok(())
    };
    measure(work, "creating, calling and destroying an instance", || turn(&loaded))
}

/// Registries with the plug-in and a context each: it is loaded and cleaned up.
pub fn registries(work: &Work<'_>) -> Result {
    measure(work, "loading and unloading it", || {
        let loaded = work.load()?;
        let context = work.context(&loaded, None, false);
        work.journal.begin("unloading it in a loop (`cleanup`)");
        drop((context, loaded));
        Ok(())
    })
}

fn measure(work: &Work<'_>, what: &str, mut turn: impl FnMut() -> Result) -> Result {
    for _ in 0..WARM_UP {
        turn()?;
        if work.is_late(30) {
            work.note("leak", format!("{what} takes too long to be repeated: leaks are not looked for"), "");
            return Ok(());
        }
    }
    let mut readings = vec![Reading::now()];
    while readings.len() <= BATCHES && !work.is_late(60) {
        for _ in 0..BATCH {
            turn()?;
        }
        readings.push(Reading::now());
    }
    work.part("count", &[(WARM_UP + BATCH * (readings.len() - 1)).to_string()]);
    for complaint in complaints(&readings) {
        let remedy = "what create makes is freed in destroy, and what initialize makes in cleanup";
        work.fault("leak", format!("{what} leaks {complaint} each time"), remedy);
    }
    Ok(())
}

/// Returns what grew in every batch, for each turn.
fn complaints(readings: &[Reading]) -> Vec<String> {
    /// Bytes of a turn: less is what a C library keeps for itself.
    const HEAP: u64 = 8;
    /// Memory comes in pages, and a language with a collector gives it back late.
    const RESIDENT: u64 = 32 << 10;
    if readings.len() <= BATCHES {
        return Vec::new();
    }
    let turns = BATCH as u64;
    let least =
        |of: fn(&Reading) -> u64| readings.windows(2).map(|pair| of(&pair[1]).saturating_sub(of(&pair[0]))).min().unwrap_or(0);
    let mut made = Vec::new();
    let heap = least(|reading| reading.heap);
    if heap >= HEAP * turns {
        made.push(format!("about {} bytes of memory", heap / turns));
    }
    let resident = least(|reading| reading.resident);
    if made.is_empty() && resident >= RESIDENT * turns {
        made.push(format!("about {} KiB of memory", resident / turns / 1024));
    }
    let mut counted = |grown: u64, what: &str| {
        if grown >= turns {
            made.push(format!("{} {what}{}", grown / turns, if grown / turns == 1 { "" } else { "s" }));
        }
    };
    counted(least(|reading| reading.descriptors), "descriptor");
    counted(least(|reading| reading.threads), "thread");
    counted(least(|reading| reading.children), "ended process");
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_each_time_is_a_leak() {
        let readings = |step: &dyn Fn(u64) -> Reading| (0..=BATCHES as u64).map(step).collect::<Vec<_>>();
        let turns = BATCH as u64;
        assert!(complaints(&readings(&|_| Reading::default())).is_empty());
        let once = readings(&|n| Reading { heap: if n > 2 { 1 << 20 } else { 0 }, ..Reading::default() });
        assert!(complaints(&once).is_empty());
        let leaks = readings(&|n| Reading { heap: n * turns * 48, descriptors: n * turns, ..Reading::default() });
        assert_eq!(complaints(&leaks), ["about 48 bytes of memory", "1 descriptor"]);
    }
}
