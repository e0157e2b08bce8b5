//! The root table of a context: what its value handles and references refer to.
#![forbid(unsafe_code)]

use super::released::Released;
use crate::status::{Error, Result};
use crate::tight;
use libvm_abi as abi;

/// A value handle: the context's id, a slot, and the slot's generation. The layout of `VM_Func`, `VM_Memory`, `VM_Table`,
/// `VM_Global`, `VM_Instance` and `VM_Ref`.
pub type Handle = abi::Ref;

/// What a slot can contain: an engine's functions, memories and so on.
pub trait Entity: Copy {
    /// Returns its kind, with an article.
    fn noun(&self) -> &'static str;
}

struct Slot<T> {
    generation: u32,
    /// Reference count of the slot; at 0 it is free.
    uses: u32,
    /// The index of the instance that holds one of these references, which only it releases; `NOBODY` if there is none.
    keeper: u32,
    entity: Option<T>,
}

const NOBODY: u32 = u32::MAX;

/// The slots of one context.
pub struct Handles<T> {
    context: u64,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    /// What is lent to running callbacks, innermost last.
    borrowed: Vec<Handle>,
    /// What was released meanwhile, on any thread.
    released: Released,
    /// See `changes`.
    #[cfg(feature = "compiled")]
    changes: u64,
}

impl<T: Entity> Handles<T> {
    pub fn new(context: u64) -> Self {
        Self::empty(context, Released::new(context))
    }

    fn empty(context: u64, released: Released) -> Self {
        Self {
            context,
            slots: Vec::new(),
            free: Vec::new(),
            borrowed: Vec::new(),
            released,
            #[cfg(feature = "compiled")]
            changes: 1,
        }
    }

    /// Returns the table of the context's next store, in which all handles of this one are stale; this one is empty afterwards.
    pub fn reset(&mut self) -> Self {
        let mut next = std::mem::replace(self, Self::empty(self.context, self.released.clone()));
        next.borrowed.clear();
        for index in 0..next.slots.len() {
            if next.slots[index].uses > 0 {
                next.slots[index].uses = 1;
                next.slots[index].keeper = NOBODY;
                next.release_slot(index as u32);
            }
        }
        next
    }

    /// Returns the table for entities of another engine, if no handle is in use; this one is empty afterwards.
    #[cfg(feature = "compiled")]
    pub fn hand_over<U: Entity>(&mut self) -> Option<Handles<U>> {
        if self.slots.iter().any(|slot| slot.uses > 0) {
            return None;
        }
        let slot = |slot: Slot<T>| Slot { generation: slot.generation, uses: 0, keeper: NOBODY, entity: None };
        let mut next = Handles::empty(self.context, self.released.clone());
        next.slots = std::mem::take(&mut self.slots).into_iter().map(slot).collect();
        next.free = std::mem::take(&mut self.free);
        next.changes = self.changes;
        Some(next)
    }

    /// Returns whether releases were requested since the last time.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub fn is_waiting(&self) -> bool {
        self.released.is_waiting()
    }

    /// Applies the releases requested since the last time: a safe point, at which no slot is in use.
    #[inline]
    pub fn settle(&mut self) {
        if self.released.is_waiting() {
            self.settle_now();
        }
    }

    #[cold]
    fn settle_now(&mut self) {
        for handle in self.released.take() {
            // One that is stale, or that an instance keeps, was released too often: there is nobody to report it to.
            let _ = self.release(handle);
        }
    }

    /// Creates a handle with one reference.
    pub fn insert(&mut self, entity: T) -> Handle {
        self.settle();
        let index = self.free.pop().unwrap_or_else(|| {
            tight::push(&mut self.slots, Slot { generation: 0, uses: 0, keeper: NOBODY, entity: None });
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[index as usize];
        slot.generation += 1;
        slot.uses = 1;
        slot.entity = Some(entity);
        Handle { context: self.context, slot: index, generation: slot.generation }
    }

    /// Creates a handle that the instance with this index holds until `let_go`.
    pub fn keep(&mut self, entity: T, instance: usize) -> Handle {
        let handle = self.insert(entity);
        self.slots[handle.slot as usize].keeper = instance as u32;
        handle
    }

    /// Returns the index of the instance that holds a handle.
    pub fn keeper(&self, handle: Handle) -> Option<usize> {
        let slot = self.slot(handle).ok()?;
        (slot.keeper != NOBODY).then_some(slot.keeper as usize)
    }

    /// Ends the instance's hold, once: a host that retained the handle keeps it.
    pub fn let_go(&mut self, handle: Handle) -> Result<()> {
        if self.slot(handle)?.keeper == NOBODY {
            return Err(stale());
        }
        self.slots[handle.slot as usize].keeper = NOBODY;
        self.release_slot(handle.slot);
        Ok(())
    }

    #[inline]
    fn slot(&self, handle: Handle) -> Result<&Slot<T>> {
        match self.slots.get(handle.slot as usize) {
            Some(slot) if handle.context == self.context && slot.generation == handle.generation && slot.uses > 0 => Ok(slot),
            _ => Err(self.not_here(handle)),
        }
    }

    /// Returns a number, not 0, that grows whenever a handle becomes stale, and with `note_change`; it goes on where the context is reset.
    #[cfg(feature = "compiled")]
    #[inline(always)] // on the path of prepared calls
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Notes that something else may change.
    #[inline]
    pub fn note_change(&mut self) {
        #[cfg(feature = "compiled")]
        {
            self.changes += 1;
        }
    }

    #[cold]
    fn not_here(&self, handle: Handle) -> Error {
        if handle.context == 0 {
            Error::new(abi::STATUS_NULL_ARGUMENT, "the handle or reference is null")
        } else if handle.context != self.context {
            let message = format!("the handle belongs to context {}, this is context {}", handle.context, self.context);
            Error::new(abi::STATUS_WRONG_CONTEXT, message)
        } else {
            stale()
        }
    }

    /// Returns what a handle refers to.
    #[inline]
    pub fn get(&self, handle: Handle) -> Result<T> {
        self.slot(handle).map(|slot| slot.entity.expect("a slot in use holds something"))
    }

    /// Retains a reference; null is accepted.
    pub fn retain(&mut self, handle: Handle) -> Result<()> {
        if handle.context == 0 {
            return Ok(());
        }
        self.slot(handle)?;
        let slot = &mut self.slots[handle.slot as usize];
        slot.uses = slot.uses.checked_add(1).ok_or_else(|| Error::new(abi::STATUS_LIMIT, "retained 4294967295 times"))?;
        Ok(())
    }

    /// Releases a reference; null is accepted.
    pub fn release(&mut self, handle: Handle) -> Result<()> {
        if handle.context == 0 {
            return Ok(());
        }
        let slot = self.slot(handle)?;
        if slot.keeper != NOBODY && slot.uses == 1 {
            let message = "an export of an instance cannot be released more often than it was retained; the instance \
                           holds it until it is removed";
            return Err(Error::new(abi::STATUS_INVALID_ARGUMENT, message));
        }
        self.release_slot(handle.slot);
        Ok(())
    }

    fn release_slot(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        slot.uses -= 1;
        if slot.uses == 0 {
            slot.entity = None;
            // A slot whose generations are used up is not used again: no old handle may become valid.
            if slot.generation < u32::MAX {
                self.free.push(index);
            }
            self.note_change();
        }
    }

    /// Lends a reference to the running callback.
    pub fn lend(&mut self, value: &abi::Value) {
        let reference = value.reference();
        if reference.context != 0 {
            self.borrowed.push(reference);
        }
    }

    /// Returns how much is lent; `take_back` with this number ends what is lent from now on.
    pub fn lent(&self) -> usize {
        self.borrowed.len()
    }

    /// Ends everything that was lent since `lent` returned `mark`.
    pub fn take_back(&mut self, mark: usize) {
        while self.borrowed.len() > mark {
            // A callback that released what it only borrowed has already made it stale.
            let _ = self.borrowed.pop().map(|lent| self.release(lent));
        }
    }
}

#[cold]
fn stale() -> Error {
    Error::new(abi::STATUS_STALE, "the handle is stale: what it referred to was released or removed, or the context was reset")
}

/// Creates the error of a handle that refers to another kind of object.
#[cold]
pub fn wrong_kind(found: &impl Entity, wanted: &str) -> Error {
    Error::new(abi::STATUS_WRONG_TYPE, format!("the handle is of {}, but {wanted} is needed", found.noun()))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Entity for usize {
        fn noun(&self) -> &'static str {
            "a number"
        }
    }

    #[test]
    fn handles_go_stale_and_know_their_context() {
        let mut handles = Handles::new(7);
        let instance = handles.insert(3);
        assert_eq!(handles.get(instance).unwrap(), 3);
        assert_eq!(handles.get(Handle { context: 8, ..instance }).unwrap_err().status(), abi::STATUS_WRONG_CONTEXT);
        handles.retain(instance).unwrap();
        handles.release(instance).unwrap();
        assert_eq!(handles.get(instance).unwrap(), 3);
        handles.release(instance).unwrap();
        assert_eq!(handles.release(instance).unwrap_err().status(), abi::STATUS_STALE);
        let again = handles.insert(4);
        assert_eq!(again.slot, instance.slot);
        assert_eq!(handles.get(instance).unwrap_err().status(), abi::STATUS_STALE);
    }

    #[test]
    fn a_slot_is_retired_when_its_generations_are_used_up() {
        let mut handles = Handles::<usize>::new(1);
        let first = handles.insert(0);
        handles.slots[first.slot as usize].generation = u32::MAX - 1;
        handles.release(Handle { generation: u32::MAX - 1, ..first }).unwrap();
        let last = handles.insert(1);
        assert_eq!((last.slot, last.generation), (first.slot, u32::MAX));
        handles.release(last).unwrap();
        let next = handles.insert(2);
        assert_eq!((next.slot, next.generation), (first.slot + 1, 1));
        assert_eq!(handles.get(last).unwrap_err().status(), abi::STATUS_STALE);
        assert_eq!(handles.get(first).unwrap_err().status(), abi::STATUS_STALE);
    }

    #[test]
    fn after_a_reset_every_handle_is_stale_and_none_comes_again() {
        let mut handles = Handles::<usize>::new(1);
        let kept = handles.keep(0, 0);
        let held: Vec<_> = (1..4).map(|index| handles.insert(index)).collect();
        handles.retain(held[0]).unwrap();
        handles.release(held[1]).unwrap();
        let mut next = handles.reset();
        for old in held.iter().chain([&kept]) {
            assert_eq!(next.get(*old).unwrap_err().status(), abi::STATUS_STALE);
        }
        let new: Vec<_> = (0..5).map(|index| next.insert(index)).collect();
        assert!(new.iter().all(|new| new.slot < 5 && !held.contains(new) && *new != kept));
        assert!(held.iter().all(|old| next.get(*old).is_err()));
    }

    #[test]
    fn what_is_released_from_elsewhere_ends_at_the_next_safe_point() {
        let mut handles = Handles::<usize>::new(u64::MAX);
        let held = handles.insert(0);
        std::thread::scope(|scope| _ = scope.spawn(|| crate::engine::released::release(held)));
        assert_eq!(handles.get(held).unwrap(), 0);
        handles.settle();
        assert_eq!(handles.get(held).unwrap_err().status(), abi::STATUS_STALE);
        drop(handles);
        crate::engine::released::release(held);
    }

    #[test]
    fn what_an_instance_keeps_nobody_else_releases() {
        let mut handles = Handles::new(1);
        let kept = handles.keep(5, 2);
        assert_eq!(handles.release(kept).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
        handles.retain(kept).unwrap();
        assert_eq!(handles.keeper(kept), Some(2));
        handles.let_go(kept).unwrap();
        assert_eq!((handles.get(kept).unwrap(), handles.keeper(kept)), (5, None));
        assert_eq!(handles.let_go(kept).unwrap_err().status(), abi::STATUS_STALE);
        handles.release(kept).unwrap();
        assert_eq!(handles.release(kept).unwrap_err().status(), abi::STATUS_STALE);
    }

    #[test]
    fn what_is_lent_ends_unless_retained() {
        let mut handles = Handles::new(1);
        let mark = handles.lent();
        let lent = [handles.insert(0), handles.insert(1)];
        lent.iter().for_each(|handle| handles.lend(&abi::Value::extern_ref(*handle)));
        handles.retain(lent[1]).unwrap();
        handles.take_back(mark);
        assert_eq!(handles.get(lent[0]).unwrap_err().status(), abi::STATUS_STALE);
        assert_eq!(handles.get(lent[1]).unwrap(), 1);
    }

    #[test]
    fn what_is_lent_and_released_is_given_back_once() {
        let mut handles = Handles::new(1);
        let mark = handles.lent();
        let lent = handles.insert(0);
        handles.lend(&abi::Value::extern_ref(lent));
        handles.release(lent).unwrap();
        handles.take_back(mark);
        let (one, two) = (handles.insert(1), handles.insert(2));
        assert_eq!(handles.get(one).unwrap(), 1);
        assert_eq!(handles.get(two).unwrap(), 2);
    }
}
