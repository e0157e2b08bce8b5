//! Settings as bytes: how libvm passes them to the compiler, and a part of what code in a cache is found by.
//!
//! The bytes are the format (1), the flags (1), the processors (1), a zero byte, and the reservation and guard of memories (8 each, little
//! endian). Equal settings have equal bytes.

use crate::settings::{Cpu, Settings};

/// The version of the format. It changes with each setting that is added, and with each change of what a setting means.
pub const FORMAT: u8 = 1;

const SIZE: usize = 20;

const FUEL: u8 = 1 << 0;
const INTERRUPTION: u8 = 1 << 1;
const SIGNALS: u8 = 1 << 2;
const CANONICAL_NANS: u8 = 1 << 3;
const DETERMINISTIC_SIMD: u8 = 1 << 4;
const ADDRESS_MAP: u8 = 1 << 5;
const SYMBOLS: u8 = 1 << 6;
const ALL: u8 = FUEL | INTERRUPTION | SIGNALS | CANONICAL_NANS | DETERMINISTIC_SIMD | ADDRESS_MAP | SYMBOLS;

impl Settings {
    /// Returns the settings as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let flags = [
            (self.fuel, FUEL),
            (self.interruption, INTERRUPTION),
            (self.signals, SIGNALS),
            (self.canonical_nans, CANONICAL_NANS),
            (self.deterministic_simd, DETERMINISTIC_SIMD),
            (self.address_map, ADDRESS_MAP),
            (self.symbols, SYMBOLS),
        ];
        let flags = flags.into_iter().filter(|&(on, _)| on).fold(0, |all, (_, flag)| all | flag);
        let cpu = match self.cpu {
            Cpu::Host => 0,
            Cpu::Baseline => 1,
        };
        let mut bytes = vec![FORMAT, flags, cpu, 0];
        bytes.extend(self.memory_reservation.to_le_bytes());
        bytes.extend(self.memory_guard.to_le_bytes());
        bytes
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
        let [_, flags, cpu, zero, numbers @ ..] = bytes;
        if flags & !ALL != 0 || *zero != 0 {
            return Err(format!("the settings have unknown flags (0x{:02x}, 0x{zero:02x})", flags & !ALL));
        }
        let cpu = match cpu {
            0 => Cpu::Host,
            1 => Cpu::Baseline,
            other => return Err(format!("the settings name processors {other}, which this version does not have")),
        };
        let number = |at: usize| {
            let bytes = numbers[at..].iter().take(8);
            bytes.rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
        };
        Ok(Self {
            fuel: flags & FUEL != 0,
            interruption: flags & INTERRUPTION != 0,
            signals: flags & SIGNALS != 0,
            canonical_nans: flags & CANONICAL_NANS != 0,
            deterministic_simd: flags & DETERMINISTIC_SIMD != 0,
            address_map: flags & ADDRESS_MAP != 0,
            symbols: flags & SYMBOLS != 0,
            cpu,
            memory_reservation: number(0),
            memory_guard: number(8),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd() -> Settings {
        Settings {
            fuel: true,
            symbols: true,
            cpu: Cpu::Baseline,
            memory_reservation: 0x0102_0304_0506_0708,
            ..Settings::default()
        }
    }

    #[test]
    fn bytes_are_stable() {
        assert_eq!(Settings::default().to_bytes(), [1, 0b10_0100, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
        assert_eq!(odd().to_bytes(), [1, 0b110_0101, 1, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 2, 0, 0, 0, 0]);
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
            with(|s| s.deterministic_simd = true),
            with(|s| s.address_map = false),
            with(|s| s.symbols = true),
            with(|s| s.cpu = Cpu::Baseline),
            with(|s| s.memory_reservation = u64::MAX),
            with(|s| s.memory_guard = 0),
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
        assert_eq!(refused(&good[..19]), "the settings have 19 bytes, expected 20");
        assert_eq!(refused(&[&good[..], &[0]].concat()), "the settings have 21 bytes, expected 20");
        assert_eq!(changed(0, 9), "the settings have format 9, expected format 1");
        assert_eq!(refused(&[0]), "the settings have format 0, expected format 1");
        assert_eq!(changed(1, 0xff), "the settings have unknown flags (0x80, 0x00)");
        assert_eq!(changed(2, 2), "the settings name processors 2, which this version does not have");
        assert_eq!(changed(3, 7), "the settings have unknown flags (0x00, 0x07)");
    }
}
