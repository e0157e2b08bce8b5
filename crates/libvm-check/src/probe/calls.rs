//! Calls of all functions with usual arguments, and on many threads.
#![forbid(unsafe_code)]

use super::{Loaded, Work};
use crate::arguments::{self, Argument};
use crate::guest::{CALLBACK, Callee};
use crate::host::{Context, Handle, Result};
use crate::journal::Line;
use libvm_abi::{FUNCTION_MAY_SUSPEND, Ref};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

/// For how long a suspended call is waited for, in milliseconds.
pub const WAIT: u64 = 20;

/// Calls a function of the guest with arguments.
pub fn call(context: &mut Context, instance: Handle, index: usize, callee: &Callee, case: &[Argument], callback: Ref) -> Result {
    let mut values = Vec::new();
    case.iter().for_each(|argument| argument.values(callback, &mut values));
    let name = Callee::export(index);
    if callee.info.flags & FUNCTION_MAY_SUSPEND != 0 {
        context.start(instance, &name, &values, WAIT)
    } else {
        context.execute(instance, &name, &values, callee.signature.results.len())
    }
}

/// Calls each function once with usual arguments, in a new guest. What it answers is its own matter.
pub fn usual(work: &Work<'_>, loaded: &Loaded, context: &mut Context, thread: u32) -> Result {
    let instance = context.instantiate(&loaded.guest)?;
    let (memory, callback) = (context.memory(instance)?, context.function_ref(instance, CALLBACK)?);
    context.write(memory, &arguments::image(b'a'))?;
    for (index, callee) in loaded.callees.iter().enumerate().filter(|(_, callee)| work.calls(callee)) {
        let case = arguments::usual(&callee.signature);
        work.journal.write(&Line::Begin(thread, format!("`{}({})`", callee.title(), arguments::show(&case))));
        let _ = call(context, instance, index, callee, &case, callback);
        if work.is_late(70) {
            break;
        }
    }
    Ok(())
}

/// Calls functions on several threads at once, each with contexts of its own.
pub fn threads(work: &Work<'_>) -> Result {
    const THREADS: u32 = 4;
    const ROUNDS: usize = 12;
    let loaded = work.load()?;
    let (barrier, calls) = (Barrier::new(THREADS as usize), AtomicUsize::new(0));
    let on_thread = |thread: u32| -> Result {
        barrier.wait();
        for round in 0..ROUNDS {
            work.journal.write(&Line::Begin(thread, "creating an instance on several threads at once (`create`)".to_owned()));
            let mut context = work.context(&loaded, (round % 2 == 0).then_some("shared"), false)?;
            let instance = context.instantiate(&loaded.guest)?;
            let (memory, callback) = (context.memory(instance)?, context.function_ref(instance, CALLBACK)?);
            context.write(memory, &arguments::image(b'a'))?;
            for (index, callee) in loaded.callees.iter().enumerate().filter(|(_, callee)| work.calls(callee)) {
                // One line for the calls that follow: writing more would keep the threads apart.
                work.journal.write(&Line::Begin(thread, format!("`{}` on {THREADS} threads", callee.title())));
                for case in arguments::cases(&callee.signature, 20) {
                    let _ = call(&mut context, instance, index, callee, &case, callback);
                    calls.fetch_add(1, Ordering::Relaxed);
                    if work.is_late(10) {
                        break;
                    }
                }
            }
            work.journal.write(&Line::Begin(thread, "destroying an instance on several threads at once (`destroy`)".to_owned()));
            drop(context);
            if work.is_late(10) {
                break;
            }
        }
        Ok(())
    };
    let on_thread = &on_thread;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS).map(|thread| scope.spawn(move || on_thread(thread))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })?;
    work.part("count", &[calls.into_inner().to_string(), THREADS.to_string()]);
    work.journal.begin("unloading it (`cleanup`)");
    Ok(())
}
