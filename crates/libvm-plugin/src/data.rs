//! What a registry has of a plug-in: the data of `initialize`, with the compilers, which get it.
use crate::{Error, Result};
use libvm_abi as abi;
use std::any::{Any, TypeId};
use std::ffi::{CString, c_void};
use std::sync::Arc;

/// The data of `initialize`.
pub(crate) struct Data {
    pub host: *const abi::PluginHost,
    pub compilers: Arc<[Kind]>,
    /// The [data](crate::Shared::Data) that the instances share.
    pub shared: Option<Arc<dyn Any + Send + Sync>>,
}

impl Data {
    /// # Safety
    /// The host is valid; between `initialize` and `cleanup` it has the data.
    pub unsafe fn of<'a>(host: *const abi::PluginHost) -> Option<&'a Self> {
        // SAFETY: promised by the caller.
        unsafe { ((*host).get_data)(host).cast::<Self>().as_ref() }
    }
}

/// A compiled type that a parameter of a function has.
#[derive(Clone, Copy)]
pub struct Compiled {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
}

/// Compiles a parameter to what is behind the pointer.
pub(crate) type Compile = Box<dyn Fn(&Data, &[u8]) -> Result<*mut c_void, ParameterError> + Send + Sync>;

/// A kind of parameters, with its compiler, without the type of the plug-in.
pub struct Kind {
    pub(crate) name: CString,
    pub(crate) compiled: Compiled,
    pub(crate) compile: Compile,
    pub(crate) release: abi::ReleaseCompiled,
}

/// Why a parameter does not compile.
///
/// Every `std::error::Error` and every [`Error`] becomes one with `?`, without a position.
#[derive(Debug)]
pub struct ParameterError {
    pub(crate) position: Option<usize>,
    pub(crate) error: Error,
}

impl ParameterError {
    /// Creates one at a position in the bytes, at which the host's message points. The text should not repeat the parameter.
    pub fn at(position: usize, text: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self { position: Some(position), error: Error::new(text) }
    }

    /// Creates one without a position.
    pub fn new(text: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self { position: None, error: Error::new(text) }
    }
}

impl<E: Into<Error>> From<E> for ParameterError {
    fn from(error: E) -> Self {
        Self { position: None, error: error.into() }
    }
}
