//! The functions that take the place of host functions in a replay: they do what the recording says.

use super::entry::{Entry, Outcome};
use super::replay::{Log, Replayed, shown};
use crate::engine::watch::Space;
use crate::engine::{ActiveCall, Handle, HostFunction, Receiver, with_caller};
use crate::panics;
use crate::status::{Error, Result, Status};
use crate::user_data::UserData;
use crate::value::FuncType;
use libvm_abi::{self as abi, Caller, Value};
use std::ffi::c_void;
use std::slice;
use std::sync::Arc;

impl Replayed {
    /// Creates the function that takes the place of a host function.
    pub fn stand_in(&self, module: &str, name: &str, ty: FuncType) -> Arc<HostFunction> {
        unsafe extern "C" fn free(replayed: *mut c_void) {
            // SAFETY: it was created from a box below, and is freed once.
            drop(unsafe { Box::from_raw(replayed.cast::<Replayed>()) });
        }
        let replayed = Box::into_raw(Box::new(self.clone()));
        Arc::new(HostFunction {
            module: module.into(),
            name: name.into(),
            signature: ty.into(),
            flags: 0,
            callback: replay,
            data: UserData::new(std::ptr::null_mut(), None),
            receiver: Receiver::User(UserData::new(replayed.cast(), Some(free))),
            plugin: None,
        })
    }
}

unsafe extern "C-unwind" fn replay(
    replayed: *mut c_void,
    caller: *mut Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    let replayed = panics::catch(|| {
        // SAFETY: the function was created with it, and it lives as long as the function. The caller is this call's, with as many values
        // as the function has.
        unsafe {
            let replayed = &*replayed.cast::<Replayed>();
            let (arg_count, result_count) = ((*caller).arg_count as usize, (*caller).result_count as usize);
            let args = if arg_count == 0 { &[] } else { slice::from_raw_parts(args, arg_count) };
            let results = if result_count == 0 { &mut [] } else { slice::from_raw_parts_mut(results, result_count) };
            with_caller(caller, |call| {
                Ok(run(replayed, call, args, results).err().map_or(abi::STATUS_OK, |error| fail(call, error)))
            })
        }
    });
    replayed.unwrap_or(Err(abi::STATUS_INTERNAL)).unwrap_or_else(|status| status)
}

fn fail(call: &mut ActiveCall<'_>, failed: Failed) -> Status {
    match failed {
        Failed::Guest(status) => status,
        Failed::Host(error) => {
            let status = error.status();
            call.set_failure(error);
            status
        }
    }
}

/// How a stand-in fails.
enum Failed {
    /// With the failure of the guest that it has called last.
    Guest(Status),
    /// With an error of its own.
    Host(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Host(error)
    }
}

/// Does something with the recording and the store.
fn with<R>(replayed: &Replayed, call: &mut ActiveCall<'_>, mut work: impl FnMut(&mut Log, &mut dyn Space) -> R) -> Option<R> {
    let mut done = None;
    call.with_space(&mut |space| done = Some(work(&mut replayed.log(), space)));
    done
}

/// The steps of a host function that follow each other.
enum Step {
    /// A part was done.
    Next,
    Charge(u64),
    Call(Handle, Vec<Value>, usize),
    Return(Vec<Value>),
    Fail(Error),
}

fn run(replayed: &Replayed, call: &mut ActiveCall<'_>, args: &[Value], results: &mut [Value]) -> Result<(), Failed> {
    const NO_STORE: &str = "a replayed call has no store";
    let (module, name) = (Arc::clone(&call.function().module), call.function().name.clone());
    let begun = with(replayed, call, |log, space| begin(log, space, &module, &name, args));
    begun.expect(NO_STORE)?;
    let mut suspended = false;
    let mut guest: Option<Error> = None;
    loop {
        match with(replayed, call, |log, space| step(log, space, &mut suspended)).expect(NO_STORE)? {
            Step::Next => {}
            Step::Charge(units) => {
                // If there was less, what the function then did follows.
                let _ = call.consume_fuel(units);
            }
            Step::Call(function, args, count) => {
                let mut room = vec![Value::NONE; count];
                let taken = replayed.log().taken();
                guest = call.call_ref(function, &args, &mut room).err();
                if let Some(error) = guest.as_ref().filter(|_| replayed.log().taken() == taken) {
                    return Err(Failed::Host(replayed.log().fail_with(error)));
                }
            }
            Step::Return(values) if values.len() == results.len() => {
                results.copy_from_slice(&values);
                return Ok(());
            }
            Step::Return(_) => {
                let count = "the function has another number of results than it had";
                return Err(Failed::Host(replayed.log().fail(count)));
            }
            Step::Fail(error) => {
                let same = |guest: &Error| guest.status() == error.status() && guest.message() == error.message();
                return Err(if guest.as_ref().is_some_and(same) { Failed::Guest(error.status()) } else { Failed::Host(error) });
            }
        }
    }
}

fn begin(log: &mut Log, space: &mut dyn Space, module: &str, name: &str, args: &[Value]) -> Result<()> {
    let expected = log.peek("the guest calls a host function")?;
    let found = Entry::HostCall { module: module.to_owned(), name: name.to_owned(), args: log.guest_values(args, space) };
    if found != expected {
        return Err(log.fail(&format!("the guest makes {}, and the recording has {}", shown(&found), shown(&expected))));
    }
    log.take();
    Ok(())
}

fn step(log: &mut Log, space: &mut dyn Space, suspended: &mut bool) -> Result<Step> {
    const WHAT: &str = "a host function returned";
    let entry = log.peek(WHAT)?;
    match entry {
        Entry::Memory { .. } | Entry::Table { .. } | Entry::Global { .. } => {
            log.apply_one(WHAT, space)?;
        }
        Entry::Suspend => {
            *suspended = true;
            log.take();
        }
        Entry::Resume { .. } => {
            *suspended = false;
            log.take();
        }
        Entry::Fuel(units) => {
            log.take();
            return Ok(Step::Charge(units));
        }
        Entry::GuestCall { function, args } => {
            let function = log.function(&function, space);
            let args = args.iter().map(|arg| log.value(arg, space)).collect::<Result<Vec<_>>>();
            let (function, args) = function.and_then(|function| Ok((function, args?))).map_err(|error| log.fail_with(&error))?;
            let count = space.results(function);
            return Ok(Step::Call(function, args, count));
        }
        Entry::HostReturn(Outcome::Returned(values)) => {
            log.take();
            let values = values.iter().map(|value| log.value(value, space)).collect::<Result<Vec<_>>>();
            let values = values.map_err(|error| log.fail_with(&error))?;
            log.guest_goes_on(space)?;
            return Ok(Step::Return(values));
        }
        Entry::HostReturn(Outcome::Failed(failure)) => {
            log.take();
            return Ok(Step::Fail(failure.error()));
        }
        // The execution ended while the function was suspended.
        Entry::GuestReturn { outcome: Outcome::Failed(failure), .. } if *suspended => return Ok(Step::Fail(failure.error())),
        other => return Err(log.fail(&format!("a host function is running, and the recording has {}", shown(&other)))),
    }
    Ok(Step::Next)
}
