//! What `libvm_plugin!` defines: the manifest, the descriptor, and its functions.
mod extension;
mod life;
mod manifest;
#[cfg(test)]
mod tests;

pub use extension::Extension;
pub use life::{Nothing, Shares, Sharing};
pub use manifest::{Builtin, Texts, check_manifest, manifest, or};

use crate::data::Kind;
use crate::error::{self, c_string};
use crate::options::{OptionInfo, Options as _};
use crate::plugin::Create;
use crate::{Module, Result};
use libvm_abi::{self as abi, Status};
use std::any::Any;
use std::ffi::{CStr, c_char, c_void};
use std::panic::catch_unwind;
use std::sync::{Arc, OnceLock};

/// The words after the type in `libvm_plugin!`.
#[derive(Clone, Copy)]
pub struct Flags {
    /// Of the descriptor.
    pub plugin: u32,
    /// Whether threads share an instance.
    pub shared: bool,
}

/// The functions of the descriptor that know where the plug-in is kept.
pub struct Functions {
    /// `initialize`
    pub initialize: abi::Initialize,
    /// `get_extension`
    pub get_extension: abi::GetExtension,
}

/// Creates an extension.
pub type MakeExtension = fn(Flags) -> Result<Extension, String>;

/// The descriptor of a plug-in, made once in a process.
pub struct Static(OnceLock<Result<Made, String>>);

struct Made {
    descriptor: abi::PluginDescriptor,
    extensions: Vec<Extension>,
    compilers: Arc<[Kind]>,
    /// What the descriptor points to.
    _parts: Box<dyn Any>,
}

// SAFETY: it is not changed, and its closures are `Send` and `Sync`.
unsafe impl Send for Made {}
// SAFETY: as above.
unsafe impl Sync for Made {}

struct Parts<T> {
    _source: Vec<Module<T>>,
    _functions: Vec<Vec<abi::FunctionDescriptor>>,
    modules: Vec<abi::ModuleDescriptor>,
    options: Described,
}

/// Options, as the ABI has them.
pub(crate) struct Described {
    _infos: Vec<OptionInfo>,
    options: Vec<abi::OptionDescriptor>,
}

impl Described {
    pub(crate) fn new(infos: Vec<OptionInfo>) -> Self {
        let options = infos.iter().map(OptionInfo::descriptor).collect();
        Self { _infos: infos, options }
    }

    pub(crate) fn table(&self) -> abi::Table<abi::OptionDescriptor> {
        table(&self.options)
    }
}

/// Returns `{items, count, stride}` of an array that stays where it is.
pub(crate) fn table<T>(items: &[T]) -> abi::Table<T> {
    let pointer = if items.is_empty() { std::ptr::null() } else { items.as_ptr() };
    abi::Table { items: pointer, count: items.len() as u32, stride: size_of::<T>() as u32 }
}

/// Refuses a function or hook that takes `&mut self`, if threads share the instance.
pub(crate) fn refuse_exclusive(what: &str, name: &str) -> String {
    format!("its {what} `{name}` takes `&mut self`, but threads share its instance: take `&self`, or make it `serialized`")
}

impl Static {
    /// Creates it without a descriptor.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The entry of a plug-in.
    ///
    /// # Safety
    /// libvm calls it with a valid host.
    pub unsafe fn entry<T: Create>(
        &'static self,
        host: *const abi::PluginHost,
        flags: Flags,
        functions: Functions,
        extensions: &[MakeExtension],
    ) -> *const abi::PluginDescriptor {
        let describe = || describe::<T>(flags, functions, extensions);
        let describe = || catch_unwind(std::panic::AssertUnwindSafe(describe));
        match self.0.get_or_init(|| describe().unwrap_or_else(|panic| Err(error::of_panic(&*panic).text().to_owned()))) {
            Ok(made) => &made.descriptor,
            Err(text) => {
                // SAFETY: promised by the caller.
                unsafe { ((*host).fail)(host, c_string(text).as_ptr()) };
                std::ptr::null()
            }
        }
    }

    fn made(&'static self) -> Option<&'static Made> {
        self.0.get().and_then(|made| made.as_ref().ok())
    }

    /// `initialize` of a plug-in.
    ///
    /// # Safety
    /// libvm calls it after the entry, with a valid host and the place of the data.
    pub unsafe fn initialize<S: Sharing>(&'static self, host: *const abi::PluginHost, data: *mut *mut c_void) -> Status {
        let compilers = self.made().map_or_else(|| Arc::from([]), |made| Arc::clone(&made.compilers));
        // SAFETY: promised by the caller.
        unsafe { life::initialize::<S>(host, compilers, data) }
    }

    /// Finds an extension by its id.
    ///
    /// # Safety
    /// `id` is a C string.
    pub unsafe fn find_extension(&'static self, id: *const c_char) -> *const c_void {
        // SAFETY: promised by the caller.
        let id = unsafe { CStr::from_ptr(id) }.to_bytes();
        let extensions = self.made().map_or(&[][..], |made| &made.extensions);
        let found = extensions.iter().find(|extension| extension.id.as_bytes() == id);
        found.map_or(std::ptr::null(), |extension| extension.pointer)
    }
}

fn describe<T: Create>(flags: Flags, functions: Functions, extensions: &[MakeExtension]) -> Result<Made, String> {
    let extensions = extensions.iter().map(|make| make(flags)).collect::<Result<Vec<_>, _>>()?;
    let compilers = extensions.iter().find_map(|extension| extension.compilers.clone()).unwrap_or_else(|| Arc::from([]));
    let mut source = T::modules();
    for function in source.iter_mut().flat_map(|module| &mut module.functions) {
        if flags.shared && function.exclusive {
            return Err(refuse_exclusive("function", &function.name.to_string_lossy()));
        }
        function.bind(&compilers)?;
    }
    let described: Vec<Vec<abi::FunctionDescriptor>> = source.iter().map(Module::descriptors).collect();
    let modules: Vec<_> = source.iter().zip(&described).map(|(module, functions)| module.descriptor(functions)).collect();
    let options = Described::new(T::Options::describe());
    let parts = Parts { _source: source, _functions: described, modules, options };
    let create: abi::Create = if flags.shared { life::create::<T, true> } else { life::create::<T, false> };
    let descriptor = abi::PluginDescriptor {
        size: size_of::<abi::PluginDescriptor>() as u32,
        flags: flags.plugin,
        modules: table(&parts.modules),
        options: parts.options.table(),
        create: Some(create),
        destroy: Some(life::destroy::<T>),
        initialize: Some(functions.initialize),
        cleanup: Some(life::cleanup),
        get_extension: Some(functions.get_extension),
    };
    Ok(Made { descriptor, extensions, compilers, _parts: Box::new(parts) })
}
