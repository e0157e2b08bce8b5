//! Bounds of linear memories and tables, for all accesses of the host.
#![forbid(unsafe_code)]

use crate::status::{Error, Result, counted};
use libvm_abi as abi;
use std::ops::Range;

/// The bytes of an access to a memory of `total` bytes.
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
    Error::new(abi::STATUS_OUT_OF_BOUNDS, message)
}
