//! The one rule for flags that this library does not know.
#![forbid(unsafe_code)]

use libvm_abi as abi;

/// The flags of the high 16 bits that functions may have.
pub const FUNCTION_FLAGS: u32 = abi::FUNCTION_MAY_SUSPEND | abi::FUNCTION_THREAD_STACK;

/// Checks a flags word of the ABI: unknown flags of the low 16 bits are hints and are ignored, those of the high 16 bits change the
/// contract and are refused. The error names them.
pub fn check(flags: u32, known: u32) -> Result<(), String> {
    match flags & !known & 0xffff_0000 {
        0 => Ok(()),
        unknown => Err(format!("its flags {flags:#x} contain {unknown:#x}, which this version of libvm does not know")),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn hints_are_ignored_and_contracts_refused() {
        assert_eq!(
            check(0x5_ffff, 0x4_0000),
            Err("its flags 0x5ffff contain 0x10000, which this version of libvm does not know".into())
        );
        assert!(check(0x4_ffff, 0x4_0000).is_ok() && check(0xffff, 0).is_ok());
    }
}
