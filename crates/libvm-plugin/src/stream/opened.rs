//! What a stream has opened.
use super::event::Held;
use super::part::StreamPart;
use crate::Result;
use crate::entry::Described;
use crate::error;
use crate::instance::Instance;
use crate::options::{Options, Values};
use crate::plugin::Plugin;
use crate::services::{Level, Services};
use libvm_abi::{self as abi, Status};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A kind of source or sink.
pub(super) trait Open: Sized + 'static {
    type Plugin: Plugin;
    type Options: Options;

    fn open(plugin: &Self::Plugin, part: StreamPart, options: Self::Options) -> Result<Self>;

    fn options() -> Described {
        Described::new(Self::Options::describe())
    }
}

/// An opened source or sink.
pub(super) struct Opened<S> {
    pub value: S,
    part: StreamPart,
    pub held: Held,
}

fn run<R>(run: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(error::of_panic(&*panic)))
}

/// Calls a function of an opened source or sink.
///
/// # Safety
/// [`open`] has made it, and no other function of it runs.
pub(super) unsafe fn with<S>(opened: *mut c_void, call: impl FnOnce(&mut Opened<S>) -> Result<Status>) -> Status {
    // SAFETY: promised by the caller.
    let opened = unsafe { &mut *opened.cast::<Opened<S>>() };
    let part = opened.part.clone();
    #[cfg(feature = "log")]
    let _current = crate::log::enter(part.services());
    run(|| call(opened)).unwrap_or_else(|error| part.fail(error))
}

/// `open` of a source or sink.
pub(super) unsafe extern "C" fn open<S: Open>(
    instance: *mut c_void,
    part: *const abi::StreamPart,
    opened: *mut *mut c_void,
) -> Status {
    // SAFETY: libvm passes the instance that `create` has made for this opening, and a part that is valid until `close`, or until this fails.
    let (instance, given) = unsafe { (&*instance.cast::<Instance<S::Plugin>>(), StreamPart::new(&*part)) };
    #[cfg(feature = "log")]
    let _current = crate::log::enter(given.services());
    let opening = || {
        // SAFETY: as above.
        let services = unsafe { Services { host: (*part).host, myself: (*part).myself } };
        let options = S::Options::read(&Values::new(services)?)?;
        let plugin = instance.borrow().ok_or_else(Instance::<S::Plugin>::in_use)?;
        S::open(&plugin, given.clone(), options)
    };
    match run(opening) {
        Ok(value) => {
            let made = Box::new(Opened { value, part: given, held: Held::default() });
            // SAFETY: libvm passes the place of the pointer.
            unsafe { opened.write(Box::into_raw(made).cast()) };
            abi::STATUS_OK
        }
        Err(error) => {
            given.close();
            given.fail(error)
        }
    }
}

/// Calls a function of an opened source or sink that cannot fail: a panic goes to the log.
///
/// # Safety
/// As for [`with`].
pub(super) unsafe fn end<S>(opened: *mut c_void, what: &str, call: impl FnOnce(&mut Opened<S>)) {
    // SAFETY: promised by the caller.
    let opened = unsafe { &mut *opened.cast::<Opened<S>>() };
    let part = opened.part.clone();
    #[cfg(feature = "log")]
    let _current = crate::log::enter(part.services());
    let ran = run(|| {
        call(opened);
        Ok(())
    });
    if let Err(error) = ran {
        part.log(Level::Error, &format!("{what} `{}`: {error}", part.name()));
    }
}

/// `close` of a source or sink.
pub(super) unsafe extern "C" fn close<S>(opened: *mut c_void) {
    // SAFETY: `open` has made it, and libvm does not use it any more.
    let part = unsafe { (*opened.cast::<Opened<S>>()).part.clone() };
    // SAFETY: as above; it is dropped once, and freed afterwards.
    unsafe {
        end::<S>(opened, "closing", |opened| std::ptr::drop_in_place(opened));
        drop(Box::from_raw(opened.cast::<std::mem::ManuallyDrop<Opened<S>>>()));
    }
    part.close();
}
