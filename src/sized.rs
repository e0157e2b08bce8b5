//! Structs that the caller allocates: they begin with their size, so that a program and a library of different ages agree.

use crate::status::{Error, Result};
use libvm_abi as abi;
use std::mem::MaybeUninit;
use std::ptr;

/// A struct of the caller.
///
/// # Safety
/// It is `repr(C)`, has no padding, begins with `size: u32`, and is valid when all other bytes are zero.
pub unsafe trait Growing: Copy {
    /// Its name in C.
    const NAME: &'static str;
    /// What initializes it in C.
    const INIT: &'static str;
    /// The size that it had in the first version of the library that had it.
    const LEAST: usize;
}

/// No struct is larger: a size above it is no size.
const MOST: usize = 4096;

/// The size that the caller says.
///
/// # Safety
/// The pointer is NULL or points to a struct of the caller.
unsafe fn size<T: Growing>(given: *const T, what: &str) -> Result<usize> {
    if given.is_null() {
        return Err(Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} is NULL")));
    }
    if !given.is_aligned() {
        let message = format!("{what} is not aligned to {} bytes", align_of::<T>());
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    // SAFETY: the struct begins with its size.
    let size = unsafe { given.cast::<u32>().read() } as usize;
    if !(T::LEAST..=MOST).contains(&size) {
        let name = T::NAME;
        let why = match size {
            ..=MOST => format!("a {name} has at least {} bytes", T::LEAST),
            _ => format!("no {name} has more than {MOST} bytes"),
        };
        let message = format!("the size of {what} is {size}, but {why}; initialize it with {}", T::INIT);
        return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    Ok(size)
}

/// Reads a struct of the caller. Fields that an older program does not have are zero; a newer program may not set fields that this
/// library does not have.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_INVALID_ARGUMENT`, `STATUS_UNSUPPORTED`.
///
/// # Safety
/// The pointer is NULL or points to as many bytes as the struct says.
pub unsafe fn read<T: Growing>(given: *const T, what: &str) -> Result<T> {
    // SAFETY: promised by the caller of this function.
    let size = unsafe { size(given, what)? };
    let known = size.min(size_of::<T>());
    let mut read = MaybeUninit::<T>::zeroed();
    // SAFETY: so many bytes are there on both sides.
    let rest = unsafe {
        ptr::copy_nonoverlapping(given.cast::<u8>(), read.as_mut_ptr().cast(), known);
        std::slice::from_raw_parts(given.cast::<u8>().add(known), size - known)
    };
    if rest.iter().any(|byte| *byte != 0) {
        let message = format!("{what} sets a field of {} that this version of libvm does not have; update libvm", T::NAME);
        return Err(Error::new(abi::STATUS_UNSUPPORTED, message));
    }
    // SAFETY: the caller's bytes, and zeros behind them, which the trait says is valid.
    Ok(unsafe { read.assume_init() })
}

/// Writes a struct of the caller, as far as it goes; fields that this library does not have become zero.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// The pointer is NULL or points to as many bytes as the struct says, which can be written.
pub unsafe fn write<T: Growing>(out: *mut T, value: T, what: &str) -> Result<()> {
    // SAFETY: promised by the caller of this function.
    let size = unsafe { size(out, what)? };
    let known = size.min(size_of::<T>());
    let (from, to) = (ptr::from_ref(&value).cast::<u8>(), out.cast::<u8>());
    let head = size_of::<u32>();
    // SAFETY: so many bytes are there on both sides; the size stays the caller's.
    unsafe {
        ptr::copy_nonoverlapping(from.add(head), to.add(head), known - head);
        ptr::write_bytes(to.add(known), 0, size - known);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct as a library of today has it: `later` was appended.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Grown {
        size: u32,
        first: u32,
        later: u64,
    }

    // SAFETY: no padding, and numbers are valid as zeros.
    unsafe impl Growing for Grown {
        const NAME: &'static str = "VM_Grown";
        const INIT: &'static str = "VM_GROWN_INIT";
        const LEAST: usize = 8;
    }

    #[repr(C, align(8))]
    struct Room([u32; 8]);

    fn given(words: [u32; 8]) -> Room {
        Room(words)
    }

    #[test]
    fn a_program_of_any_age_is_read() {
        for (words, expected) in [
            ([8, 5, 9, 9, 9, 9, 9, 9], Grown { size: 8, first: 5, later: 0 }),
            ([16, 5, 6, 0, 9, 9, 9, 9], Grown { size: 16, first: 5, later: 6 }),
            ([24, 5, 6, 0, 0, 0, 9, 9], Grown { size: 24, first: 5, later: 6 }),
        ] {
            let room = given(words);
            // SAFETY: the room is larger than the size that it says.
            assert_eq!(unsafe { read(room.0.as_ptr().cast::<Grown>(), "type") }.unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (words, status, why) in [
            (
                [0; 8],
                abi::STATUS_INVALID_ARGUMENT,
                "the size of type is 0, but a VM_Grown has at least 8 bytes; initialize it with VM_GROWN_INIT",
            ),
            ([7, 0, 0, 0, 0, 0, 0, 0], abi::STATUS_INVALID_ARGUMENT, "the size of type is 7"),
            (
                [4097, 0, 0, 0, 0, 0, 0, 0],
                abi::STATUS_INVALID_ARGUMENT,
                "the size of type is 4097, but no VM_Grown has more than 4096 bytes",
            ),
            (
                [24, 5, 6, 0, 0, 1, 0, 0],
                abi::STATUS_UNSUPPORTED,
                "type sets a field of VM_Grown that this version of libvm does not have",
            ),
        ] {
            let room = given(words);
            // SAFETY: the room is larger than what is read of it.
            let error = unsafe { read(room.0.as_ptr().cast::<Grown>(), "type") }.unwrap_err();
            assert_eq!(error.status(), status);
            assert!(error.message().starts_with(why), "{}", error.message());
        }
    }

    #[test]
    fn a_program_of_any_age_is_written_to() {
        let value = Grown { size: 16, first: 5, later: 6 };
        for (size, expected) in [(8, [8, 5, 9, 9, 9, 9, 9, 9]), (16, [16, 5, 6, 0, 9, 9, 9, 9]), (24, [24, 5, 6, 0, 0, 0, 9, 9])]
        {
            let mut room = given([size, 9, 9, 9, 9, 9, 9, 9]);
            // SAFETY: the room is larger than the size that it says.
            unsafe { write(room.0.as_mut_ptr().cast::<Grown>(), value, "type") }.unwrap();
            assert_eq!(room.0, expected);
        }
    }
}
