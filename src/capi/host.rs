//! Host module
//!
//! Functions, memories, tables and globals that the host provides to wasm. A host module can be registered in any number of
//! contexts of any engine, on any thread; registering it seals it.

use super::error::Error;
use super::ffi::{Shared, hand_out, null, required, shared, text};
use super::guard::{guard, guard_value};
use super::sized;
use super::types::{FuncType, GlobalType, MemoryType, TableType};
use crate::engine::{HostFunction, RawFunction, Receiver};
use crate::host::{self, Item, parse_signature};
use crate::plugin::flags::{FUNCTION_FLAGS, check as check_flags};
use crate::plugin::permissions::check as check_permission;
use crate::status;
use crate::text::name as shown;
use crate::user_data::UserData;
use crate::value::{self, Signature};
use libvm_abi::{self as abi, Status, Value};
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

/// A module of the host.
pub struct HostModule(Mutex<Arc<host::HostModule>>);

impl HostModule {
    pub(super) fn share(&self) -> Arc<host::HostModule> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, name: &str, item: Item) -> status::Result<()> {
        let mut module = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match Arc::get_mut(&mut module) {
            Some(module) => {
                // If it cannot be added it is dropped after the lock, and its `user` freed.
                module.check_new(name, &item)?;
                module.add(name, item)
            }
            None => Err(module.sealed_error(&format!("add `{}`", shown(name)))),
        }
    }

    /// Sets the `what` of a function, unless the module is registered.
    fn set(&self, what: &str, name: &str, work: impl FnOnce(&mut host::HostModule) -> status::Result<()>) -> status::Result<()> {
        let mut module = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match Arc::get_mut(&mut module) {
            Some(module) => work(module),
            None => Err(module.sealed_error(&format!("set the {what} of `{}`", shown(name)))),
        }
    }

    fn add_function(
        &self,
        name: *const c_char,
        signature: impl FnOnce() -> status::Result<Signature>,
        callback: Option<impl Callback>,
        user: UserData,
    ) -> status::Result<()> {
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        let callback = callback.ok_or_else(|| null("callback"))?;
        // The name alone: while a share is there, another thread would find the module sealed.
        let module: Arc<str> = Arc::from(self.0.lock().unwrap_or_else(PoisonError::into_inner).name());
        let signature = signature().map_err(|error| error.in_function(&module, name))?;
        let (callback, receiver) = callback.with((&module, name), &signature, user)?;
        let function = HostFunction {
            module,
            name: name.into(),
            signature,
            flags: 0,
            callback,
            data: UserData::new(std::ptr::null_mut(), None),
            receiver,
            plugin: None,
        };
        self.add(name, Item::Function(Arc::new(function)))
    }
}

/// What a function of the host is registered with.
trait Callback {
    /// Returns the callback for engines, and what its first argument points to.
    fn with(self, names: (&str, &str), signature: &Signature, user: UserData) -> status::Result<(abi::Callback, Receiver)>;
}

impl Callback for abi::Callback {
    fn with(self, _: (&str, &str), _: &Signature, user: UserData) -> status::Result<(abi::Callback, Receiver)> {
        Ok((self, Receiver::User(user)))
    }
}

impl Callback for abi::RawCallback {
    fn with(self, names: (&str, &str), signature: &Signature, user: UserData) -> status::Result<(abi::Callback, Receiver)> {
        Ok((RawFunction::CALLBACK, host::raw_receiver(names, signature, self, user)?))
    }
}

/// Creates an empty host module.
///
/// @param name the module name that imports use, UTF-8; copied
/// @param module receives the module; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8
/// @par Ownership
/// The caller owns it and frees it with VM_HostModuleDelete, also right after registering it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleCreate(
    name: *const c_char,
    module: Option<&mut *mut HostModule>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let out = required(module, "module")?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        hand_out(out, HostModule(Mutex::new(Arc::new(host::HostModule::new(name)))));
        Ok(())
    })
}

/// Adds a function whose type is given as a signature string.
///
/// @param module the host module
/// @param name the name of the function, UTF-8; copied
/// @param signature parameters in parentheses, then results, as in "(ii)i": `i I f F v` for i32 i64 f32 f64 v128, `r` externref,
///         `c` funcref; as parameters also `<~` (read), `>~` (written), `*~` (both) for a buffer in the guest's memory, two
///         parameters of wasm, and `$` for a guest string that ends with NUL: the callback receives a VM_Buffer
/// @param callback the function to call; it may be called on any thread that uses a context with this module
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
/// @par Ownership
/// The function owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleAddFunction(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    signature: *const c_char,
    callback: Option<abi::Callback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        // SAFETY: the caller promises a text that ends with NUL.
        let ty = || unsafe { text(signature, "signature") }.and_then(parse_signature);
        shared(module, "module")?.add_function(name, ty, callback, user)
    })
}

/// Adds a function whose type is given as an object.
///
/// @param module the host module
/// @param name the name of the function, UTF-8; copied
/// @param type the type of the function; copied
/// @param callback the function to call; it may be called on any thread that uses a context with this module
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
/// @par Ownership
/// The function owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleAddFunctionWithType(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    r#type: Option<&FuncType>,
    callback: Option<abi::Callback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let ty = || Ok(required(r#type, "type")?.to_value()?.into());
        shared(module, "module")?.add_function(name, ty, callback, user)
    })
}

/// Adds a function of numbers that reads and writes them without their types, which makes calls faster: each value is 16 bytes, of which
/// those of its type count. It cannot suspend its guest; otherwise it is as any function of the host.
///
/// @param module the host module
/// @param name the name of the function, UTF-8; copied
/// @param signature as for VM_HostModuleAddFunction, of the letters `i I f F v` alone
/// @param callback the function to call; it may be called on any thread that uses a context with this module
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_INVALID_ARGUMENT (references or guest memory in the
/// signature), VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
/// @par Ownership
/// The function owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.7
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleAddFunctionRaw(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    signature: *const c_char,
    callback: Option<abi::RawCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        // SAFETY: the caller promises a text that ends with NUL.
        let ty = || unsafe { text(signature, "signature") }.and_then(parse_signature);
        shared(module, "module")?.add_function(name, ty, callback, user)
    })
}

/// Sets the flags of a function; they replace those set before.
///
/// @param module the host module
/// @param name the name of the function, UTF-8
/// @param flags VM_FUNCTION_*; unknown flags of the low 16 bits are ignored
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (the item is not a function),
/// VM_STATUS_UNSUPPORTED (unknown flags of the high 16 bits; VM_FUNCTION_MAY_SUSPEND for a function of VM_HostModuleAddFunctionRaw),
/// VM_STATUS_SEALED
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleSetFunctionFlags(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    flags: u32,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let module = shared(module, "module")?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        check_flags(flags, FUNCTION_FLAGS).map_err(|why| {
            let message = format!("the flags of function `{}` cannot be set: {why}", shown(name));
            status::Error::new(abi::STATUS_UNSUPPORTED, message)
        })?;
        module.set("flags", name, |module| module.set_flags(name, flags))
    })
}

/// Sets the permission that calls of a function require. A context grants it with VM_ContextGrantPermission to the name of the host
/// module, before it registers the module; without it a call fails with VM_STATUS_PLUGIN_PERMISSION, and the callback does not run.
///
/// @param module the host module
/// @param name the name of the function, UTF-8
/// @param permission as in "net:connect", UTF-8; copied; NULL if calls require none, as initially
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (the item is not a function),
/// VM_STATUS_INVALID_ARGUMENT (not a permission: empty, over 1024 bytes, or with control characters), VM_STATUS_SEALED
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleSetFunctionPermission(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    permission: *const c_char,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let module = shared(module, "module")?;
        // SAFETY: the caller promises texts that end with NUL.
        let (name, permission) = unsafe {
            let permission = (!permission.is_null()).then(|| text(permission, "permission"));
            (text(name, "name")?, permission.transpose()?)
        };
        if let Some(permission) = permission {
            check_permission(permission).map_err(|why| {
                let (name, permission) = (shown(name), shown(permission));
                let message = format!("function `{name}` cannot require \"{permission}\": a permission {why}");
                status::Error::new(abi::STATUS_INVALID_ARGUMENT, message)
            })?;
        }
        module.set("permission", name, |module| module.set_permission(name, permission))
    })
}

/// Adds a linear memory. Each context gets its own memory when it is first imported there.
///
/// @param module the host module
/// @param name the name of the memory, UTF-8; copied
/// @param type the type of the memory; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (a size or page size that is not possible),
/// VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleAddMemory(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    r#type: *const MemoryType,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let module = shared(module, "module")?;
        // SAFETY: the caller promises a text that ends with NUL, and a struct of the size that it says.
        let (name, ty) = unsafe { (text(name, "name")?, sized::read::<MemoryType>(r#type, "type")?) };
        module.add(name, Item::Memory(ty.to_value()?))
    })
}

/// Adds a table of null references. Each context gets its own table when it is first imported there.
///
/// @param module the host module
/// @param name the name of the table, UTF-8; copied
/// @param type the type of the table; copied
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (a size that is not possible),
/// VM_STATUS_WRONG_TYPE (not a reference type), VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleAddTable(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    r#type: *const TableType,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let module = shared(module, "module")?;
        // SAFETY: the caller promises a text that ends with NUL, and a struct of the size that it says.
        let (name, ty) = unsafe { (text(name, "name")?, sized::read(r#type, "type")?) };
        module.add(name, Item::Table(ty.to_value()?))
    })
}

/// Adds a global. Each context gets its own global when it is first imported there.
///
/// @param module the host module
/// @param name the name of the global, UTF-8; copied
/// @param type the type of the global; copied
/// @param value the initial value; copied; a reference must be null
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_WRONG_TYPE, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
/// @par Threads
/// [thread-safe]
/// @since 0.1
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_HostModuleAddGlobal(
    module: Option<Shared<HostModule>>,
    name: *const c_char,
    r#type: *const GlobalType,
    value: Option<&Value>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (module, value) = (shared(module, "module")?, required(value, "value")?);
        // SAFETY: the caller promises a text that ends with NUL, and a struct of the size that it says.
        let (name, ty) = unsafe { (text(name, "name")?, sized::read(r#type, "type")?.to_value()?) };
        if value.kind != ty.content.to_abi() {
            let message = format!("the value is {}, but the global is {}", value::type_name(value.kind), ty.content);
            return Err(status::Error::new(abi::STATUS_WRONG_TYPE, message));
        }
        if value.reference().context != 0 {
            let message =
                "the initial value of a global of a host module must be the null reference: other references belong to a context";
            return Err(status::Error::new(abi::STATUS_WRONG_TYPE, message));
        }
        module.add(name, Item::Global(ty, *value))
    })
}

/// Deletes a host module. Contexts in which it is registered keep what they need of it.
///
/// @param module the host module; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_HostModuleDelete(module: Option<Box<HostModule>>) {
    guard_value((), || drop(module));
}
