//! Bounds checks of linear memories and tables, for all accesses by the host: they have one status, and the trap code that the
//! same access by the guest would have.
#![forbid(unsafe_code)]

use crate::status::{Error, Result, TrapCode, counted};
use libvm_abi as abi;
use std::ops::Range;

/// Returns the range of an access to a memory of `total` bytes.
///
/// # Errors
/// `STATUS_OUT_OF_BOUNDS`.
#[inline]
pub fn range(total: usize, address: u64, size: u64) -> Result<Range<usize>> {
    match address.checked_add(size) {
        Some(end) if end <= total as u64 => Ok(address as usize..end as usize),
        _ => Err(outside(total, address, size)),
    }
}

#[cold]
fn outside(total: usize, address: u64, size: u64) -> Error {
    let message =
        format!("{} at address {address}: outside of the memory of {}", counted(size, "byte"), counted(total as u64, "byte"));
    Error::new(abi::STATUS_OUT_OF_BOUNDS, message).with_trap(TrapCode::MemoryOutOfBounds)
}

/// Creates the error of an access to a table of `size` elements.
#[cold]
pub fn no_element(size: u64, index: u64) -> Error {
    let message = format!("index {index} is out of bounds: the table has {}", counted(size, "element"));
    Error::new(abi::STATUS_OUT_OF_BOUNDS, message).with_trap(TrapCode::TableOutOfBounds)
}

/// Creates the error of a memory or table that cannot grow because its type allows only so much.
pub fn of_type(what: &str, most: &str) -> Error {
    Error::new(abi::STATUS_LIMIT, format!("{what}: its type allows {most}"))
}
