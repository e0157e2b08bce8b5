//! The calls of hooks, and of what continues a suspended event.

use super::event::Event;
use super::hook::{Hook, Owner, describe};
use super::suspension::Suspension;
use super::table::TABLE;
use super::token::Completion;
use crate::stack;
use crate::status::{Result, Status};
use libvm_abi as abi;
use std::io::Write;
use std::ptr;

/// Calls a hook, and returns its answer.
///
/// # Errors
/// `STATUS_WRONG_THREAD`, `STATUS_BUSY`: then it was not called.
#[inline]
pub fn call(hook: &Hook, event: &Event) -> Result<Status> {
    let work = || {
        let passed = event.frame(&TABLE).begin(hook.data.pointer(), hook.myself.pointer().cast());
        let unwinding = Unwinding(&*hook.owner, event);
        // SAFETY: the hook is passed the first argument that it was registered with, and an event that is valid until it returns.
        let answer = unsafe { (hook.callback)(hook.receiver.pointer(), passed) };
        std::mem::forget(unwinding);
        event.frame(&TABLE).end();
        answer
    };
    if hook.is_open {
        return Ok(stack::on_thread(work));
    }
    let mut answer = abi::STATUS_INTERNAL;
    hook.owner.run(&mut || answer = stack::on_thread(work))?;
    Ok(answer)
}

/// Continues a suspended event, and returns the answer; without a function that continues it, that is the completion's.
///
/// # Errors
/// As `call`.
pub fn resume(owner: &dyn Owner, suspension: &mut Suspension, event: &Event, completion: &Completion) -> Result<Status> {
    let Some((resume, user)) = suspension.resume() else { return Ok(completion.answer) };
    let mut answer = abi::STATUS_INTERNAL;
    owner.run(&mut || {
        suspension.set_resumed();
        let (data, myself) = suspension.pointers();
        let passed = event.frame(&TABLE).begin(data, myself);
        let text = completion.text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        answer = stack::on_thread(|| {
            let unwinding = Unwinding(owner, event);
            // SAFETY: the hook passed the function with its argument when it suspended the event; the rest is valid until it returns.
            let answer = unsafe { resume(user, passed, completion.answer, text) };
            std::mem::forget(unwinding);
            answer
        });
        event.frame(&TABLE).end();
    })?;
    Ok(answer)
}

/// Is dropped when an exception or a panic leaves a hook. There may be frames above that cannot be unwound: the process has to abort,
/// after naming the hook.
struct Unwinding<'a>(&'a dyn Owner, &'a Event);

impl Drop for Unwinding<'_> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        let message = format!(
            "libvm: a C++ exception or a panic left {}; hooks must catch them and return a status. The process is aborted.\n",
            describe(self.0, self.1.point_name())
        );
        // If standard error is closed, there is no other place for the message.
        let _ = std::io::stderr().write_all(message.as_bytes());
        std::process::abort();
    }
}
