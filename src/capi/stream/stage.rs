//! Stages, and the settings of a stream.

use super::super::error::Error;
use super::super::ffi::{Shared, null, required, text};
use super::super::guard::guard;
use super::super::instance::Instance;
use super::super::plugin::Plugin;
use super::{Stream, stream};
use crate::engine::{HostFunction, Receiver};
use crate::status::{self, Result};
use crate::stream::ErrorPolicy as Policy;
use crate::user_data::UserData;
use crate::value::Signature;
use libvm_abi::{self as abi, Status};
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// For the flags of a stage.
pub type StageFlags = u32;
/// A call may handle several events: the function continues with the next one by `event_next` or VM_CallerNextEvent. Events with which
/// it does not continue are passed to another call.
pub const STAGE_BATCHED: StageFlags = 1;
/// The function of the host may suspend its call with VM_CallerSuspend. Only for VM_StreamAddCallbackStage.
pub const STAGE_MAY_SUSPEND: StageFlags = 2;

/// What happens to an event that a stage or a sink fails to handle.
pub type ErrorPolicy = u32;
/// The run fails; the next one continues with the event. The default.
pub const ERROR_POLICY_STOP: ErrorPolicy = 0;
/// The event is left out.
pub const ERROR_POLICY_SKIP: ErrorPolicy = 1;
/// The event is written to the dead-letter sink.
pub const ERROR_POLICY_DEAD_LETTER: ErrorPolicy = 2;

const _: () = {
    assert!(ERROR_POLICY_STOP == Policy::Stop as u32);
    assert!(ERROR_POLICY_SKIP == Policy::Skip as u32);
    assert!(ERROR_POLICY_DEAD_LETTER == Policy::DeadLetter as u32);
};

/// Returns whether a stage is batched; `known` are the flags that it may have.
fn is_batched(flags: StageFlags, known: StageFlags) -> Result<bool> {
    if flags & !known != 0 {
        let message = format!("{flags:#x} are not flags of such a stage; see VM_STAGE_*");
        return Err(status::Error::new(abi::STATUS_INVALID_ARGUMENT, message));
    }
    Ok(flags & STAGE_BATCHED != 0)
}

/// Adds a function of a guest as the next stage of a stream. The function has no parameters and no results. It reads its event and
/// emits others through the module `libvm_stream` (VM_ContextRegisterStreamModule); what it does not emit is dropped.
///
/// @param stream the stream
/// @param instance an instance in the context of the stream
/// @param name the name of the exported function, UTF-8
/// @param flags VM_STAGE_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the flags), VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE,
/// VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_SEALED (the stream was run), VM_STATUS_LIMIT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [one thread per context]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamAddGuestStage(
    stream: Option<Shared<Stream>>,
    instance: Instance,
    name: *const c_char,
    flags: StageFlags,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let stream = self::stream(stream)?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        stream.add_stage(name, is_batched(flags, STAGE_BATCHED)?, |context| context.guest_stage(instance.into(), name))
    })
}

/// Adds a function of a plug-in as the next stage of a stream; no guest is needed for it. The function has no parameters and no results
/// (signature "()"), and uses VM_CallerGetEvent and VM_CallerEmitEvent. Its permission is required as in a guest.
///
/// @param stream the stream
/// @param plugin a plug-in that is registered in the context of the stream
/// @param module the name of its module, UTF-8; NULL for the one with the plug-in's name
/// @param name the name of the function, UTF-8
/// @param flags VM_STAGE_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_PLUGIN_NOT_FOUND (not registered), and those of VM_StreamAddGuestStage
/// @par Threads
/// [one thread per context]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamAddPluginStage(
    stream: Option<Shared<Stream>>,
    plugin: Option<&Plugin>,
    module: *const c_char,
    name: *const c_char,
    flags: StageFlags,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (stream, plugin) = (self::stream(stream)?, required(plugin, "plugin")?.share());
        // SAFETY: the caller promises texts that end with NUL.
        let (module, name) = unsafe {
            let module = if module.is_null() { None } else { Some(text(module, "module")?) };
            (module, text(name, "name")?)
        };
        stream.add_stage(name, is_batched(flags, STAGE_BATCHED)?, |context| context.plugin_stage(&plugin, module, name))
    })
}

/// Adds a function of the host as the next stage of a stream. It is a host function without arguments and results, and uses
/// VM_CallerGetEvent and VM_CallerEmitEvent.
///
/// @param stream the stream
/// @param name what messages call it, UTF-8; copied
/// @param callback the function
/// @param user passed to the callback; may be NULL
/// @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
/// @param flags VM_STAGE_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the flags), VM_STATUS_SEALED (the stream was run),
/// VM_STATUS_LIMIT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Ownership
/// The context owns `user`, until it is reset or deleted.
/// @par Threads
/// [one thread per context]
/// @since 0.4
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_StreamAddCallbackStage(
    stream: Option<Shared<Stream>>,
    name: *const c_char,
    callback: Option<abi::Callback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    flags: StageFlags,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let stream = self::stream(stream)?;
        // SAFETY: the caller promises a text that ends with NUL.
        let name = unsafe { text(name, "name")? };
        let callback = callback.ok_or_else(|| null("callback"))?;
        let batched = is_batched(flags, STAGE_BATCHED | STAGE_MAY_SUSPEND)?;
        let function = Arc::new(HostFunction {
            module: stream.name().into(),
            name: name.into(),
            signature: Signature { params: [].into(), results: [].into() },
            flags: if flags & STAGE_MAY_SUSPEND == 0 { 0 } else { abi::FUNCTION_MAY_SUSPEND },
            callback,
            data: UserData::new(ptr::null_mut(), None),
            receiver: Receiver::User(user),
            plugin: None,
        });
        stream.add_stage(name, batched, |context| Ok(context.host_stage(&function)))
    })
}

/// Sets how many events a stream takes from its source, passes to a batched stage and writes to its sinks at once; the default is 256. A
/// position is committed after each batch. A source that has fewer events now delivers those without waiting.
///
/// @param stream the stream
/// @param events the number; 1 to 65536
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_BUSY (the stream is running), VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamSetBatchSize(stream: Option<Shared<Stream>>, events: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || self::stream(stream)?.set_batch(events))
}

/// Sets what happens to an event that a stage or a sink fails to handle: when a stage traps or exceeds its time limit, and when a sink
/// refuses an event. What the failed call of a stage has emitted is dropped. Other failures end the run under every policy: those of
/// the source, a stage that is cancelled, that has used up the fuel of its context or that exits, and a context in use.
///
/// @param stream the stream
/// @param policy VM_ERROR_POLICY_*
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a policy), VM_STATUS_BUSY (the stream is running), VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamSetErrorPolicy(
    stream: Option<Shared<Stream>>,
    policy: ErrorPolicy,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let stream = self::stream(stream)?;
        let unknown = || {
            let message = format!("{policy} is not an error policy; see VM_ERROR_POLICY_*");
            status::Error::new(abi::STATUS_INVALID_ARGUMENT, message)
        };
        stream.set_policy(Policy::from_number(policy).ok_or_else(unknown)?)
    })
}

/// Sets how much one call of a stage may emit; the defaults, which are the largest values, are 65,536 events and 64 MiB. A call that
/// emits more fails with VM_STATUS_LIMIT.
///
/// @param stream the stream
/// @param events the number of events
/// @param bytes the number of bytes of their payloads and metadata
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_BUSY (the stream is running), VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamSetEmitLimits(
    stream: Option<Shared<Stream>>,
    events: u64,
    bytes: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || self::stream(stream)?.set_emit_limits(events, bytes))
}

/// Sets how much the queue of a push source holds; the defaults are 1,024 events and 4 MiB. A source that emits more waits or is refused
/// (VM_StreamPartEmit).
///
/// @param stream the stream
/// @param events the number of events, at least 1
/// @param bytes the number of bytes of their payloads and metadata, at least 1
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_StreamSetQueueSize(
    stream: Option<Shared<Stream>>,
    events: u64,
    bytes: u64,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || self::stream(stream)?.set_capacity(events, bytes))
}
