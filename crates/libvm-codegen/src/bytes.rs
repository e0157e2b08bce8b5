//! Settings as bytes: how libvm passes them to the compiler, and a part of what code in a cache is found by.
//!
//! The bytes are the format, the flags, the processors, and a zero byte. Equal settings have equal bytes.

use crate::settings::{Cpu, Settings};

/// The version of the format. It changes with each setting that is added, and with each change of what a setting means.
pub const FORMAT: u8 = 2;

const SIZE: usize = 4;

const FUEL: u8 = 1 << 0;
const INTERRUPTION: u8 = 1 << 1;
const SIGNALS: u8 = 1 << 2;
const CANONICAL_NANS: u8 = 1 << 3;
const ADDRESS_MAP: u8 = 1 << 4;
const SYMBOLS: u8 = 1 << 5;
const ALL: u8 = FUEL | INTERRUPTION | SIGNALS | CANONICAL_NANS | ADDRESS_MAP | SYMBOLS;

impl Settings {
    /// Returns the settings as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let flags = [
            (self.fuel, FUEL),
            (self.interruption, INTERRUPTION),
            (self.signals, SIGNALS),
            (self.canonical_nans, CANONICAL_NANS),
            (self.address_map, ADDRESS_MAP),
            (self.symbols, SYMBOLS),
        ];
        let flags = flags.into_iter().filter(|&(on, _)| on).fold(0, |all, (_, flag)| all | flag);
        let cpu = match self.cpu {
            Cpu::Host => 0,
            Cpu::Baseline => 1,
        };
        vec![FORMAT, flags, cpu, 0]
    }

    /// Reads settings that `to_bytes` has written.
    ///
    /// # Errors
    /// A message that says what is wrong: another format, another size, or a value that the format does not have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let Some(&format) = bytes.first() else { return Err("the settings are empty".to_owned()) };
        if format != FORMAT {
            return Err(format!("the settings have format {format}, expected format {FORMAT}"));
        }
        let Ok(bytes) = <&[u8; SIZE]>::try_from(bytes) else {
            return Err(format!("the settings have {} bytes, expected {SIZE}", bytes.len()));
        };
        let [_, flags, cpu, zero] = bytes;
        if flags & !ALL != 0 || *zero != 0 {
            return Err(format!("the settings have unknown flags (0x{:02x}, 0x{zero:02x})", flags & !ALL));
        }
        let cpu = match cpu {
            0 => Cpu::Host,
            1 => Cpu::Baseline,
            other => return Err(format!("the settings name processors {other}, which this version does not have")),
        };
        Ok(Self {
            fuel: flags & FUEL != 0,
            interruption: flags & INTERRUPTION != 0,
            signals: flags & SIGNALS != 0,
            canonical_nans: flags & CANONICAL_NANS != 0,
            address_map: flags & ADDRESS_MAP != 0,
            symbols: flags & SYMBOLS != 0,
            cpu,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd() -> Settings {
        Settings { fuel: true, symbols: true, cpu: Cpu::Baseline, ..Settings::default() }
    }

    #[test]
    fn bytes_are_stable() {
        assert_eq!(Settings::default().to_bytes(), [2, 0b01_0100, 0, 0]);
        assert_eq!(odd().to_bytes(), [2, 0b11_0101, 1, 0]);
    }

    #[test]
    fn each_setting_comes_back_and_has_bytes_of_its_own() {
        let with = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings
        };
        let all = [
            Settings::default(),
            odd(),
            with(|s| s.fuel = true),
            with(|s| s.interruption = true),
            with(|s| s.signals = false),
            with(|s| s.canonical_nans = true),
            with(|s| s.address_map = false),
            with(|s| s.symbols = true),
            with(|s| s.cpu = Cpu::Baseline),
        ];
        let bytes: Vec<_> = all.iter().map(Settings::to_bytes).collect();
        for (at, settings) in all.iter().enumerate() {
            assert_eq!(Settings::from_bytes(&bytes[at]).as_ref(), Ok(settings));
            assert!(!bytes[..at].contains(&bytes[at]), "{settings:?}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let refused = |bytes: &[u8]| Settings::from_bytes(bytes).unwrap_err();
        let good = odd().to_bytes();
        let changed = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            refused(&bytes)
        };
        assert_eq!(refused(b""), "the settings are empty");
        assert_eq!(refused(&good[..3]), "the settings have 3 bytes, expected 4");
        assert_eq!(refused(&[&good[..], &[0]].concat()), "the settings have 5 bytes, expected 4");
        assert_eq!(changed(0, 9), "the settings have format 9, expected format 2");
        assert_eq!(refused(&[0]), "the settings have format 0, expected format 2");
        assert_eq!(changed(1, 0xff), "the settings have unknown flags (0xc0, 0x00)");
        assert_eq!(changed(2, 2), "the settings name processors 2, which this version does not have");
        assert_eq!(changed(3, 7), "the settings have unknown flags (0x00, 0x07)");
    }
}
