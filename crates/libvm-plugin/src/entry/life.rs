//! From `initialize` to `cleanup`, and from `create` to `destroy`.
use crate::Result;
use crate::data::{Data, Kind};
use crate::error;
use crate::instance::Instance;
use crate::myself::Myself;
use crate::options::{Options as _, Values};
use crate::plugin::Create;
use crate::services::{Level, Services};
use crate::shared::Shared;
use libvm_abi::{self as abi, Status};
use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Whether the plug-in has the word `shared`.
pub trait Sharing {
    /// Creates what a registry shares.
    ///
    /// # Errors
    /// Those of the plug-in.
    fn share() -> Result<Option<Arc<dyn Any + Send + Sync>>>;
}

/// It does not.
pub struct Nothing;

/// It does.
pub struct Shares<T>(std::marker::PhantomData<T>);

impl Sharing for Nothing {
    fn share() -> Result<Option<Arc<dyn Any + Send + Sync>>> {
        Ok(None)
    }
}

impl<T: Shared> Sharing for Shares<T> {
    fn share() -> Result<Option<Arc<dyn Any + Send + Sync>>> {
        Ok(Some(Arc::new(T::share()?)))
    }
}

/// # Safety
/// The host is valid until `cleanup` has returned, and `data` is the place of the data.
pub(super) unsafe fn initialize<S: Sharing>(
    host: *const abi::PluginHost,
    compilers: Arc<[Kind]>,
    data: *mut *mut c_void,
) -> Status {
    match catch_unwind(S::share).unwrap_or_else(|panic| Err(error::of_panic(&*panic))) {
        Ok(shared) => {
            #[cfg(feature = "log")]
            // SAFETY: promised by the caller.
            unsafe {
                crate::log::add_host(host);
            }
            let made = Box::new(Data { host, compilers, shared });
            // SAFETY: promised by the caller.
            unsafe { data.write(Box::into_raw(made).cast()) };
            abi::STATUS_OK
        }
        Err(error) => Services { host, myself: std::ptr::null_mut() }.fail(&error),
    }
}

pub(super) unsafe extern "C" fn cleanup(data: *mut c_void) {
    // SAFETY: `initialize` has made it, and libvm does not use it any more.
    let data = unsafe { Box::from_raw(data.cast::<Data>()) };
    let host = data.host;
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(data))) {
        let text = format!("ending the plug-in: {}", error::of_panic(&*panic));
        Services { host, myself: std::ptr::null_mut() }.log(Level::Error, &text);
    }
    #[cfg(feature = "log")]
    crate::log::remove_host(host);
}

pub(super) unsafe extern "C" fn create<T: Create, const SHARED: bool>(
    host: *const abi::PluginHost,
    presence: *mut abi::PluginInstance,
    instance: *mut *mut c_void,
) -> Status {
    let services = Services { host, myself: presence };
    // SAFETY: valid until `destroy`, which ends it; if creating fails, it is ended here.
    let myself = unsafe { Myself::new(host, presence) };
    let made = catch_unwind(AssertUnwindSafe(|| {
        let options = T::Options::read(&Values::new(services)?)?;
        T::create(myself.clone(), options)
    }));
    match made.unwrap_or_else(|panic| Err(error::of_panic(&*panic))) {
        Ok(value) => {
            // SAFETY: the host is valid, with the data of `initialize`.
            let parameters = unsafe { parameters(services) };
            let made = Box::new(Instance::new(value, SHARED, myself, parameters));
            // SAFETY: libvm passes the place of the instance.
            unsafe { instance.write(Box::into_raw(made).cast()) };
            abi::STATUS_OK
        }
        Err(error) => {
            myself.end();
            services.fail(&error)
        }
    }
}

/// Returns the service of compiled parameters, or null if the plug-in has no compilers or the host does not have it.
///
/// # Safety
/// The host is valid, with the data of `initialize`.
unsafe fn parameters(services: Services) -> *const abi::ParametersService {
    // SAFETY: promised by the caller.
    let has_compilers = unsafe { Data::of(services.host) }.is_some_and(|data| !data.compilers.is_empty());
    // SAFETY: the service of this id.
    let service = unsafe { services.get::<abi::ParametersService>(abi::PARAMETERS_SERVICE) };
    service.filter(|_| has_compilers).map_or(std::ptr::null(), std::ptr::from_ref)
}

pub(super) unsafe extern "C" fn destroy<T: Create>(instance: *mut c_void) {
    // SAFETY: `create` has made it, and libvm does not use it any more.
    let (value, myself) = unsafe { Box::from_raw(instance.cast::<Instance<T>>()) }.into_parts();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        myself.log(Level::Error, &format!("destroying an instance: {}", error::of_panic(&*panic)));
    }
    myself.end();
}
