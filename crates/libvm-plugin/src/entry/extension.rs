//! Extensions of a plug-in, and that with which instances move their state.
use super::Flags;
use crate::Error;
use crate::data::Kind;
use crate::error;
use crate::instance::Instance;
use crate::plugin::Snapshot;
use crate::services::Services;
use libvm_abi::{self as abi, Status};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// An extension of a plug-in.
pub struct Extension {
    pub(super) id: &'static str,
    pub(super) pointer: *const c_void,
    pub(super) compilers: Option<Arc<[Kind]>>,
}

impl Extension {
    /// Creates one of a struct of the ABI and what that points to. Both stay as long as the plug-in's library.
    pub(crate) fn new<E: 'static>(id: &'static str, extension: E, parts: impl Sized + 'static) -> Self {
        let (extension, _) = Box::leak(Box::new((extension, parts)));
        Self { id, pointer: std::ptr::from_ref(extension).cast(), compilers: None }
    }

    pub(crate) fn with_compilers(self, compilers: Arc<[Kind]>) -> Self {
        Self { compilers: Some(compilers), ..self }
    }

    /// Creates the extension with which instances move their state.
    ///
    /// # Errors
    /// None.
    pub fn snapshot<T: Snapshot>(_: Flags) -> Result<Self, String> {
        let extension = abi::SnapshotExtension {
            size: size_of::<abi::SnapshotExtension>() as u32,
            reserved: 0,
            save: Some(save::<T>),
            restore: Some(restore::<T>),
        };
        Ok(Self::new(abi::SNAPSHOT_EXTENSION, extension, ()))
    }
}

/// # Safety
/// It is an instance of this plug-in.
unsafe fn in_instance<T>(instance: *mut c_void, run: impl FnOnce(&Instance<T>) -> Result<(), Error>) -> Status {
    // SAFETY: promised by the caller.
    let instance = unsafe { &*instance.cast::<Instance<T>>() };
    let ran = catch_unwind(AssertUnwindSafe(|| run(instance)));
    match ran.unwrap_or_else(|panic| Err(error::of_panic(&*panic))) {
        Ok(()) => abi::STATUS_OK,
        Err(error) => Services { host: instance.host(), myself: std::ptr::null_mut() }.fail(&error),
    }
}

unsafe extern "C" fn save<T: Snapshot>(instance: *mut c_void, write: abi::SnapshotWrite, user: *mut c_void) -> Status {
    let run = |instance: &Instance<T>| {
        let state = instance.borrow().ok_or_else(Instance::<T>::in_use)?.save()?;
        // SAFETY: libvm's own function and pointer; the slice has this length.
        match unsafe { write(user, state.as_ptr().cast(), state.len()) } {
            abi::STATUS_OK => Ok(()),
            status => Err(Error::of_host(status, "writing a snapshot")),
        }
    };
    // SAFETY: an instance of this plug-in.
    unsafe { in_instance(instance, run) }
}

unsafe extern "C" fn restore<T: Snapshot>(instance: *mut c_void, data: *const c_void, size: usize) -> Status {
    // SAFETY: libvm passes this many bytes.
    let state = if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data.cast::<u8>(), size) } };
    // A new instance, which no other thread knows yet.
    let run = |instance: &Instance<T>| instance.borrow_mut().ok_or_else(Instance::<T>::in_use)?.restore(state);
    // SAFETY: an instance of this plug-in.
    unsafe { in_instance(instance, run) }
}
