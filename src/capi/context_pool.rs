//! Context pool
//!
//! A pool keeps contexts that were prepared alike, for hosts that run each request in a context of its own: taking one is cheaper than
//! creating it, and what a module imports is resolved once for all of them.

use super::cell::Context;
use super::context::ContextConfig;
use super::engine::Engine;
use super::error::{Error, VM_ErrorDelete, VM_ErrorGetStatus};
use super::ffi::{Shared, hand_out, null, required, shared};
use super::guard::{guard, guard_value};
use crate::context::{self, ContextConfig as Config};
use crate::execution::Pool;
use crate::user_data::UserData;
use crate::{engine, plugin, status};
use libvm_abi::{self as abi, Status};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// Prepares a new context of a pool: registers host modules, plug-ins and WASI, and sets its limits. It is called on the thread that
/// needs the context. The context is not used elsewhere until it returns; it must not delete it.
///
/// `error` is where the caller of the pool receives the error; pass it on to the functions that are called here. On failure the
/// context is deleted.
pub type ContextPrepareCallback =
    unsafe extern "C" fn(user: *mut c_void, context: *mut Context, error: *mut *mut Error) -> Status;

/// A pool of contexts.
pub struct ContextPool {
    pool: Arc<Pool>,
    engine: engine::Engine,
    config: Config,
    prepare: Option<ContextPrepareCallback>,
    user: UserData,
}

impl Drop for ContextPool {
    fn drop(&mut self) {
        self.pool.clear();
    }
}

impl ContextPool {
    fn create(&self) -> context::Context {
        context::Context::new(&self.engine, self.config.clone(), &super::caller_table::TABLE)
    }

    /// Calls the callback of the host, whose own error goes to `own`.
    fn prepare(&self, context: *mut Context, own: &mut *mut Error) -> status::Result<()> {
        let Some(prepare) = self.prepare else { return Ok(()) };
        // SAFETY: the host promises a function of this type; the context is new.
        let answer = unsafe { prepare(self.user.pointer(), context, own) };
        if answer == abi::STATUS_OK {
            forget(own);
            return Ok(());
        }
        let status = if answer < 0 { answer } else { abi::STATUS_BAD_ANSWER };
        Err(status::Error::new(status, format!("the prepare function of the pool returned {answer} and no error")))
    }
}

/// Deletes an error that no caller receives.
fn forget(error: &mut *mut Error) {
    // SAFETY: it is NULL, or an error that a function of libvm wrote for the host's callback.
    unsafe { VM_ErrorDelete(std::mem::replace(error, ptr::null_mut())) }
}

/// Runs `work`, which may call the host's callback: an error that the callback has written is the error of a failure.
fn guard_preparing(mut error: Option<&mut *mut Error>, work: impl FnOnce(&mut *mut Error) -> status::Result<()>) -> Status {
    let mut own = ptr::null_mut();
    let status = guard(error.as_deref_mut(), || {
        plugin::end_waiting();
        work(&mut own)
    });
    // SAFETY: as in `forget`.
    let Some(written) = (unsafe { own.as_ref() }) else { return status };
    let status = VM_ErrorGetStatus(Some(written));
    if let Some(error) = error {
        std::mem::swap(error, &mut own);
    }
    forget(&mut own);
    status
}

/// Creates a pool of contexts.
///
/// Contexts are created when they are needed (VM_ContextPoolTake) or in advance (VM_ContextPoolFill), with the configuration, and
/// prepared by the callback.
///
/// @param engine the engine
/// @param config the configuration of its contexts; copied; NULL for the defaults
/// @param limit how many contexts the pool can have, taken ones included; 0 for no limit
/// @param pool receives the pool; must not be NULL
/// @param prepare called once with each new context; NULL for none
/// @param user passed to `prepare`, on any thread and on several at once
/// @param free_user called once with `user` when the pool is deleted, and also if this function fails; NULL for none
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a limit of the contexts is above what VM_EngineConfigSetPooling permits)
/// @par Ownership
/// The caller owns it and frees it with VM_ContextPoolDelete. The pool owns `user`.
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // as many as a pool has parts
pub unsafe extern "C" fn VM_ContextPoolCreate(
    engine: Option<Shared<Engine>>,
    config: Option<&ContextConfig>,
    limit: usize,
    pool: Option<&mut *mut ContextPool>,
    prepare: Option<ContextPrepareCallback>,
    user: *mut c_void,
    free_user: Option<abi::Free>,
    error: Option<&mut *mut Error>,
) -> Status {
    let user = UserData::new(user, free_user);
    guard(error, || {
        let (engine, out) = (shared(engine, "engine")?.0.clone(), required(pool, "pool")?);
        let config = config.map_or_else(Config::default, |config| config.0.clone());
        engine.check_limits(&config.limits)?;
        hand_out(out, ContextPool { pool: Pool::new(limit), engine, config, prepare, user });
        Ok(())
    })
}

/// Takes a context from a pool: one that was returned, or a new one. Its state is that after the callback `prepare`.
///
/// @param pool the pool
/// @param context receives the context; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (the contexts of the pool are taken, as many as its limit), VM_STATUS_INVALID_ARGUMENT
/// (`prepare` has created an instance that a reset would remove), VM_STATUS_BAD_ANSWER (`prepare` returned a positive number),
/// VM_STATUS_BUSY (`prepare` has entered the context and not left it), and the error with which `prepare` failed
/// @par Ownership
/// The caller has the context until VM_ContextPoolReturn, or deletes it with VM_ContextDelete, which makes room for a new one.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextPoolTake(
    pool: Option<Shared<ContextPool>>,
    context: Option<&mut *mut Context>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard_preparing(error, |own| {
        let (pool, out) = (shared(pool, "pool")?, required(context, "context")?);
        *out = pool.pool.take(|| pool.create(), |context| Ok(pool.prepare(context, own)?))?;
        Ok(())
    })
}

/// Returns a context to its pool. It is reset as by VM_ContextReset: all its handles become stale, and an unfinished execution is
/// cancelled. Data (VM_ContextSetData), the log callback, limits of time and fuel are again those that `prepare` has set.
///
/// A context that cannot be reset is deleted, as is one in which more was registered, set or granted than by `prepare`; a later
/// VM_ContextPoolTake creates another one.
///
/// @param pool the pool
/// @param context a context that was taken from the pool; the caller must not use it any more
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error: then the caller still has the context
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (it is not a context of this pool, or was returned before), VM_STATUS_BUSY
/// (another thread uses it, or this one has not left it: VM_ContextLeave), VM_STATUS_REENTRANT (from inside a callback of the context)
/// @par Threads
/// [thread-safe]
/// @since 0.3
///
/// # Safety
/// As the header says of each parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn VM_ContextPoolReturn(
    pool: Option<Shared<ContextPool>>,
    context: *mut Context,
    error: Option<&mut *mut Error>,
) -> Status {
    let status = guard(error, || {
        let pool = shared(pool, "pool")?;
        if context.is_null() {
            return Err(null("context"));
        }
        // SAFETY: the caller promises that a context of the pool was not deleted.
        unsafe { pool.pool.give_back(context) }
    });
    guard_value((), plugin::end_waiting);
    status
}

/// Creates contexts in advance, until the pool has so many, taken ones included.
///
/// @param pool the pool
/// @param count how many contexts the pool has afterwards, if it did not have more
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error: contexts that were created stay in the pool
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (more than the limit of the pool), and those of VM_ContextPoolTake
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextPoolFill(pool: Option<Shared<ContextPool>>, count: usize, error: Option<&mut *mut Error>) -> Status {
    guard_preparing(error, |own| {
        let pool = shared(pool, "pool")?;
        while pool.pool.fill(count, || pool.create(), |context| Ok(pool.prepare(context, own)?))? {}
        Ok(())
    })
}

/// Returns how many contexts of a pool are unused.
///
/// @param pool the pool; NULL has none
/// @return the number; it may change at any time
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextPoolGetIdleCount(pool: Option<&ContextPool>) -> usize {
    guard_value(0, || pool.map_or(0, |pool| pool.pool.counts().0))
}

/// Returns how many contexts of a pool are taken.
///
/// @param pool the pool; NULL has none
/// @return the number; it may change at any time
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextPoolGetTakenCount(pool: Option<&ContextPool>) -> usize {
    guard_value(0, || pool.map_or(0, |pool| pool.pool.counts().1))
}

/// Deletes a pool with its unused contexts. Contexts that are taken stay valid; they are deleted with VM_ContextDelete.
///
/// @param pool the pool; NULL does nothing; no other thread may be using it
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_ContextPoolDelete(pool: Option<Box<ContextPool>>) {
    guard_value((), || {
        drop(pool);
        plugin::end_waiting();
    });
}
