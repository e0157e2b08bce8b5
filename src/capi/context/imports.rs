//! What a context can offer to guests.

use crate::capi::cell::{Context, with};
use crate::capi::error::Error;
use crate::capi::ffi::{Shared, c_path, c_text, hand_out, required};
use crate::capi::guard::guard_value;
use crate::capi::types::{ExternType, OwnedType};
use crate::context::{Offer, Origin};
use libvm_abi::Status;
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

/// An item that guests of a context can import. It may grow at its end: check later fields with VM_HAS.
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
}

/// A list of the items that a context offers, at the time when it was created.
pub struct ImportList(Vec<Item>);

struct Item {
    shown: ImportOffer,
    // What `shown` points to.
    _texts: (Arc<str>, Arc<str>, Option<CString>, Option<CString>),
    _ty: OwnedType,
}

// SAFETY: what the pointers point to is owned beside them, and never changed.
unsafe impl Send for ImportList {}
// SAFETY: as above.
unsafe impl Sync for ImportList {}

impl Item {
    fn new(offer: &Offer) -> Self {
        let (module, name): (Arc<str>, Arc<str>) = (format!("{}\0", offer.module).into(), format!("{}\0", offer.name).into());
        let ty = OwnedType::new(&offer.ty);
        let (provider, plugin) = match &offer.origin {
            Origin::Host => (PROVIDER_HOST_MODULE, None),
            Origin::Plugin(plugin) => (PROVIDER_PLUGIN, Some(plugin)),
            Origin::Instance => (PROVIDER_INSTANCE, None),
            #[cfg(feature = "wasi")]
            Origin::Wasi => (PROVIDER_WASI, None),
        };
        let path = plugin.and_then(|plugin| plugin.path()).map(c_path);
        let plugin = plugin.map(|plugin| c_text(plugin.name()));
        let or_null = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        let shown = ImportOffer {
            size: size_of::<ImportOffer>() as u32,
            provider,
            module: module.as_ptr().cast(),
            module_size: module.len() - 1,
            name: name.as_ptr().cast(),
            name_size: name.len() - 1,
            r#type: ty.pointer(),
            plugin: or_null(&plugin),
            path: or_null(&path),
        };
        Self { shown, _texts: (module, name, plugin, path), _ty: ty }
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
        hand_out(out, ImportList(context.offers().iter().map(Item::new).collect()));
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
    list.map_or(0, |list| list.0.len())
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
    list.and_then(|list| list.0.get(index)).map(|item| &item.shown)
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
