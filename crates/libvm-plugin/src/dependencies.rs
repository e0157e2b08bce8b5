//! Plug-ins that are shown modules.
use crate::data::Data;
use crate::entry::{Extension, Flags, refuse_exclusive};
use crate::error::{self, c_string};
use crate::function::HostFunction;
use crate::module::Function;
use crate::plugin::Plugin;
use crate::services::{Level, Services};
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Is shown each module before it is linked: word `dependencies` in [`libvm_plugin!`](crate::libvm_plugin). The host decides whether plug-ins are
/// asked.
///
/// ```
/// use libvm_plugin::{Dependencies, Module, ModuleView, Plugin, Provided, Result, libvm_plugin};
///
/// #[derive(Default)]
/// struct Sums;
///
/// impl Dependencies for Sums {
///     /// Provides `add<N>` of the module `sums` for each number that a module imports.
///     fn examine(view: &ModuleView<'_, Self>) -> Result<()> {
///         for import in view.imports().filter(|import| import.module == "sums") {
///             let Some(number) = import.name.strip_prefix("add") else { continue };
///             let number: i32 = number.parse()?; // a failure refuses the module, with this text
///             view.provide("sums", &import.name, Provided::new(move |_: &Self, other: i32| other.wrapping_add(number)))?;
///         }
///         Ok(())
///     }
/// }
///
/// impl Plugin for Sums {
///     fn modules() -> Vec<Module<Self>> {
///         Vec::new()
///     }
/// }
///
/// libvm_plugin!(Sums: dependencies);
/// # fn main() {}
/// ```
pub trait Dependencies: Plugin {
    /// Examines a module. Called once for each module and registry.
    ///
    /// # Errors
    /// The module is not linked, and the host's error has the text.
    fn examine(view: &ModuleView<'_, Self>) -> Result<()>;
}

/// The kind of an import or export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemKind {
    /// A function.
    Function,
    /// A linear memory.
    Memory,
    /// A table.
    Table,
    /// A global.
    Global,
    /// Something that this version does not know.
    Other,
}

/// An import or export of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleItem<'a> {
    /// Its kind.
    pub kind: ItemKind,
    /// The module that an import names; empty for an export.
    pub module: std::borrow::Cow<'a, str>,
    /// Its name.
    pub name: std::borrow::Cow<'a, str>,
    /// Of a function, its wasm types as in `(ii)i`.
    pub signature: Option<&'a str>,
}

/// A custom section of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSection<'a> {
    /// Its name; several sections may have the same.
    pub name: std::borrow::Cow<'a, str>,
    /// Its bytes.
    pub content: &'a [u8],
}

/// A module that the plug-in is shown.
pub struct ModuleView<'a, T> {
    view: *mut abi::ModuleView,
    data: &'a Data,
    shared: bool,
    /// On the thread of `examine`, to which the pointer keeps it.
    marker: PhantomData<fn(T)>,
}

/// A function that is provided for one module.
pub struct Provided<T> {
    function: Function,
    marker: PhantomData<fn(T)>,
}

impl<T: Plugin> Provided<T> {
    /// Creates it of a function or closure, as [`Module::function`](crate::Module::function) takes it. What a closure owns is dropped when the
    /// module and its instances are gone.
    pub fn new<F: HostFunction<T, M>, M: 'static>(function: F) -> Self {
        Self { function: Function::new("", function), marker: PhantomData }
    }

    /// Describes it in one line.
    #[must_use]
    pub fn describe(mut self, text: &str) -> Self {
        self.function.description = c_string(text);
        self
    }

    /// Sets the permission that calls require.
    #[must_use]
    pub fn permission(mut self, permission: &str) -> Self {
        self.function.permission = Some(c_string(permission));
        self
    }

    /// Marks it as a function that may wait for something outside of the process.
    #[must_use]
    pub fn may_block(mut self) -> Self {
        self.function.flags |= abi::FUNCTION_MAY_BLOCK;
        self
    }

    /// Has it always run on the stack of the thread; see [`Module::thread_stack`](crate::Module::thread_stack).
    #[must_use]
    pub fn thread_stack(mut self) -> Self {
        self.function.flags |= abi::FUNCTION_THREAD_STACK;
        self
    }
}

impl<'a, T: Plugin> ModuleView<'a, T> {
    fn table(&self) -> &'a abi::ModuleViewTable {
        // SAFETY: the view and its table are valid during `examine`.
        unsafe { &*(*self.view).table }
    }

    fn items(&self, get: abi::ViewGetItem) -> impl Iterator<Item = ModuleItem<'a>> + use<'a, T> {
        let view = self.view;
        (0..).map_while(move |index| {
            // SAFETY: what the view returns is valid during `examine`; its strings have these sizes, and are valid UTF-8.
            unsafe {
                let item = get(view, index).as_ref()?;
                let text = |data: *const std::ffi::c_char, size| String::from_utf8_lossy(bytes(data.cast(), size));
                let signature = (!item.signature.is_null()).then(|| CStr::from_ptr(item.signature).to_str().unwrap_or_default());
                let kind = match item.kind {
                    abi::MODULE_ITEM_FUNCTION => ItemKind::Function,
                    abi::MODULE_ITEM_MEMORY => ItemKind::Memory,
                    abi::MODULE_ITEM_TABLE => ItemKind::Table,
                    abi::MODULE_ITEM_GLOBAL => ItemKind::Global,
                    _ => ItemKind::Other,
                };
                let (module, name) = (text(item.module, item.module_size), text(item.name, item.name_size));
                Some(ModuleItem { kind, module, name, signature })
            }
        })
    }

    /// Returns the imports, in the module's order.
    pub fn imports(&self) -> impl Iterator<Item = ModuleItem<'a>> + use<'a, T> {
        self.items(self.table().get_import)
    }

    /// Returns the exports, in the module's order.
    pub fn exports(&self) -> impl Iterator<Item = ModuleItem<'a>> + use<'a, T> {
        self.items(self.table().get_export)
    }

    /// Returns the custom sections, in the module's order.
    pub fn sections(&self) -> impl Iterator<Item = ModuleSection<'a>> + use<'a, T> {
        let (view, get) = (self.view, self.table().get_section);
        (0..).map_while(move |index| {
            // SAFETY: as above.
            unsafe {
                let section = get(view, index).as_ref()?;
                let name = String::from_utf8_lossy(bytes(section.name.data, section.name.size));
                Some(ModuleSection { name, content: bytes(section.content.data, section.content.size) })
            }
        })
    }

    fn services(&self) -> Services {
        Services { host: self.data.host, myself: std::ptr::null_mut() }
    }

    /// Writes a line to the log of the plug-in.
    pub fn log(&self, level: Level, text: &str) {
        self.services().log(level, text);
    }

    /// Refuses the module with a reason: `return Err(view.refuse("its section `rules` is empty"))`. Any other error refuses it, too, as a failure of
    /// the plug-in.
    pub fn refuse(&self, text: &str) -> Error {
        // SAFETY: as above; the text is copied.
        let status = unsafe { (self.table().refuse)(self.view, c_string(text).as_ptr()) };
        Error::known(status, text.to_owned())
    }

    /// Requires a plug-in for the module: it is found in the directories of the registry, loaded afterwards, and registered in the contexts that link
    /// the module. `range` has the accepted versions, as in `>=1.2 <2`; empty for any.
    ///
    /// # Errors
    /// If it is not a name, or not a range: the host has the reason.
    pub fn require(&self, plugin: &str, range: &str) -> Result<()> {
        // SAFETY: as above.
        let status = unsafe { (self.table().require)(self.view, c_string(plugin).as_ptr(), c_string(range).as_ptr()) };
        if status == abi::STATUS_OK {
            Ok(())
        } else {
            Err(Error::known(status, format!("plug-in `{plugin}` cannot be required")))
        }
    }

    /// Provides a function for this module alone: an import of the module with these names is resolved to it.
    ///
    /// # Errors
    /// If it was provided before, takes `&mut self` in an instance that threads share, or has a permission that the plug-in does not request.
    pub fn provide(&self, module: &str, name: &str, function: Provided<T>) -> Result<()> {
        let mut function = function.function;
        function.name = c_string(name);
        if self.shared && function.exclusive {
            return Err(Error::new(refuse_exclusive("function", name)));
        }
        function.bind(&self.data.compilers).map_err(Error::new)?;
        let Function { signature, callback, flags, permission, description, data, .. } = function;
        let (module, name) = (c_string(module), function.name);
        let free_data = Some(data.free());
        let given = abi::ProvidedFunction {
            size: size_of::<abi::ProvidedFunction>() as u32,
            flags,
            module: module.as_ptr(),
            name: name.as_ptr(),
            signature: signature.as_ptr(),
            callback: Some(callback),
            // It belongs to libvm now, also if this fails.
            data: Box::into_raw(data).cast(),
            free_data,
            permission: permission.as_ref().map_or(std::ptr::null(), |permission| permission.as_ptr()),
            description: description.as_ptr(),
        };
        // SAFETY: as above; the strings are copied.
        let status = unsafe { (self.table().provide)(self.view, &given) };
        if status == abi::STATUS_OK {
            return Ok(());
        }
        Err(Error::known(status, format!("function {name:?} of module {module:?} cannot be provided")))
    }
}

/// # Safety
/// There are this many bytes, valid for the lifetime.
unsafe fn bytes<'a>(data: *const u8, size: usize) -> &'a [u8] {
    // SAFETY: promised by the caller.
    if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, size) } }
}

impl Extension {
    /// Creates the extension of plug-ins that are shown modules.
    ///
    /// # Errors
    /// None.
    pub fn dependencies<T: Dependencies>(flags: Flags) -> Result<Self, String> {
        let extension = abi::DependenciesExtension {
            size: size_of::<abi::DependenciesExtension>() as u32,
            reserved: 0,
            examine: Some(if flags.shared { examine::<T, true> } else { examine::<T, false> }),
        };
        Ok(Self::new(abi::DEPENDENCIES_EXTENSION, extension, ()))
    }
}

unsafe extern "C" fn examine<T: Dependencies, const SHARED: bool>(data: *mut c_void, view: *mut abi::ModuleView) -> Status {
    // SAFETY: libvm passes the data of `initialize`, which lives as long as the plug-in.
    let data = unsafe { &*data.cast::<Data>() };
    let shown = ModuleView::<T> { view, data, shared: SHARED, marker: PhantomData };
    #[cfg(feature = "log")]
    let _current = crate::log::enter(shown.services());
    match catch_unwind(AssertUnwindSafe(|| T::examine(&shown))) {
        Ok(Ok(())) => abi::STATUS_OK,
        Ok(Err(error)) => shown.services().fail(&error.outside_of_guests()),
        Err(panic) => shown.services().fail(&error::of_panic(&*panic).outside_of_guests()),
    }
}
