//! Queue
//!
//! A queue says which of its executions can go on: one handle to poll for any number of executions. docs/executions.md shows its use
//! with epoll and with several threads.

use super::error::Error;
use super::execution::Execution;
use super::ffi::{Shared, hand_out, required, shared};
use super::guard::{guard, guard_value};
use crate::execution;
use libvm_abi::Status;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

/// A queue of executions.
pub struct Queue(pub(super) Arc<execution::Queue<Execution>>);

impl Drop for Queue {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Creates a queue.
///
/// @param queue receives the queue; must not be NULL
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_IO (the process has no descriptor left)
/// @par Ownership
/// The caller owns it and frees it with VM_QueueDelete.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_QueueCreate(queue: Option<&mut *mut Queue>, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        hand_out(required(queue, "queue")?, Queue(Arc::new(execution::Queue::new()?)));
        Ok(())
    })
}

/// Returns the handle of a queue, for poll, epoll, kqueue and event loops built on them: a file descriptor that is readable while
/// the queue contains an execution, and not readable while it is empty. Only wait for it; do not read from it, and do not close it.
/// An event loop that reports changes only (edge-triggered) calls VM_QueueNext until it returns NULL.
///
/// @param queue the queue; NULL has none
/// @return the handle, the same for the life of the queue; -1 on systems without one (use VM_QueueWait there) and for NULL
/// @par Ownership
/// The handle belongs to the queue and is closed with it.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_QueueGetHandle(queue: Option<&Queue>) -> i64 {
    guard_value(-1, || queue.map_or(-1, |queue| queue.0.handle()))
}

/// Takes the first execution out of a queue, for this thread to poll: no other call of VM_QueueNext returns the execution before
/// VM_ExecutionPoll was called for it. Executions are in the queue in the order in which they became ready; one that has used its
/// slice goes to the end.
///
/// An execution is in its queue while its state is VM_EXECUTION_READY: something was completed, it was cancelled, its deadline has
/// come, or it has used its slice. One that ended because its context was reset or deleted is in the queue too, until it is taken
/// out or polled; one that ended during VM_ContextStart or VM_ExecutionPoll is not.
///
/// @param queue the queue; NULL is empty
/// @return the execution; NULL if the queue is empty
/// @par Ownership
/// The caller of VM_ContextStart owns the execution. If another thread deletes it before this thread has polled it, it stays valid
/// until then, and VM_ExecutionPoll returns VM_STATUS_STALE and frees it. It may pass the execution on to another thread, which polls
/// it instead; then the first one no longer uses it.
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_QueueNext(queue: Option<Shared<Queue>>) -> *mut Execution {
    guard_value(ptr::null_mut(), || {
        let next = queue.and_then(|queue| execution::next(&queue.get().0));
        next.map_or(ptr::null_mut(), |execution| Arc::as_ptr(&execution).cast_mut())
    })
}

/// Waits until an execution is in a queue; another thread may take it out before this thread does.
///
/// @param queue the queue
/// @param timeout_ms how long to wait, in milliseconds; UINT64_MAX for any time
/// @param error receives the error on failure; may be NULL
/// @return VM_STATUS_OK on success, otherwise an error
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_WOULD_BLOCK (the queue is still empty), VM_STATUS_STALE (another thread deleted the queue)
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_QueueWait(queue: Option<Shared<Queue>>, timeout_ms: u64, error: Option<&mut *mut Error>) -> Status {
    guard(error, || {
        // The queue may be deleted meanwhile.
        let queue = Arc::clone(&shared(queue, "queue")?.0);
        queue.wait(Duration::from_millis(timeout_ms))
    })
}

/// Deletes a queue. Its executions stay, and are polled without a queue.
///
/// @param queue the queue; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.3
#[unsafe(no_mangle)]
pub extern "C" fn VM_QueueDelete(queue: Option<Box<Queue>>) {
    guard_value((), || drop(queue));
}
