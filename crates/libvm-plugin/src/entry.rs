//! What `libvm_plugin!` defines: the manifest, the descriptor, and its functions.
use crate::error::{self, c_string};
use crate::instance::Instance;
use crate::myself::Myself;
use crate::options::{OptionInfo, Options as _, Values};
use crate::plugin::{Create, Snapshot};
use crate::services::{Level, Services};
use crate::{Error, Module, Result};
use libvm_abi::{self as abi, Status};
use std::any::Any;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

/// The words after the type in `libvm_plugin!`.
#[derive(Clone, Copy)]
pub struct Flags {
    /// Of the descriptor.
    pub plugin: u32,
    /// Whether threads share an instance.
    pub shared: bool,
}

/// An extension of a plug-in.
pub struct Extension {
    id: &'static str,
    pointer: *const c_void,
}

// SAFETY: it points to a constant.
unsafe impl Send for Extension {}
// SAFETY: as above.
unsafe impl Sync for Extension {}

/// The descriptor of a plug-in, made once in a process.
pub struct Static(OnceLock<Result<Made, String>>);

struct Made {
    descriptor: abi::PluginDescriptor,
    /// What it points to.
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
    _infos: Vec<OptionInfo>,
    options: Vec<abi::OptionDescriptor>,
}

/// Makes `{items, count, stride}` of an array that stays where it is.
pub(crate) fn table<T>(items: &[T]) -> abi::Table<T> {
    let pointer = if items.is_empty() { std::ptr::null() } else { items.as_ptr() };
    abi::Table { items: pointer, count: items.len() as u32, stride: size_of::<T>() as u32 }
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
        get_extension: Option<abi::GetExtension>,
    ) -> *const abi::PluginDescriptor {
        let describe = || describe::<T>(flags, get_extension);
        let made =
            self.0.get_or_init(|| catch_unwind(describe).unwrap_or_else(|panic| Err(error::of_panic(&*panic).text().to_owned())));
        match made {
            Ok(made) => &made.descriptor,
            Err(text) => {
                // SAFETY: promised by the caller.
                unsafe { ((*host).fail)(host, c_string(text).as_ptr()) };
                std::ptr::null()
            }
        }
    }
}

fn describe<T: Create>(flags: Flags, get_extension: Option<abi::GetExtension>) -> Result<Made, String> {
    let source = T::modules();
    if flags.shared {
        let exclusive = source.iter().flat_map(|module| module.functions.iter().filter(|function| function.exclusive));
        if let Some(function) = exclusive.map(|function| function.name.to_string_lossy()).next() {
            return Err(format!(
                "its function `{function}` takes `&mut self`, but threads share its instance: take `&self`, or make it `serialized`"
            ));
        }
    }
    let functions: Vec<Vec<abi::FunctionDescriptor>> = source.iter().map(Module::descriptors).collect();
    let modules: Vec<_> = source.iter().zip(&functions).map(|(module, functions)| module.descriptor(functions)).collect();
    let infos = T::Options::describe();
    let options: Vec<_> = infos.iter().map(OptionInfo::descriptor).collect();
    let parts = Parts { _source: source, _functions: functions, modules, _infos: infos, options };
    let create: abi::Create = if flags.shared { create::<T, true> } else { create::<T, false> };
    let descriptor = abi::PluginDescriptor {
        size: size_of::<abi::PluginDescriptor>() as u32,
        flags: flags.plugin,
        modules: table(&parts.modules),
        options: table(&parts.options),
        create: Some(create),
        destroy: Some(destroy::<T>),
        initialize: Some(initialize),
        cleanup: Some(cleanup),
        get_extension,
    };
    Ok(Made { descriptor, _parts: Box::new(parts) })
}

unsafe extern "C" fn initialize(host: *const abi::PluginHost, data: *mut *mut c_void) -> Status {
    // SAFETY: the host is valid until `cleanup` has returned.
    #[cfg(feature = "log")]
    unsafe {
        crate::log::add_host(host);
    }
    // SAFETY: libvm passes the place of the data; `cleanup` gets the host as the data.
    unsafe { data.write(host.cast_mut().cast()) };
    abi::STATUS_OK
}

unsafe extern "C" fn cleanup(_host: *mut c_void) {
    #[cfg(feature = "log")]
    crate::log::remove_host(_host.cast_const().cast());
}

unsafe extern "C" fn create<T: Create, const SHARED: bool>(
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
            let made = Box::new(Instance::new(value, SHARED, myself));
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

unsafe extern "C" fn destroy<T: Create>(instance: *mut c_void) {
    // SAFETY: `create` has made it, and libvm does not use it any more.
    let (value, myself) = unsafe { Box::from_raw(instance.cast::<Instance<T>>()) }.into_parts();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        myself.log(Level::Error, &format!("destroying an instance: {}", error::of_panic(&*panic)));
    }
    myself.end();
}

impl Extension {
    /// Returns the extension with which instances move their state.
    pub const fn snapshot<T: Snapshot>() -> Self {
        let extension: &'static abi::SnapshotExtension = &abi::SnapshotExtension {
            size: size_of::<abi::SnapshotExtension>() as u32,
            reserved: 0,
            save: Some(save::<T>),
            restore: Some(restore::<T>),
        };
        Self { id: abi::SNAPSHOT_EXTENSION, pointer: std::ptr::from_ref(extension).cast() }
    }
}

/// Finds an extension by its id.
///
/// # Safety
/// `id` is a C string.
pub unsafe fn find_extension(extensions: &[Extension], id: *const c_char) -> *const c_void {
    // SAFETY: promised by the caller.
    let id = unsafe { CStr::from_ptr(id) }.to_bytes();
    let found = extensions.iter().find(|extension| extension.id.as_bytes() == id);
    found.map_or(std::ptr::null(), |extension| extension.pointer)
}

/// # Safety
/// It is an instance of this plug-in.
unsafe fn in_instance<T>(instance: *mut c_void, run: impl FnOnce(&Instance<T>) -> Result<()>) -> Status {
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

/// The strings of a manifest.
pub struct Texts {
    /// The plug-in's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One line.
    pub description: &'static str,
    /// An SPDX expression.
    pub license: &'static str,
    /// Its wasm modules, separated by commas.
    pub modules: &'static str,
    /// The plug-ins that it depends on.
    pub depends: &'static str,
    /// The permissions that it requests.
    pub permissions: &'static str,
    /// The range of libvm versions that it works with.
    pub host_version: &'static str,
}

/// Returns the first string, or the second one if it is empty.
pub const fn or(text: &'static str, otherwise: &'static str) -> &'static str {
    if text.is_empty() { otherwise } else { text }
}

const fn field<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let (mut field, bytes) = ([0; SIZE], text.as_bytes());
    assert!(bytes.len() < SIZE, "a string of the plug-in's manifest is too long");
    let mut index = 0;
    while index < bytes.len() {
        field[index] = bytes[index];
        index += 1;
    }
    field
}

/// Returns a manifest. A string that is too long does not compile.
pub const fn manifest(texts: &Texts) -> abi::PluginManifest {
    abi::PluginManifest {
        size: size_of::<abi::PluginManifest>() as u32,
        magic: abi::MAGIC,
        abi_major: abi::ABI_MAJOR,
        abi_minor_built: abi::ABI_MINOR,
        abi_minor_required: 0,
        flags: 0,
        name: field(texts.name),
        version: field(texts.version),
        description: field(texts.description),
        license: field(texts.license),
        modules: field(texts.modules),
        depends: field(texts.depends),
        permissions: field(texts.permissions),
        host_version: field(texts.host_version),
    }
}

/// Compares the modules in `Cargo.toml` with those of the code.
///
/// # Panics
/// If they differ.
pub fn check_modules<T: Create>(name: &str, listed: &[&str]) {
    let found: Vec<String> = T::modules().iter().map(|module| module.name.to_string_lossy().into_owned()).collect();
    let same = found.iter().all(|module| listed.contains(&module.as_str())) && listed.len() == found.len();
    let implied = listed.is_empty() && found.iter().all(|module| module == name);
    assert!(same || implied, "[package.metadata.libvm] lists the modules {listed:?}, and the code has {found:?}");
}

/// A plug-in that is linked into its host.
#[repr(transparent)]
pub struct Builtin(abi::PluginBuiltin);

// SAFETY: it points to constants.
unsafe impl Sync for Builtin {}

impl Builtin {
    /// Creates it.
    pub const fn new(manifest: &'static abi::PluginManifest, entry: abi::Entry) -> Self {
        let size = size_of::<abi::PluginBuiltin>() as u32;
        Self(abi::PluginBuiltin { size, reserved: 0, manifest: std::ptr::from_ref(manifest), entry: Some(entry) })
    }

    /// Returns it as the ABI has it.
    pub fn as_abi(&self) -> &abi::PluginBuiltin {
        &self.0
    }
}
