//! Events, as hooks see them.
use crate::error::c_string;
use crate::services::{Services, State};
use crate::{Error, Level, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::{CStr, c_void};
use std::marker::PhantomData;

/// The type of a value of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventType {
    /// A UTF-8 string.
    String,
    /// Bytes.
    Bytes,
    /// An integer of 64 bits.
    Integer,
    /// A pointer, whose meaning the host defines.
    Pointer,
}

/// What the host tells the hooks of a point, and what they tell the host: up to 1,000 values by key.
///
/// The failures of its functions have the host's status and text, and may be passed on with `?`: a key that the event does not have is NOT_FOUND,
/// a value of another type WRONG_TYPE.
pub struct Event<'a> {
    pub(super) event: *mut abi::Event,
    pub(super) host: *const abi::PluginHost,
    /// As long as the hook, on its thread.
    marker: PhantomData<(&'a (), *mut ())>,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $ty:ty, $get:ident, $raw:ty = $initial:expr, |$value:ident| $make:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// If the event does not have the key, or its value has another type.
        pub fn $name(&self, key: &str) -> Result<$ty> {
            let mut $value: $raw = $initial;
            // SAFETY: the event is valid during the hook.
            let status = unsafe { (self.table().$get)(self.event, c_string(key).as_ptr(), &mut $value) };
            self.checked(status, "reading", key)?;
            $make
        }
    )*};
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($value:ident: $ty:ty), $set:ident($($arg:expr),*);)*) => {$(
        $(#[$doc])*
        /// A former value of the key is replaced, whatever its type.
        ///
        /// # Errors
        /// If the key is empty or longer than 255 bytes, or the event has 1,000 other keys.
        pub fn $name(&mut self, key: &str, $value: $ty) -> Result<()> {
            // SAFETY: as above; what is passed is valid during the call.
            let status = unsafe { (self.table().$set)(self.event, c_string(key).as_ptr(), $($arg),*) };
            self.checked(status, "setting", key)
        }
    )*};
}

impl Event<'_> {
    /// # Safety
    /// Both are valid as long as it.
    pub(super) unsafe fn new(event: *mut abi::Event, host: *const abi::PluginHost) -> Self {
        Self { event, host, marker: PhantomData }
    }

    pub(super) fn table(&self) -> &abi::EventTable {
        // SAFETY: the event and its table are valid during the hook.
        unsafe { &*(*self.event).table }
    }

    pub(crate) fn services(&self) -> Services {
        // SAFETY: as above.
        Services { host: self.host, myself: unsafe { (*self.event).myself } }
    }

    fn checked(&self, status: Status, what: &str, key: &str) -> Result<()> {
        if status == abi::STATUS_OK { Ok(()) } else { Err(Error::known(status, format!("{what} `{key}` of the event failed"))) }
    }

    /// Fails the hook.
    pub(super) fn fail(&self, error: &Error) -> Status {
        if error.is_known() {
            return error.status();
        }
        // SAFETY: as above.
        unsafe { (self.table().fail)(self.event, error.status(), c_string(error.text()).as_ptr()) }
    }

    /// Returns the name of the point.
    pub fn point(&self) -> &str {
        // SAFETY: a string that is valid as long as the event.
        unsafe { CStr::from_ptr((*self.event).point) }.to_str().unwrap_or_default()
    }

    /// Returns the type of a value; `None` if the event does not have the key.
    pub fn type_of(&self, key: &str) -> Option<EventType> {
        let mut found = 0;
        // SAFETY: as above.
        let status = unsafe { (self.table().get_type)(self.event, c_string(key).as_ptr(), &mut found) };
        match found {
            _ if status != abi::STATUS_OK => None,
            abi::EVENT_TYPE_STRING => Some(EventType::String),
            abi::EVENT_TYPE_BYTES => Some(EventType::Bytes),
            abi::EVENT_TYPE_INTEGER => Some(EventType::Integer),
            abi::EVENT_TYPE_POINTER => Some(EventType::Pointer),
            _ => None,
        }
    }

    /// Returns the keys, in the order of their bytes.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        (0..).map_while(|index| {
            let mut key = std::ptr::null();
            // SAFETY: as above.
            let status = unsafe { (self.table().get_key)(self.event, index, &mut key) };
            // SAFETY: a string that is valid until the key is removed, which the borrow forbids.
            (status == abi::STATUS_OK).then(|| unsafe { CStr::from_ptr(key) }.to_str().unwrap_or_default())
        })
    }

    getters! {
        /// Returns a string.
        string: &str, get_string, *const std::ffi::c_char = std::ptr::null(), |value|
            // SAFETY: a string that is valid until the key is set again or removed, which the borrow forbids.
            unsafe { CStr::from_ptr(value) }.to_str().map_err(|_| Error::with_status(abi::STATUS_BAD_UTF8, "a string is not UTF-8"));
        /// Returns bytes.
        bytes: &[u8], get_bytes, abi::Bytes = abi::Bytes { data: std::ptr::null(), size: 0 }, |value|
            // SAFETY: as many bytes, valid as above.
            Ok(if value.size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(value.data, value.size) } });
        /// Returns an integer.
        integer: i64, get_integer, i64 = 0, |value| Ok(value);
        /// Returns a pointer. What it points to is for unsafe code to use, as the host's documentation of the point says.
        pointer: *mut c_void, get_pointer, *mut c_void = std::ptr::null_mut(), |value| Ok(value);
    }

    setters! {
        /// Sets a string; a NUL in it becomes U+FFFD.
        set_string(value: &str), set_string(c_string(value).as_ptr());
        /// Sets bytes.
        set_bytes(value: &[u8]), set_bytes(value.as_ptr().cast(), value.len());
        /// Sets an integer.
        set_integer(value: i64), set_integer(value);
    }

    /// Sets a pointer, which libvm only stores. A former value of the key is replaced, whatever its type.
    ///
    /// # Errors
    /// As for [`Event::set_integer`].
    #[expect(clippy::not_unsafe_ptr_arg_deref, reason = "nothing dereferences it")]
    pub fn set_pointer(&mut self, key: &str, value: *mut c_void) -> Result<()> {
        // SAFETY: as above.
        let status = unsafe { (self.table().set_pointer)(self.event, c_string(key).as_ptr(), value) };
        self.checked(status, "setting", key)
    }

    /// Removes a value; returns whether there was one.
    ///
    /// # Errors
    /// If the hook is called with an event that it may not change.
    pub fn remove(&mut self, key: &str) -> Result<bool> {
        // SAFETY: as above.
        match unsafe { (self.table().remove)(self.event, c_string(key).as_ptr()) } {
            abi::STATUS_NOT_FOUND => Ok(false),
            status => self.checked(status, "removing", key).map(|()| true),
        }
    }

    /// Writes a line to the log of the context.
    pub fn log(&self, level: Level, text: &str) {
        self.services().log(level, text);
    }

    /// Returns the state of the plug-in in the context.
    ///
    /// # Errors
    /// If the host has no state.
    pub fn state(&self) -> Result<State<'_>> {
        self.services().state()
    }

    /// Returns whether a permission is granted in the context.
    pub fn is_permitted(&self, permission: &str) -> bool {
        self.services().is_permitted(permission)
    }
}
