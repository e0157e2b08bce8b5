//! The call that a host function runs for, and its guest.
use crate::error::c_string;
use crate::services::{Services, State};
use crate::{Error, Level, Result};
use libvm_abi::{self as abi, Value};
use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::Deref;

/// The call that a host function runs for: the services in the calling context.
///
/// For a singleton this is not the context that the plug-in was created in: use it, rather than [`Myself`](crate::Myself), for state, log and
/// permissions of the guest that calls.
pub struct Call<'a> {
    pub(crate) caller: *mut abi::Caller,
    pub(crate) host: *const abi::PluginHost,
    /// As long as the callback, on its thread.
    marker: PhantomData<(&'a (), *mut ())>,
}

impl Call<'_> {
    pub(crate) fn services(&self) -> Services {
        // SAFETY: the caller is valid during the call.
        Services { host: self.host, myself: unsafe { (*self.caller).myself } }
    }

    /// Writes a line to the log of the calling context.
    pub fn log(&self, level: Level, text: &str) {
        self.services().log(level, text);
    }

    /// Returns the state of the plug-in in the calling context.
    ///
    /// # Errors
    /// If the host has no state.
    pub fn state(&self) -> Result<State<'_>> {
        self.services().state()
    }

    /// Returns whether a permission is granted in the calling context.
    pub fn is_permitted(&self, permission: &str) -> bool {
        self.services().is_permitted(permission)
    }

    /// Requires a permission in the calling context.
    ///
    /// # Errors
    /// If it is not granted; the host's error names the permission, and how it is granted.
    pub fn require(&self, permission: &str) -> Result<()> {
        // SAFETY: the service is libvm's.
        let Some(service) = (unsafe { self.services().get::<abi::PermissionService>(abi::PERMISSION_SERVICE) }) else {
            return Err(Error::with_status(abi::STATUS_UNSUPPORTED, "this host has no permissions"));
        };
        // SAFETY: the caller is valid during the call.
        match unsafe { (service.require)(self.caller, c_string(permission).as_ptr()) } {
            abi::STATUS_OK => Ok(()),
            status => Err(Error::known(status, format!("the permission `{permission}` is required"))),
        }
    }
}

/// The guest that calls, with its memory and its functions. A function with this parameter has no parameters that are parts of the memory.
pub struct Guest<'a>(Call<'a>);

impl<'a> Deref for Guest<'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Guest<'_> {
    /// # Safety
    /// Both are valid as long as it.
    pub(crate) unsafe fn new(caller: *mut abi::Caller, host: *const abi::PluginHost) -> Self {
        Self(Call { caller, host, marker: PhantomData })
    }

    pub(crate) fn table(&self) -> &abi::CallerTable {
        // SAFETY: the caller and its table are valid during the call.
        unsafe { &*(*self.caller).table }
    }

    fn checked(&self, status: abi::Status, what: &str) -> Result<()> {
        if status == abi::STATUS_OK { Ok(()) } else { Err(Error::of_host(status, what)) }
    }

    /// Returns the size of the guest's memory in bytes.
    ///
    /// # Errors
    /// If it has none.
    pub fn memory_size(&self) -> Result<u64> {
        let mut size = 0;
        // SAFETY: the caller is valid during the call.
        let status = unsafe { (self.table().get_memory_size)(self.caller, &mut size) };
        self.checked(status, "asking for the size of the guest's memory").map(|()| size)
    }

    /// Copies from the guest's memory.
    ///
    /// # Errors
    /// If the range is not in it.
    pub fn read(&self, address: u64, data: &mut [u8]) -> Result<()> {
        // SAFETY: as above; the slice has this size.
        let status = unsafe { (self.table().read_memory)(self.caller, address, data.as_mut_ptr().cast(), data.len()) };
        self.checked(status, "reading the guest's memory")
    }

    /// Copies into the guest's memory.
    ///
    /// # Errors
    /// If the range is not in it.
    pub fn write(&mut self, address: u64, data: &[u8]) -> Result<()> {
        // SAFETY: as above.
        let status = unsafe { (self.table().write_memory)(self.caller, address, data.as_ptr().cast(), data.len()) };
        self.checked(status, "writing the guest's memory")
    }

    /// Calls a function that the guest exports. While it runs, the guest may call the plug-in again: functions that take `&mut self` trap
    /// then, because `self` is borrowed.
    ///
    /// # Errors
    /// The failure of the guest, which is passed on if the function returns this error.
    pub fn call<A: Numbers, R: Numbers>(&mut self, name: &str, args: A) -> Result<R> {
        let args = args.to_values();
        let mut results = vec![Value::NONE; R::COUNT];
        // SAFETY: as above; the arrays have these lengths.
        let status = unsafe {
            let name = c_string(name);
            (self.table().call)(self.caller, name.as_ptr(), args.as_ptr(), args.len(), results.as_mut_ptr(), results.len())
        };
        match status {
            abi::STATUS_OK => R::from_values(&results).ok_or_else(|| {
                Error::with_status(abi::STATUS_BAD_SIGNATURE, format!("`{name}` of the guest has results of other types"))
            }),
            status => {
                let reason =
                    self.reason().unwrap_or_else(|| format!("calling `{name}` of the guest failed with status {status}"));
                Err(Error::known(status, reason))
            }
        }
    }

    /// The message of the caller's function that failed last; `None` from a host that is older.
    fn reason(&self) -> Option<String> {
        // SAFETY: the caller and its table are valid during the call; every table begins with its size.
        let (table, size) = unsafe { ((*self.caller).table, (*(*self.caller).table).size as usize) };
        let has = size > offset_of!(abi::CallerTable, get_error_message);
        let mut message = std::ptr::null();
        // SAFETY: as above; the message is valid until the function is called again.
        unsafe {
            (has && ((*table).get_error_message)(self.caller, &mut message) == abi::STATUS_OK)
                .then(|| CStr::from_ptr(message).to_string_lossy().into_owned())
        }
    }
}

/// Numbers that are passed to a guest's function, or returned by it: a number, or a tuple of up to four.
pub trait Numbers: Sized {
    /// How many.
    const COUNT: usize;

    /// Converts them to values.
    fn to_values(self) -> Vec<Value>;

    /// Converts values to them, of which there are [`COUNT`](Self::COUNT); `None` if one has another type.
    fn from_values(values: &[Value]) -> Option<Self>;
}

/// A number of wasm.
pub trait Number: Sized {
    /// Converts it to a value.
    fn to_value(self) -> Value;

    /// Converts a value to it; `None` if that has another type.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! number {
    ($($ty:ty: $kind:ident, |$value:ident| $to:expr, |$from:ident| $get:expr;)*) => {$(
        impl Number for $ty {
            #[inline(always)]
            fn to_value(self) -> Value {
                let $value = self;
                $to
            }

            #[inline(always)]
            fn from_value($from: &Value) -> Option<Self> {
                ($from.kind == abi::$kind).then(|| $get)
            }
        }
    )*};
}

number! {
    i32: VALTYPE_I32, |n| Value::i32(n), |v| v.bits_32() as i32;
    u32: VALTYPE_I32, |n| Value::i32(n as i32), |v| v.bits_32();
    bool: VALTYPE_I32, |n| Value::i32(i32::from(n)), |v| v.bits_32() != 0;
    i64: VALTYPE_I64, |n| Value::i64(n), |v| v.bits_64() as i64;
    u64: VALTYPE_I64, |n| Value::i64(n as i64), |v| v.bits_64();
    f32: VALTYPE_F32, |n| Value::f32_bits(n.to_bits()), |v| f32::from_bits(v.bits_32());
    f64: VALTYPE_F64, |n| Value::f64_bits(n.to_bits()), |v| f64::from_bits(v.bits_64());
}

macro_rules! tuples {
    ($(($($n:ident $index:tt),*);)*) => {$(
        impl<$($n: Number),*> Numbers for ($($n,)*) {
            const COUNT: usize = [$($index),*].len();

            fn to_values(self) -> Vec<Value> {
                vec![$(self.$index.to_value()),*]
            }

            fn from_values(values: &[Value]) -> Option<Self> {
                Some(($($n::from_value(&values[$index])?,)*))
            }
        }
    )*};
}

tuples! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}

impl Numbers for () {
    const COUNT: usize = 0;

    fn to_values(self) -> Vec<Value> {
        Vec::new()
    }

    fn from_values(_: &[Value]) -> Option<Self> {
        Some(())
    }
}

impl<N: Number> Numbers for N {
    const COUNT: usize = 1;

    fn to_values(self) -> Vec<Value> {
        vec![self.to_value()]
    }

    fn from_values(values: &[Value]) -> Option<Self> {
        N::from_value(&values[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_types_are_not_numbers() {
        let values = [Value::i32(-1), Value::i64(2)];
        assert_eq!(<(i32, u64)>::from_values(&values), Some((-1, 2)));
        assert_eq!(<(i64, u64)>::from_values(&values), None);
        assert_eq!(f32::from_values(&values), None);
        assert_eq!(bool::from_value(&values[0]), Some(true));
    }
}
