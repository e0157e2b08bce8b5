//! The data that the frames of one context share: the thread that uses the context, and the nesting depth of its calls.
#![forbid(unsafe_code)]

use crate::limits::{DEFAULT_CALL_DEPTH, MIN_NATIVE_STACK, RESUME_STACK};
#[cfg(feature = "compiled")]
use crate::limits::{FIBER_ENTRY, MAX_NESTED_FIBERS};
use crate::status::{Error, Result};
use crate::{stack, tight};
use libvm_abi as abi;
use std::cell::Cell;
#[cfg(feature = "compiled")]
use std::cell::RefCell;
#[cfg(feature = "compiled")]
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

// The nesting depth of calls from the host into guests on this thread, of all contexts: a host function may create a context
// for each call, and then no context is entered twice.
thread_local!(static NESTED: Cell<usize> = const { Cell::new(0) });

/// Returns whether a call from the host into a guest would be nested in another one of this thread.
#[cold] // most are not
fn is_nested() -> bool {
    let nested = NESTED.get();
    #[cfg(feature = "compiled")]
    let nested = {
        // Calls on stacks that were lent are counted by those who lend, whether or not there is one.
        let lent = LENT_TO.try_with(|homes| {
            let homes = homes.0.borrow();
            homes.iter().all(|home| home.depth.load(Ordering::Relaxed) == 0).then_some(homes.len())
        });
        if let Ok(Some(lent)) = lent { nested.saturating_sub(lent) } else { nested }
    };
    nested > 0
}

/// Homes of deleted contexts, for reuse.
static UNUSED: Mutex<Vec<&'static Home>> = Mutex::new(Vec::new());

pub(super) fn unused() -> MutexGuard<'static, Vec<&'static Home>> {
    UNUSED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// It is never freed, like frames: a caller that is used too late points here. Each call writes it: it shares its line of the cache
/// with no other, which another thread may write.
#[repr(align(64))]
pub struct Home {
    /// The thread that uses the context now.
    thread: AtomicUsize,
    /// The nesting depth of calls from the host into the context's guests. Only the thread that uses the context accesses it.
    depth: AtomicUsize,
    /// The maximum of `depth`.
    most: AtomicUsize,
    /// Whether the context runs compiled code.
    compiled: AtomicBool,
    /// The address on the stack of the thread from which on the outermost call there lets compiled code use it; 0 without one.
    #[cfg(feature = "compiled")]
    base: AtomicUsize,
    /// Whether callbacks are called on the stack that compiled code uses.
    direct: AtomicBool,
    /// The part of its stack that the thread which holds the context lends to outermost calls; none otherwise.
    #[cfg(feature = "compiled")]
    lent: Lent,
}

/// A part of the stack of a thread, from which on enough of it is left.
#[cfg(feature = "compiled")]
#[derive(Default)]
struct Lent {
    low: AtomicUsize,
    /// 0 if there is none.
    size: AtomicUsize,
}

// Homes to which this thread has lent its stack: a thread that has ended lends none.
#[cfg(feature = "compiled")]
thread_local!(static LENT_TO: Borrowers = const { Borrowers(RefCell::new(Vec::new())) });

#[cfg(feature = "compiled")]
struct Borrowers(RefCell<Vec<&'static Home>>);

#[cfg(feature = "compiled")]
impl Drop for Borrowers {
    fn drop(&mut self) {
        self.0.get_mut().drain(..).for_each(|home| home.lent.size.store(0, Ordering::Relaxed));
    }
}

/// For functions whose calls always need preparation.
pub static NEVER: AtomicBool = AtomicBool::new(false);

impl Home {
    fn new() -> Self {
        Self {
            thread: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
            most: AtomicUsize::new(DEFAULT_CALL_DEPTH),
            compiled: AtomicBool::new(false),
            #[cfg(feature = "compiled")]
            base: AtomicUsize::new(0),
            direct: AtomicBool::new(true),
            #[cfg(feature = "compiled")]
            lent: Lent::default(),
        }
    }
}

/// A context's home until the context is dropped.
pub struct OwnHome(&'static Home);

impl OwnHome {
    pub fn new() -> Self {
        let mut unused = unused();
        if unused.is_empty() {
            unused.extend(tight::forever(Home::new));
        }
        Self(unused.pop().expect("some were made"))
    }

    #[inline]
    pub fn get(&self) -> &'static Home {
        self.0
    }
}

impl Drop for OwnHome {
    fn drop(&mut self) {
        unused().push(self.0);
    }
}

impl Home {
    /// Sets the thread that uses the context from now on.
    #[inline]
    pub fn set_thread(&self, thread: usize) {
        self.thread.store(thread, Ordering::Relaxed);
    }

    /// Sets whether the context runs compiled code.
    pub fn set_compiled(&self, compiled: bool) {
        self.compiled.store(compiled, Ordering::Relaxed);
    }

    /// Returns whether the context runs compiled code.
    pub fn is_compiled(&self) -> bool {
        self.compiled.load(Ordering::Relaxed)
    }

    /// Returns where it is whether callbacks are called on the stack that compiled code uses: always, in the interpreter.
    pub fn direct(&self) -> &AtomicBool {
        &self.direct
    }

    /// Returns the thread that uses the context.
    pub fn thread(&self) -> usize {
        self.thread.load(Ordering::Relaxed)
    }

    /// Sets the maximum nesting depth of calls from the host into the context's guests.
    pub fn set_depth_limit(&self, calls: usize) {
        self.most.store(calls, Ordering::Relaxed);
    }

    /// Returns whether the innermost running call from the host into the context's guests is nested in another one.
    #[cfg(feature = "compiled")]
    pub fn is_nested(&self) -> bool {
        self.depth.load(Ordering::Relaxed) > 1
    }

    /// Lends the stack of this thread, which holds the context, to outermost calls of compiled code until `take_stack_back`: as much of it
    /// as has so many bytes left.
    #[cfg(feature = "compiled")]
    pub fn lend_stack(&'static self, bytes: usize) {
        if self.lent.size.load(Ordering::Relaxed) == 0
            && let Some((low, size)) = stack::from(bytes + MIN_NATIVE_STACK)
            && LENT_TO.try_with(|homes| homes.0.borrow_mut().push(self)).is_ok()
        {
            NESTED.set(NESTED.get() + 1);
            self.lent.low.store(low, Ordering::Relaxed);
            self.lent.size.store(size, Ordering::Relaxed);
        }
    }

    /// Takes back the stack that this thread has lent.
    #[cfg(feature = "compiled")]
    pub fn take_stack_back(&self) {
        if self.lent.size.swap(0, Ordering::Relaxed) != 0 {
            LENT_TO.with(|homes| homes.0.borrow_mut().retain(|home| !ptr::eq(*home, self)));
            NESTED.set(NESTED.get().saturating_sub(1));
        }
    }

    /// Begins an outermost call of compiled code on the stack that was lent; `None` if none was, or this is not on it.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub fn enter_lent(&'static self) -> Option<EnteredLent> {
        let here = stack::address();
        if here.wrapping_sub(self.lent.low.load(Ordering::Relaxed)) >= self.lent.size.load(Ordering::Relaxed) {
            return None;
        }
        self.depth.store(1, Ordering::Relaxed);
        self.base.store(here, Ordering::Relaxed);
        Some(EnteredLent(self))
    }

    /// Checks that a call from the host into a guest may begin.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    pub fn check_depth(&self) -> Result<()> {
        if is_nested() { self.check(self.depth.load(Ordering::Relaxed), MIN_NATIVE_STACK) } else { Ok(()) }
    }

    /// Begins a call from the host into a guest, which ends when the result is dropped, also by a panic. The native stack is
    /// checked each time: calls may also be nested through other contexts, which this one does not count.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    #[inline(always)] // with what else asks for data of the thread, of which the address is found once
    pub fn enter(&'static self) -> Result<Entered> {
        let nested = NESTED.get();
        let depth = self.depth.load(Ordering::Relaxed);
        if nested > 0 && is_nested() {
            self.check(depth, MIN_NATIVE_STACK)?;
        }
        NESTED.set(nested + 1);
        self.depth.store(depth + 1, Ordering::Relaxed);
        Ok(Entered {
            home: self,
            #[cfg(feature = "compiled")]
            base: self.base.load(Ordering::Relaxed),
        })
    }

    /// Returns whether compiled code finds the stack here that it may use, in a call that was entered; otherwise it needs one of its own.
    /// The outermost call on a stack needs this many bytes of it, and what it calls back as much as any nested call. `anew`: each call is
    /// the outermost one, as wasmtime has it on a fiber; it lets others use what the outermost one has left, which is half at least.
    #[cfg(feature = "compiled")]
    #[inline(always)] // as above
    pub fn has_room(&self, bytes: usize, anew: bool) -> bool {
        let base = self.base.load(Ordering::Relaxed);
        if base == 0 || anew {
            let here = stack::room(bytes + MIN_NATIVE_STACK);
            // What calls on a fiber do is of no interest to those on the stack of the thread.
            here.filter(|_| !anew).into_iter().for_each(|here| self.base.store(here, Ordering::Relaxed));
            return here.is_some();
        }
        stack::room(MIN_NATIVE_STACK).is_some_and(|here| base.wrapping_sub(here) <= bytes / 2)
    }

    /// Checks that a call may begin while this many others are suspended, which are not on the native stack.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    pub fn check_suspended(&self, calls: usize) -> Result<()> {
        self.check(self.depth.load(Ordering::Relaxed) + calls, MIN_NATIVE_STACK)
    }

    /// Checks that a suspended call may go on: then what it begins with is not refused.
    ///
    /// # Errors
    /// `STATUS_RECURSION_LIMIT`.
    pub fn check_resume(&self) -> Result<()> {
        if is_nested() { self.check(self.depth.load(Ordering::Relaxed), RESUME_STACK) } else { Ok(()) }
    }

    /// Checks that a call, which needs so many bytes of stack, may be nested in `depth` others of the context.
    #[cold]
    fn check(&self, depth: usize, needed: usize) -> Result<()> {
        let most = self.most.load(Ordering::Relaxed);
        if depth >= most {
            let message = format!(
                "host and guest would call each other {} deep, and the limit of the context is {most}; let the callback return before \
                 the guest is called again, or raise the limit (VM_ContextConfigSetCallDepthLimit)",
                depth + 1
            );
            return Err(Error::new(abi::STATUS_RECURSION_LIMIT, message));
        }
        match stack::left() {
            Some(left) if left < needed => Err(no_stack(left, needed)),
            _ => Ok(()),
        }
    }
}

#[cold]
fn no_stack(left: usize, needed: usize) -> Error {
    #[cfg(feature = "compiled")]
    if stack::is_fiber() {
        let message = format!(
            "the started execution has {left} bytes of its own stack left, and the call needs {needed}; set \
             VM_FUNCTION_THREAD_STACK for the function that makes it, or raise VM_EngineConfigSetStackSize of the engine of the execution"
        );
        return Error::new(abi::STATUS_RECURSION_LIMIT, message);
    }
    let message = format!(
        "the thread has {left} bytes of its native stack left, and a nested call needs {needed}; run the context on a thread \
         with a larger stack (the engine's recursion depth and stack size do not count here)"
    );
    Error::new(abi::STATUS_RECURSION_LIMIT, message)
}

/// Checks that one more execution may run on a stack of its own inside of those on which this thread runs calls.
///
/// # Errors
/// `STATUS_RECURSION_LIMIT`.
#[cfg(feature = "compiled")]
pub fn check_fibers() -> Result<()> {
    let nested = stack::fibers();
    if nested < MAX_NESTED_FIBERS {
        return Ok(());
    }
    let message = format!(
        "{nested} calls into guests run on stacks of their own inside of each other, and an execution does not run inside of so many; let \
         the callbacks return first"
    );
    Err(Error::new(abi::STATUS_RECURSION_LIMIT, message))
}

/// Checks that there is enough of the stack to begin a call on a stack of its own.
///
/// # Errors
/// `STATUS_RECURSION_LIMIT`.
#[cfg(feature = "compiled")]
pub fn check_entry() -> Result<()> {
    let Some(left) = stack::left().filter(|left| *left < FIBER_ENTRY) else { return Ok(()) };
    let message = format!(
        "the thread has {left} bytes of its native stack left, and a call on a stack of its own needs {FIBER_ENTRY} to begin; run the \
         context on a thread with a larger stack"
    );
    Err(Error::new(abi::STATUS_RECURSION_LIMIT, message))
}

/// A call from the host into a guest.
pub struct Entered {
    home: &'static Home,
    /// What to restore.
    #[cfg(feature = "compiled")]
    base: usize,
}

impl Drop for Entered {
    #[inline(always)] // as above
    fn drop(&mut self) {
        self.home.depth.store(self.home.depth.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        #[cfg(feature = "compiled")]
        self.home.base.store(self.base, Ordering::Relaxed);
        NESTED.set(NESTED.get().saturating_sub(1));
    }
}

/// An outermost call on the stack that was lent.
#[cfg(feature = "compiled")]
pub struct EnteredLent(&'static Home);

#[cfg(feature = "compiled")]
impl Drop for EnteredLent {
    #[inline(always)] // as above
    fn drop(&mut self) {
        self.0.depth.store(0, Ordering::Relaxed);
        self.0.base.store(0, Ordering::Relaxed);
    }
}

#[cfg(all(test, feature = "compiled", not(miri)))] // Miri has no native stack
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_stack_is_lent_until_it_is_taken_back_or_its_thread_ends() {
        let own = OwnHome::new();
        let home = own.get();
        let takes_back = || {
            assert!(home.enter_lent().is_none() && !is_nested());
            home.lend_stack(1024);
            home.lend_stack(1024);
            assert!(!is_nested());
            let entered = home.enter_lent().expect("it is on the stack");
            assert!(is_nested() && home.depth.load(Ordering::Relaxed) == 1);
            thread::scope(|scope| _ = scope.spawn(|| assert!(home.enter_lent().is_none())));
            drop(entered);
            assert!(!is_nested());
            home.take_stack_back();
            home.take_stack_back();
            assert!(home.enter_lent().is_none() && NESTED.get() == 0);
        };
        let ends = || {
            home.lend_stack(1024);
            assert!(home.enter_lent().is_some());
        };
        thread::spawn(takes_back).join().unwrap();
        thread::spawn(ends).join().unwrap();
        assert_eq!(home.lent.size.load(Ordering::Relaxed), 0);
        home.lend_stack(usize::MAX / 2);
        assert!(home.enter_lent().is_none());
    }
}
