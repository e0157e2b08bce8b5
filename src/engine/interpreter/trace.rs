//! Backtraces: where the functions of rewritten modules are (`rewrite/record.rs`), read when a call has failed.
//!
//! All modules of a store record in one memory, so that calls between instances are in order. A call from the host into the guest
//! begins at the next free entry, and leaves it so.
#![forbid(unsafe_code)]

use crate::engine::rewrite::Hidden;
use crate::limits::MAX_FRAMES;
use wasmi::{AsContext, AsContextMut, Extern, Global, Memory, MemoryType, Mutability, Store, Val};

/// What the modules of a store record in.
#[derive(Clone, Copy)]
pub struct Trace {
    memory: Memory,
    /// The address of the next entry.
    next: Global,
    /// The position of the instruction that may trap.
    position: Global,
}

/// Where a call from the host into the guest began.
#[derive(Clone, Copy)]
pub struct Base(pub Option<u32>);

/// Where the guest was when its call failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the call that was recorded last.
    Call,
    /// At the position that was recorded last.
    Position,
}

impl Trace {
    /// Creates them in a store without a limiter: nothing of it is the guest's.
    ///
    /// # Errors
    /// wasmi's, if the system has no memory.
    pub fn new<T>(store: &mut Store<T>) -> Result<Self, wasmi::Error> {
        let memory = Memory::new(&mut *store, MemoryType::new(Hidden::PAGES, Some(Hidden::PAGES)))?;
        let next = Global::new(&mut *store, Val::I32(0), Mutability::Var);
        let position = Global::new(&mut *store, Val::I64(0), Mutability::Var);
        Ok(Self { memory, next, position })
    }

    /// Returns what a module imports, in its order.
    pub fn externs(&self) -> [Extern; 3] {
        [self.memory.into(), self.next.into(), self.position.into()]
    }

    /// Begins a call from the host into the guest; returns the address of its first entry.
    pub fn begin(&self, store: &mut impl AsContextMut) -> u32 {
        // It is of the type.
        let _ = self.position.set(&mut *store, Val::I64(0));
        self.next(store)
    }

    /// Ends a call from the host into the guest.
    pub fn end(&self, store: &mut impl AsContextMut, base: u32) {
        // It is of the type.
        let _ = self.next.set(store, Val::I32(base as i32));
    }

    /// Returns the address of the next entry.
    pub fn next(&self, store: &impl AsContext) -> u32 {
        match self.next.get(store) {
            Val::I32(next) => next as u32,
            _ => 0,
        }
    }

    fn position(&self, store: &impl AsContext) -> u64 {
        match self.position.get(store) {
            Val::I64(position) => position as u64,
            _ => 0,
        }
    }

    /// Returns the entry that is this many before the one at an address.
    fn entry(&self, store: &impl AsContext, next: u32, back: u32) -> u64 {
        let mut bytes = [0; Hidden::ENTRY as usize];
        let address = next.wrapping_sub(back * Hidden::ENTRY) % Hidden::BYTES;
        let read = self.memory.read(store, address as usize, &mut bytes);
        read.map_or(0, |()| u64::from_le_bytes(bytes))
    }

    /// Returns the positions of calls between two addresses, and of the trap, the innermost one first; `Err` is a number of them
    /// that are omitted.
    pub fn positions(&self, store: &impl AsContext, base: u32, next: u32, place: Place) -> Vec<Result<u64, u32>> {
        let count = next.wrapping_sub(base) / Hidden::ENTRY;
        let mut positions = Vec::new();
        let position = self.position(store);
        if place == Place::Position && position != 0 && (count == 0 || position != self.entry(store, next, 1)) {
            positions.push(Ok(position));
        }
        let (inner, outer) = MAX_FRAMES;
        let inner = inner.min(count);
        // The outermost ones may have been overwritten.
        let outer = if count <= Hidden::BYTES / Hidden::ENTRY { outer.min(count - inner) } else { 0 };
        positions.extend((1..=inner).map(|back| Ok(self.entry(store, next, back))));
        if count > inner + outer {
            positions.push(Err(count - inner - outer));
        }
        positions.extend((count - outer + 1..=count).map(|back| Ok(self.entry(store, next, back))));
        positions
    }
}
