//! The stacks that this thread runs on: its own, those of fibers, and those that the host has made, such as those of coroutines.

#[cfg(not(feature = "compiled"))]
pub use alone::{left, on_thread};
#[cfg(feature = "compiled")]
pub use fibers::{
    Stack, address, below, count_fibers, current, fibers, from, is_fiber, left, on_thread, prepare, room, use_stack,
};

/// Without fibers.
#[cfg(not(feature = "compiled"))]
mod alone {
    /// Returns how many bytes are left of the stack that is used now, if that is known.
    pub fn left() -> Option<usize> {
        // Where the host runs this on a stack of its own, that may be 0.
        stacker::remaining_stack().filter(|left| *left != 0)
    }

    /// Does `work` on the stack of the thread.
    #[inline(always)]
    pub fn on_thread<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
}

#[cfg(feature = "compiled")]
mod fibers {
    use crate::thread;
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::ptr;

    /// A stack that is used.
    #[derive(Clone, Copy)]
    pub struct Stack {
        /// Its lowest address.
        low: usize,
        /// 0 if it is not yet known.
        size: usize,
        /// The address on the stack of the thread below which nothing is used; 0 if this is that stack.
        free: usize,
        /// How many fibers run inside of each other there, this one included.
        fibers: usize,
    }

    impl Stack {
        /// What is not known yet.
        const UNKNOWN: Self = Self { low: 0, size: 0, free: 0, fibers: 0 };

        /// Returns the stack of a fiber; `free` is what `below` has returned where the fiber was entered.
        pub fn of_fiber(low: usize, size: usize, free: usize, fibers: usize) -> Self {
            Self { low, size, free, fibers }
        }

        fn contains(self, address: usize) -> bool {
            address.wrapping_sub(self.low) < self.size
        }
    }

    // The stack that the thread uses, as far as the library knows: the host may have switched to another one.
    thread_local!(static CURRENT: Cell<Stack> = const { Cell::new(Stack::UNKNOWN) });

    // The stack of the thread itself.
    thread_local!(static OWN: Cell<Stack> = const { Cell::new(Stack::UNKNOWN) });

    /// What is left free of the stack of a thread, below where a fiber is entered, for the frames that enter it. An unoptimized build
    /// takes less than 5 KiB of it.
    const ENTRY: usize = 16 << 10;

    /// Returns an address of the stack that is used now, near its top.
    #[inline(always)]
    pub fn address() -> usize {
        let here = 0_u8;
        &raw const here as usize
    }

    /// Returns the stack that the thread uses, as far as the library knows. Calls that use it may go on on another thread, so that this
    /// and the functions below that use it are not inlined.
    #[inline(never)]
    pub fn current() -> Stack {
        let stack = CURRENT.get();
        if stack.size != 0 { stack } else { begin() }
    }

    /// Prepares this thread for compiled code.
    pub fn prepare() {
        current();
    }

    /// Begins to run compiled code on this thread.
    #[cold]
    #[inline(never)]
    fn begin() -> Stack {
        thread::admit_traps();
        let own = own();
        CURRENT.set(own);
        own
    }

    /// As `current`, on a thread that may run no compiled code.
    #[inline(never)]
    fn known() -> Stack {
        let stack = CURRENT.get();
        if stack.size != 0 { stack } else { own() }
    }

    #[cold]
    #[inline(never)]
    fn own() -> Stack {
        if OWN.get().size == 0 {
            // Where it is not known, any address may be on it.
            let (low, size) = thread::stack().unwrap_or((1, usize::MAX));
            OWN.set(Stack { low, size, ..Stack::UNKNOWN });
        }
        OWN.get()
    }

    /// Lets this thread use a stack, and returns the one that it has used.
    #[inline(never)]
    pub fn use_stack(stack: Stack) -> Stack {
        let before = current();
        CURRENT.set(stack);
        before
    }

    /// Returns the address on the stack of the thread below which nothing is used while a fiber runs that is entered here.
    pub fn below() -> usize {
        if is_fiber() { current().free } else { (address() - ENTRY) & !0x3F }
    }

    /// Returns whether the thread runs a fiber.
    #[inline(never)] // as `current`
    pub fn is_fiber() -> bool {
        let stack = CURRENT.get();
        stack.free != 0 && stack.contains(address())
    }

    /// Returns how many fibers run inside of each other below what is called here: none on a stack of the host, whatever waits on others.
    pub fn fibers() -> usize {
        let (here, stack) = (address(), known());
        if stack.contains(here) { stack.fibers } else { 0 }
    }

    /// Does `work` on the stack that is used now, below which a fiber waits, the last of so many; that of the host has no count.
    pub fn count_fibers(fibers: usize, work: impl FnOnce()) {
        let (here, stack) = (address(), current());
        if !stack.contains(here) {
            return work();
        }
        use_stack(Stack { fibers, ..stack });
        let outcome = catch_unwind(AssertUnwindSafe(work));
        use_stack(stack);
        outcome.unwrap_or_else(|panic| resume_unwind(panic));
    }

    /// Returns how many bytes are left of the stack that is used now; `None` if that is not known, since it is one of the host.
    pub fn left() -> Option<usize> {
        let (here, stack) = (address(), known());
        stack.contains(here).then(|| here - stack.low)
    }

    /// Returns the address that is reached of the stack that is used now, if so many bytes are left of it; `None` on a stack of the host.
    #[inline(always)] // with what else asks for data of the thread, of which the address is found once
    pub fn room(bytes: usize) -> Option<usize> {
        let (here, stack) = (address(), CURRENT.get());
        let left = here.wrapping_sub(stack.low);
        if left >= bytes && left < stack.size { Some(here) } else { anew(bytes) }
    }

    #[cold]
    #[inline(never)]
    fn anew(bytes: usize) -> Option<usize> {
        let (here, stack) = (address(), current());
        (stack.contains(here) && here - stack.low >= bytes).then_some(here)
    }

    /// Returns the lowest address from which on so many bytes are left of the stack of the thread, and how far it reaches from there;
    /// `None` if another stack is used now, or so much is not left here.
    pub fn from(bytes: usize) -> Option<(usize, usize)> {
        let stack = current();
        let is_known = stack.size != usize::MAX && stack.free == 0 && room(bytes).is_some();
        is_known.then(|| (stack.low + bytes, stack.size - bytes))
    }

    /// Does `work`, with which a fiber calls the host, on the stack of the thread.
    pub fn on_thread<R>(work: impl FnOnce() -> R) -> R {
        if !is_fiber() {
            return work();
        }
        let before = current();
        let own = Stack { fibers: before.fibers, ..own() };
        use_stack(own);
        let work = || catch_unwind(AssertUnwindSafe(work));
        let (base, size) = if own.contains(before.free) { (own.low, before.free - own.low) } else { (before.free, 0) };
        // SAFETY: the fiber that runs was entered above the end of this range, which is aligned, and nothing of the stack is used below
        // that before the fiber is left, which `work` cannot do. It does not unwind.
        let outcome = unsafe { psm::on_stack(ptr::with_exposed_provenance_mut(base), size, work) };
        use_stack(before);
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }
}
