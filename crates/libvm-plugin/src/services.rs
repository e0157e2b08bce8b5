//! The host's services.
use crate::error::c_string;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::{CStr, CString, c_char, c_void};
use std::marker::PhantomData;
use std::path::PathBuf;

/// The severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error = 1,
    /// Something is not as it should be.
    Warning = 2,
    /// Worth knowing.
    Info = 3,
    /// For debugging the plug-in.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

/// A directory of a plug-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    /// The plug-in's own files, read-only.
    Resource = 1,
    /// Files to keep.
    Data = 2,
    /// Files that the plug-in can create again.
    Cache = 3,
    /// Files that are deleted with the instance.
    Temp = 4,
}

/// The host, and the presence in a context that its services are asked with.
#[derive(Clone, Copy)]
pub(crate) struct Services {
    pub host: *const abi::PluginHost,
    pub myself: *mut abi::PluginInstance,
}

impl Services {
    /// Returns a service.
    ///
    /// # Safety
    /// `S` is the type of the service with this id; the host is valid.
    pub unsafe fn get<'a, S>(self, id: &str) -> Option<&'a S> {
        let id = CString::new(id).ok()?;
        // SAFETY: promised by the caller.
        unsafe { ((*self.host).get_service)(self.host, id.as_ptr()).cast::<S>().as_ref() }
    }

    pub fn log(self, level: Level, text: &str) {
        // SAFETY: the host is valid, and the presence valid or null.
        unsafe { ((*self.host).log)(self.host, self.myself, level as abi::LogLevel, c_string(text).as_ptr()) };
    }

    pub fn fail(self, error: &Error) -> Status {
        if !error.is_known() {
            // SAFETY: the host is valid.
            unsafe { ((*self.host).fail)(self.host, c_string(error.text()).as_ptr()) };
        }
        error.status()
    }

    pub fn state<'a>(self) -> Result<State<'a>> {
        // SAFETY: the service of this id.
        let service = unsafe { self.get::<abi::StateService>(abi::STATE_SERVICE) };
        let service = service.ok_or_else(|| Error::with_status(abi::STATUS_UNSUPPORTED, "this host has no state"))?;
        Ok(State { service, myself: self.myself, marker: PhantomData })
    }

    pub fn is_permitted(self, permission: &str) -> bool {
        // SAFETY: the service of this id, with a valid presence.
        unsafe {
            self.get::<abi::PermissionService>(abi::PERMISSION_SERVICE)
                .is_some_and(|service| (service.check)(self.myself, c_string(permission).as_ptr()) == abi::STATUS_OK)
        }
    }

    pub fn directory(self, kind: Directory) -> Result<PathBuf> {
        // SAFETY: the service of this id.
        let service = unsafe { self.get::<abi::DirectoriesService>(abi::DIRECTORIES_SERVICE) };
        let service = service.ok_or_else(|| Error::with_status(abi::STATUS_UNSUPPORTED, "this host has no directories"))?;
        let mut path: *const c_char = std::ptr::null();
        // SAFETY: valid host and presence.
        match unsafe { (service.get)(self.host, self.myself, kind as abi::DirectoryKind, &mut path) } {
            // SAFETY: a string that is valid as long as the presence.
            abi::STATUS_OK => Ok(PathBuf::from(unsafe { CStr::from_ptr(path) }.to_string_lossy().into_owned())),
            status => Err(Error::known(status, format!("asking for a directory failed with status {status}"))),
        }
    }
}

/// Key-value storage and counters of the plug-in in a context. Keys have 1 to 1024 bytes, values at most 16 MiB.
pub struct State<'a> {
    service: &'a abi::StateService,
    myself: *mut abi::PluginInstance,
    marker: PhantomData<&'a ()>,
}

impl State<'_> {
    fn checked(status: Status, what: &str, key: &str) -> Result<()> {
        if status == abi::STATUS_OK { Ok(()) } else { Err(Error::of_host(status, &format!("{what} the state `{key}`"))) }
    }

    /// Sets a value.
    ///
    /// # Errors
    /// If the key or the value is too long, or the state file cannot be written.
    pub fn put(&self, key: &str, value: &[u8]) -> Result<()> {
        // SAFETY: valid during the borrow; the slice has this length.
        let status = unsafe { (self.service.put)(self.myself, c_string(key).as_ptr(), value.as_ptr().cast(), value.len()) };
        Self::checked(status, "setting", key)
    }

    /// Returns a value.
    ///
    /// # Errors
    /// If the state file cannot be read.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let name = c_string(key);
        let mut value: Vec<u8> = Vec::new();
        loop {
            let mut size = 0;
            // SAFETY: as above; the vector has this much room.
            let status =
                unsafe { (self.service.get)(self.myself, name.as_ptr(), value.as_mut_ptr().cast(), value.len(), &mut size) };
            match status {
                abi::STATUS_OK => {
                    value.truncate(size);
                    return Ok(Some(value));
                }
                abi::STATUS_NOT_FOUND => return Ok(None),
                // It may grow meanwhile, if other contexts have the same name.
                abi::STATUS_OUT_OF_BOUNDS => value.resize(size, 0),
                status => Self::checked(status, "reading", key)?,
            }
        }
    }

    /// Removes a value or a counter; returns whether there was one.
    ///
    /// # Errors
    /// If the state file cannot be written.
    pub fn remove(&self, key: &str) -> Result<bool> {
        // SAFETY: as above.
        match unsafe { (self.service.remove)(self.myself, c_string(key).as_ptr()) } {
            abi::STATUS_NOT_FOUND => Ok(false),
            status => Self::checked(status, "removing", key).map(|()| true),
        }
    }

    /// Adds to a counter, which is initially 0, and returns its value.
    ///
    /// # Errors
    /// On overflow, or if the state file cannot be written.
    pub fn increment(&self, key: &str, by: i64) -> Result<i64> {
        let mut now = 0;
        // SAFETY: as above.
        let status = unsafe { (self.service.increment)(self.myself, c_string(key).as_ptr(), by, &mut now) };
        Self::checked(status, "incrementing", key).map(|()| now)
    }

    /// Returns the value of a counter.
    ///
    /// # Errors
    /// If the state file cannot be read.
    pub fn counter(&self, key: &str) -> Result<i64> {
        let mut now = 0;
        // SAFETY: as above.
        let status = unsafe { (self.service.get_counter)(self.myself, c_string(key).as_ptr(), &mut now) };
        Self::checked(status, "reading", key).map(|()| now)
    }

    /// Returns the keys of values and counters with a prefix, in order.
    ///
    /// # Errors
    /// If the state file cannot be read.
    pub fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        unsafe extern "C" fn each(user: *mut c_void, key: *const c_char) -> bool {
            // SAFETY: the vector below, and a string.
            unsafe { (*user.cast::<Vec<String>>()).push(CStr::from_ptr(key).to_string_lossy().into_owned()) };
            true
        }
        let mut keys: Vec<String> = Vec::new();
        let user = std::ptr::from_mut(&mut keys).cast();
        // SAFETY: as above; `each` gets the vector.
        let status = unsafe { (self.service.list_keys)(self.myself, c_string(prefix).as_ptr(), Some(each), user) };
        Self::checked(status, "listing", prefix).map(|()| keys)
    }
}
