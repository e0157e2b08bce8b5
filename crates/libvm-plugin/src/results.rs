//! What host functions can return.
use crate::Error;
use crate::call::{Guest, Number};
use crate::error::c_string;
use libvm_abi::{self as abi, Status, Value};

/// What a host function returns: nothing, a number, a tuple of up to four, or a [`Result`](crate::Result) of these; a [`Pending`](crate::Pending)
/// if it suspends the guest.
///
/// # Safety
/// `put` writes what `SIGNATURE` names.
pub unsafe trait Results {
    /// Its part of the signature string.
    fn signature() -> String;
    /// The flags of such a function.
    const FLAGS: u32 = 0;

    /// Writes the results, and returns the status of the call.
    ///
    /// # Safety
    /// There is room for them.
    unsafe fn put(self, guest: &Guest<'_>, results: *mut Value) -> Status;
}

/// Fails a call.
#[cold]
pub(crate) fn fail(guest: &Guest<'_>, error: &Error) -> Status {
    if error.is_known() {
        return error.status();
    }
    // SAFETY: the caller and its table are valid during the call.
    unsafe { ((*(*guest.caller).table).fail)(guest.caller, error.status(), c_string(error.text()).as_ptr()) }
}

// SAFETY: no results.
unsafe impl Results for () {
    fn signature() -> String {
        String::new()
    }

    #[inline(always)]
    unsafe fn put(self, _: &Guest<'_>, _: *mut Value) -> Status {
        abi::STATUS_OK
    }
}

/// A number with its letter in signature strings.
pub trait Letter: Number {
    /// The letter.
    const LETTER: char;
}

macro_rules! letters {
    ($($ty:ty: $letter:literal;)*) => {$(
        impl Letter for $ty {
            const LETTER: char = $letter;
        }

        // SAFETY: one number of this type.
        unsafe impl Results for $ty {
            fn signature() -> String {
                $letter.to_string()
            }

            #[inline(always)]
            unsafe fn put(self, _: &Guest<'_>, results: *mut Value) -> Status {
                // SAFETY: promised by the caller.
                unsafe { results.write(self.to_value()) };
                abi::STATUS_OK
            }
        }
    )*};
}

letters! { i32: 'i'; u32: 'i'; bool: 'i'; i64: 'I'; u64: 'I'; f32: 'f'; f64: 'F'; }

macro_rules! tuples {
    ($(($($n:ident $index:tt),*);)*) => {$(
        // SAFETY: numbers of these types.
        unsafe impl<$($n: Letter),*> Results for ($($n,)*) {
            fn signature() -> String {
                [$($n::LETTER),*].iter().collect()
            }

            unsafe fn put(self, _: &Guest<'_>, results: *mut Value) -> Status {
                // SAFETY: promised by the caller.
                $(unsafe { results.add($index).write(self.$index.to_value()) };)*
                abi::STATUS_OK
            }
        }
    )*};
}

tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}

// SAFETY: those of `R`, or none.
unsafe impl<R: Results, E: Into<Error>> Results for Result<R, E> {
    fn signature() -> String {
        R::signature()
    }
    const FLAGS: u32 = R::FLAGS;

    #[inline(always)]
    unsafe fn put(self, guest: &Guest<'_>, results: *mut Value) -> Status {
        match self {
            // SAFETY: promised by the caller.
            Ok(values) => unsafe { values.put(guest, results) },
            Err(error) => fail(guest, &error.into()),
        }
    }
}
