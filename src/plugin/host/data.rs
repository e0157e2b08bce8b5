//! The service of data attached to a plug-in's presence in a context, or to a call: `libvm.data/1`.

use crate::engine::with_caller;
use crate::panics;
use crate::plugin::host::presence::{SelfObject, Slot};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Caller, DataService, Free, PluginInstance, Status};
use std::ffi::c_void;

/// The table that plug-ins are passed.
pub static SERVICE: DataService = DataService {
    size: size_of::<DataService>() as u32,
    reserved: 0,
    set_for_context,
    get_for_context,
    set_for_call,
    get_for_call,
};

fn guarded(work: impl FnOnce() -> Result<(), Status>) -> Status {
    panics::catch(work).unwrap_or(Err(abi::STATUS_INTERNAL)).err().unwrap_or(abi::STATUS_OK)
}

fn set(slot: Option<&Slot>, data: UserData) -> Result<(), Status> {
    slot.ok_or(abi::STATUS_NULL_ARGUMENT)?.set(data);
    Ok(())
}

/// # Safety
/// `out` is NULL or can be written to.
unsafe fn get(slot: Option<&Slot>, out: *mut *mut c_void) -> Result<(), Status> {
    let (Some(slot), false) = (slot, out.is_null()) else { return Err(abi::STATUS_NULL_ARGUMENT) };
    // SAFETY: promised above.
    unsafe { out.write(slot.get()) };
    Ok(())
}

unsafe extern "C" fn set_for_context(myself: *mut PluginInstance, pointer: *mut c_void, free: Option<Free>) -> Status {
    let data = UserData::new(pointer, free);
    // SAFETY: the plug-in passes the pointer that it was passed, or NULL.
    guarded(|| set(unsafe { myself.cast::<SelfObject>().as_ref() }.map(|myself| &myself.slot), data))
}

unsafe extern "C" fn get_for_context(myself: *const PluginInstance, out: *mut *mut c_void) -> Status {
    // SAFETY: as above, and it promises that `out` can be written to.
    guarded(|| unsafe { get(myself.cast::<SelfObject>().as_ref().map(|myself| &myself.slot), out) })
}

unsafe extern "C" fn set_for_call(caller: *mut Caller, pointer: *mut c_void, free: Option<Free>) -> Status {
    let data = UserData::new(pointer, free);
    guarded(|| {
        // SAFETY: the plug-in passes the caller that it was passed, or NULL.
        let last = unsafe { with_caller(caller, |call| Ok(call.set_data(data))) }?;
        // Freeing runs the plug-in's code, which may use the caller: nothing else does at this point.
        drop(last);
        Ok(())
    })
}

unsafe extern "C" fn get_for_call(caller: *mut Caller, out: *mut *mut c_void) -> Status {
    guarded(|| {
        // SAFETY: the plug-in passes the caller that it was passed, or NULL.
        let pointer = unsafe { with_caller(caller, |call| Ok(call.data())) }?;
        if out.is_null() {
            return Err(abi::STATUS_NULL_ARGUMENT);
        }
        // SAFETY: it promises that it can be written to.
        unsafe { out.write(pointer) };
        Ok(())
    })
}
