//! What a context can offer to guests.

use crate::capi::cell::{Context, with};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, c_path, c_text, hand_out, required};
use crate::capi::guard::guard_value;
use crate::capi::types::{ExternType, OwnedType};
use crate::context::{Examined, Offer, Origin};
use crate::engine::Import;
use crate::plugin::{By, Found, Named, State};
use crate::value;
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

/// The kind of a provider.
pub type Provider = i32;
/// A host module.
pub const PROVIDER_HOST_MODULE: Provider = 0;
/// A plug-in.
pub const PROVIDER_PLUGIN: Provider = 1;
/// An instance of a wasm module.
pub const PROVIDER_INSTANCE: Provider = 2;
/// WASI.
#[cfg_attr(not(feature = "wasi"), allow(dead_code, reason = "the header is the same for every build"))]
pub const PROVIDER_WASI: Provider = 3;

/// Nothing.
pub const PROVIDER_NONE: Provider = 4;

/// What was found for an import.
pub type ImportState = i32;
/// Something provides it.
pub const IMPORT_SATISFIED: ImportState = 0;
/// A plug-in that is not loaded, or not registered in the context, provides it.
pub const IMPORT_LOADABLE: ImportState = 1;
/// A plug-in that is not loaded provides its module; the functions of the plug-in are not known.
pub const IMPORT_UNKNOWN: ImportState = 2;
/// A provider has an item of its name, of another type.
pub const IMPORT_MISMATCH: ImportState = 3;
/// Nothing provides it.
pub const IMPORT_MISSING: ImportState = 4;

const _: () = assert!(
    IMPORT_SATISFIED == State::Satisfied as i32
        && IMPORT_LOADABLE == State::Loadable as i32
        && IMPORT_UNKNOWN == State::Unknown as i32
        && IMPORT_MISMATCH == State::Mismatch as i32
        && IMPORT_MISSING == State::Missing as i32
);

/// An item that guests of a context can import, or an import of a module that was examined. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct ImportOffer {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_PROVIDER_*
    pub provider: Provider,
    /// The module name that imports use, UTF-8, NUL-terminated; it may also contain NULs.
    pub module: *const c_char,
    /// Bytes of the module name without the final NUL.
    pub module_size: usize,
    /// The name of the item, UTF-8, NUL-terminated; it may also contain NULs.
    pub name: *const c_char,
    /// Bytes of the name without the final NUL.
    pub name_size: usize,
    /// Its type; of a function that takes guest memory, for guests with 32-bit addresses.
    pub r#type: *const ExternType,
    /// The name of the plug-in that provides it, UTF-8; NULL for other providers.
    pub plugin: *const c_char,
    /// The file of that plug-in; NULL for a built-in one and for other providers.
    pub path: *const c_char,
    /// VM_IMPORT_*: of a list of VM_ContextListImports, always VM_IMPORT_SATISFIED. Since 0.4.
    pub state: ImportState,
    /// Zero.
    pub reserved: u32,
    /// The version of that plug-in; NULL for other providers. Since 0.4.
    pub version: *const c_char,
    /// For an import that nothing provides: the name that may have been meant, of a function or else of a module, UTF-8; NULL if there is
    /// none. Since 0.4.
    pub nearest: *const c_char,
    /// What was found in words, UTF-8; empty in a list of VM_ContextListImports. Since 0.4.
    pub message: *const c_char,
}

/// A list of the items that a context offers, or of the imports of a module, at the time when it was created.
pub struct ImportList {
    items: Vec<Item>,
    plugins: Vec<Declared>,
}

struct Item {
    shown: ImportOffer,
    // What `shown` points to.
    _names: (Arc<str>, Arc<str>),
    _texts: Vec<CString>,
    _ty: OwnedType,
}

// SAFETY: what the pointers point to is owned beside them, and never changed.
unsafe impl Send for ImportList {}
// SAFETY: as above.
unsafe impl Sync for ImportList {}

impl Item {
    fn of_offer(offer: &Offer) -> Self {
        let found = Found { state: State::Satisfied, by: None, nearest: None, message: String::new() };
        Self::new((&offer.module, &offer.name, &offer.ty), Some(&offer.origin), &found)
    }

    fn new((module, name, ty): (&str, &str, &value::ExternType), origin: Option<&Origin>, found: &Found) -> Self {
        let names: (Arc<str>, Arc<str>) = (format!("{module}\0").into(), format!("{name}\0").into());
        let ty = OwnedType::new(ty);
        let (provider, plugin) = match origin {
            Some(Origin::Host) => (PROVIDER_HOST_MODULE, None),
            Some(Origin::Plugin(plugin)) => (PROVIDER_PLUGIN, Some(By::from(&**plugin))),
            Some(Origin::Instance) => (PROVIDER_INSTANCE, None),
            #[cfg(feature = "wasi")]
            Some(Origin::Wasi) => (PROVIDER_WASI, None),
            None => (if found.by.is_some() { PROVIDER_PLUGIN } else { PROVIDER_NONE }, found.by.clone()),
        };
        let mut texts = Vec::new();
        let by = Shown::new(plugin.as_ref(), &mut texts);
        let nearest = found.nearest.as_ref().map_or(ptr::null(), |nearest| kept(&mut texts, c_text(&nearest.name)));
        let shown = ImportOffer {
            size: size_of::<ImportOffer>() as u32,
            provider,
            module: names.0.as_ptr().cast(),
            module_size: names.0.len() - 1,
            name: names.1.as_ptr().cast(),
            name_size: names.1.len() - 1,
            r#type: ty.pointer(),
            plugin: by.name,
            path: by.path,
            state: found.state as ImportState,
            reserved: 0,
            version: by.version,
            nearest,
            message: kept(&mut texts, c_text(&found.message)),
        };
        Self { shown, _names: names, _texts: texts, _ty: ty }
    }
}

/// Keeps a text, whose address does not change when it is moved.
fn kept(texts: &mut Vec<CString>, text: CString) -> *const c_char {
    let pointer = text.as_ptr();
    texts.push(text);
    pointer
}

/// What C is shown of a plug-in; NULL where there is none.
struct Shown {
    name: *const c_char,
    version: *const c_char,
    path: *const c_char,
}

impl Shown {
    fn new(by: Option<&By>, texts: &mut Vec<CString>) -> Self {
        let Some(by) = by else { return Self { name: ptr::null(), version: ptr::null(), path: ptr::null() } };
        let path = by.path.as_deref().map_or(ptr::null(), |path| kept(texts, c_path(path)));
        Self { name: kept(texts, c_text(&by.name)), version: kept(texts, c_text(&by.version)), path }
    }
}

/// A plug-in that a module declares, and what would be loaded for it. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct DeclaredPlugin {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_STATUS_OK if it is loaded or would be; otherwise the status with which loading it would fail.
    pub status: Status,
    /// The name that the module declares, UTF-8.
    pub name: *const c_char,
    /// The accepted versions, UTF-8; empty for any.
    pub range: *const c_char,
    /// Where the module says that it is, relative to its own file and without ending, UTF-8; empty if it does not say.
    pub path: *const c_char,
    /// The version of the plug-in that was found; NULL if none was.
    pub version: *const c_char,
    /// The file of the plug-in that was found: a path, byte for byte; NULL if none was, and for a built-in one.
    pub file: *const c_char,
    /// What was found in words, UTF-8; never NULL.
    pub message: *const c_char,
    /// Whether it is loaded.
    pub loaded: bool,
    /// Zero.
    pub reserved: [u8; 7],
}

struct Declared {
    shown: DeclaredPlugin,
    // What `shown` points to.
    _texts: Vec<CString>,
}

// SAFETY: what the pointers point to is owned beside them, and never changed.
unsafe impl Send for Declared {}
// SAFETY: as above.
unsafe impl Sync for Declared {}

impl Declared {
    fn new(named: &Named) -> Self {
        let mut texts = Vec::new();
        let by = Shown::new(named.by.as_ref(), &mut texts);
        let declared = &named.declared;
        let range = declared.range.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = match &named.refusal {
            Some(error) => error.message(),
            None if named.is_loaded => "it is loaded",
            None => "it would be loaded",
        };
        let shown = DeclaredPlugin {
            size: size_of::<DeclaredPlugin>() as u32,
            status: named.refusal.as_ref().map_or(abi::STATUS_OK, |error| error.status()),
            name: kept(&mut texts, c_text(&declared.name)),
            range: kept(&mut texts, c_text(&range)),
            path: kept(&mut texts, c_text(&declared.path)),
            version: by.version,
            file: by.path,
            message: kept(&mut texts, c_text(message)),
            loaded: named.is_loaded,
            reserved: [0; 7],
        };
        Self { shown, _texts: texts }
    }
}

impl ImportList {
    /// Creates the list of the imports of a module that was examined.
    pub(in crate::capi) fn of_examined<'a>(imports: impl Iterator<Item = (&'a Import, Examined)>, plugins: &[Named]) -> Self {
        let item = |(import, examined): (&Import, Examined)| {
            Item::new((&import.module, &import.name, &import.ty), examined.origin.as_ref(), &examined.found)
        };
        Self { items: imports.map(item).collect(), plugins: plugins.iter().map(Declared::new).collect() }
    }
}

/// Lists the items that guests of a context can import and their providers: host modules, plug-ins, registered instances and
/// WASI, in order of registration.
///
/// @param context the context
/// @param list receives the list; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The caller owns it and frees it with VM_ImportListDelete. It does not change with the context.
/// @par Threads
/// [one thread per context]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextListImports(
    context: Option<Shared<Context>>,
    list: Option<&mut *mut ImportList>,
    error: Option<&mut *mut Error>,
) -> Status {
    with(context, error, |context| {
        let out = required(list, "list")?;
        let items = context.offers().iter().map(Item::of_offer).collect();
        hand_out(out, ImportList { items, plugins: Vec::new() });
        Ok(())
    })
}

/// Returns the number of items of a list.
///
/// @param list the list; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ImportListGetCount(list: Option<&ImportList>) -> usize {
    list.map_or(0, |list| list.items.len())
}

/// Returns an item of a list.
///
/// @param list the list; NULL has none
/// @param index from 0, in order of registration
/// @return the item; NULL if the index is past the end
/// @par Ownership
/// The item belongs to the list and lives as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ImportListGet(list: Option<&ImportList>, index: usize) -> Option<&ImportOffer> {
    list.and_then(|list| list.items.get(index)).map(|item| &item.shown)
}

/// Returns the number of plug-ins that an examined module declares.
///
/// @param list the list; NULL has none, as one of VM_ContextListImports
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ImportListGetPluginCount(list: Option<&ImportList>) -> usize {
    list.map_or(0, |list| list.plugins.len())
}

/// Returns a plug-in that an examined module declares.
///
/// @param list the list; NULL has none
/// @param index from 0, in the module's order
/// @return the plug-in; NULL if the index is past the end
/// @par Ownership
/// The plug-in belongs to the list and lives as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_ImportListGetPlugin(list: Option<&ImportList>, index: usize) -> Option<&DeclaredPlugin> {
    list.and_then(|list| list.plugins.get(index)).map(|plugin| &plugin.shown)
}

/// Deletes a list with its items.
///
/// @param list the list; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.2
#[unsafe(no_mangle)]
pub extern "C" fn VM_ImportListDelete(list: Option<Box<ImportList>>) {
    guard_value((), || drop(list));
}
