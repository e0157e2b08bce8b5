//! The options of engines that code was compiled with, found by its key: that is a hash, so that all of them are tried.
#![forbid(unsafe_code)]

use libvm_codegen::{Cpu, Settings};

/// Finds an option in the settings.
type Place = fn(&mut Settings) -> &mut bool;

/// The options of hosts that change code, each with its place in the settings.
const OPTIONS: [(&str, Place); 6] = [
    ("fuel metering (VM_EngineConfigSetFuelMetering)", |settings| &mut settings.fuel),
    ("interruption (VM_EngineConfigSetInterruptible)", |settings| &mut settings.interruption),
    ("backtraces (VM_EngineConfigSetBacktraces)", |settings| &mut settings.address_map),
    ("canonical NaNs (VM_EngineConfigSetCanonicalNaNs)", |settings| &mut settings.canonical_nans),
    ("signal handlers (VM_EngineConfigSetSignalHandlers)", |settings| &mut settings.signals),
    ("a profiler (VM_EngineConfigSetProfiler)", |settings| &mut settings.symbols),
];

/// Returns with which options code was compiled, other than those of an engine with these settings, if it is of the same module.
pub fn difference(own: &Settings, is_of: impl Fn(&Settings) -> bool) -> Option<String> {
    (1..1_u32 << OPTIONS.len()).find_map(|changed| {
        let mut settings = own.clone();
        let mut with = Vec::new();
        for (_, (name, option)) in OPTIONS.iter().enumerate().filter(|(index, _)| changed >> index & 1 == 1) {
            let option = option(&mut settings);
            *option = !*option;
            with.push(format!("{} {name}", if *option { "with" } else { "without" }));
        }
        let found = [Cpu::Host, Cpu::Baseline].into_iter().any(|cpu| is_of(&Settings { cpu, ..settings.clone() }));
        found.then(|| with.join(" and "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_differ_are_named() {
        let own = Settings { address_map: false, ..Settings::default() };
        let code = Settings { fuel: true, address_map: true, cpu: Cpu::Baseline, ..own.clone() };
        let expected = "with fuel metering (VM_EngineConfigSetFuelMetering) and with backtraces (VM_EngineConfigSetBacktraces)";
        assert_eq!(difference(&own, |settings| *settings == code).as_deref(), Some(expected));
        let expected = "without interruption (VM_EngineConfigSetInterruptible)";
        let own = Settings { interruption: true, ..Settings::default() };
        assert_eq!(difference(&own, |settings| *settings == Settings::default()).as_deref(), Some(expected));
        assert_eq!(difference(&own, |_| false), None);
    }
}
