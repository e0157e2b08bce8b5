//! The root table of a context: what its value handles and references point to.
#![forbid(unsafe_code)]

use super::interpreter::callee::Callee;
use crate::status::{Error, Result};
use libvm_abi as abi;

/// A value handle: the context's id, a slot, and the slot's generation. The shape of `VM_Func`, `VM_Memory`, `VM_Table`,
/// `VM_Global`, `VM_Instance` and `VM_Ref`.
pub type Handle = abi::Ref;

/// What a slot holds.
#[derive(Clone, Copy)]
pub(in crate::engine) enum Entity {
    Func(Callee),
    Memory(wasmi::Memory),
    Table(wasmi::Table),
    Global(wasmi::Global),
    Extern(wasmi::ExternRef),
    /// The index of an instance in its store.
    Instance(usize),
}

impl Entity {
    fn noun(&self) -> &'static str {
        match self {
            Self::Func(_) => "a function",
            Self::Memory(_) => "a memory",
            Self::Table(_) => "a table",
            Self::Global(_) => "a global",
            Self::Extern(_) => "a host object",
            Self::Instance(_) => "an instance",
        }
    }
}

struct Slot {
    generation: u32,
    /// How often the slot is held; at 0 it is free.
    uses: u32,
    /// Whether one of these holds is an instance's, which nobody else ends.
    kept: bool,
    entity: Option<Entity>,
}

/// The slots of one context.
pub struct Handles {
    context: u64,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// What is lent to callbacks that run, innermost last.
    borrowed: Vec<Handle>,
}

impl Handles {
    pub(in crate::engine) fn new(context: u64) -> Self {
        Self { context, slots: Vec::new(), free: Vec::new(), borrowed: Vec::new() }
    }

    /// A new handle, held once.
    pub(in crate::engine) fn insert(&mut self, entity: Entity) -> Handle {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, uses: 0, kept: false, entity: None });
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[index as usize];
        slot.generation = slot.generation.wrapping_add(1);
        slot.uses = 1;
        slot.entity = Some(entity);
        Handle { context: self.context, slot: index, generation: slot.generation }
    }

    /// A new handle that is held by an instance until `let_go`.
    pub(in crate::engine) fn keep(&mut self, entity: Entity) -> Handle {
        let handle = self.insert(entity);
        self.slots[handle.slot as usize].kept = true;
        handle
    }

    /// Ends the instance's hold, once: a host that retained the handle still has it.
    pub(in crate::engine) fn let_go(&mut self, handle: Handle) -> Result<()> {
        if !self.slot(handle)?.kept {
            return Err(stale());
        }
        self.slots[handle.slot as usize].kept = false;
        self.release_slot(handle.slot);
        Ok(())
    }

    #[inline]
    fn slot(&self, handle: Handle) -> Result<&Slot> {
        match self.slots.get(handle.slot as usize) {
            Some(slot) if handle.context == self.context && slot.generation == handle.generation && slot.uses > 0 => Ok(slot),
            _ => Err(self.not_here(handle)),
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

    #[inline]
    fn entity(&self, handle: Handle) -> Result<Entity> {
        self.slot(handle).map(|slot| slot.entity.expect("a slot in use holds something"))
    }

    /// Holds a reference once more; null needs no holding.
    pub fn retain(&mut self, handle: Handle) -> Result<()> {
        if handle.context == 0 {
            return Ok(());
        }
        self.slot(handle)?;
        let slot = &mut self.slots[handle.slot as usize];
        slot.uses = slot.uses.checked_add(1).ok_or_else(|| Error::new(abi::STATUS_LIMIT, "retained 4294967295 times"))?;
        Ok(())
    }

    /// Holds a reference once less; null is fine.
    pub fn release(&mut self, handle: Handle) -> Result<()> {
        if handle.context == 0 {
            return Ok(());
        }
        let slot = self.slot(handle)?;
        if slot.kept && slot.uses == 1 {
            let message = "what an instance exports is not released more often than it was retained: it goes with the instance";
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
            self.free.push(index);
        }
    }

    /// Lends a reference to the running callback.
    pub(in crate::engine) fn lend(&mut self, value: &abi::Value) {
        let reference = value.reference();
        if reference.context != 0 {
            self.borrowed.push(reference);
        }
    }

    /// How much is lent; `take_back` with this number ends what is lent from now on.
    pub(in crate::engine) fn lent(&self) -> usize {
        self.borrowed.len()
    }

    /// Ends all that was lent since `lent` gave `mark`.
    pub(in crate::engine) fn take_back(&mut self, mark: usize) {
        while self.borrowed.len() > mark {
            // A callback that released what it was only lent has made it stale already.
            let _ = self.borrowed.pop().map(|lent| self.release(lent));
        }
    }

    #[inline]
    pub(in crate::engine) fn callee(&self, handle: Handle) -> Result<Callee> {
        match self.entity(handle)? {
            Entity::Func(callee) => Ok(callee),
            other => Err(wrong(&other, "a function")),
        }
    }

    pub(in crate::engine) fn func(&self, handle: Handle) -> Result<wasmi::Func> {
        self.callee(handle).map(Callee::func)
    }

    pub(in crate::engine) fn memory(&self, handle: Handle) -> Result<wasmi::Memory> {
        match self.entity(handle)? {
            Entity::Memory(memory) => Ok(memory),
            other => Err(wrong(&other, "a memory")),
        }
    }

    pub(in crate::engine) fn table(&self, handle: Handle) -> Result<wasmi::Table> {
        match self.entity(handle)? {
            Entity::Table(table) => Ok(table),
            other => Err(wrong(&other, "a table")),
        }
    }

    pub(in crate::engine) fn global(&self, handle: Handle) -> Result<wasmi::Global> {
        match self.entity(handle)? {
            Entity::Global(global) => Ok(global),
            other => Err(wrong(&other, "a global")),
        }
    }

    pub(in crate::engine) fn extern_ref(&self, handle: Handle) -> Result<wasmi::ExternRef> {
        match self.entity(handle)? {
            Entity::Extern(object) => Ok(object),
            other => Err(wrong(&other, "a host object")),
        }
    }

    pub(in crate::engine) fn instance(&self, handle: Handle) -> Result<usize> {
        match self.entity(handle)? {
            Entity::Instance(index) => Ok(index),
            other => Err(wrong(&other, "an instance")),
        }
    }
}

#[cold]
fn stale() -> Error {
    Error::new(abi::STATUS_STALE, "the handle is stale: what it pointed to was released or removed")
}

#[cold]
fn wrong(found: &Entity, wanted: &str) -> Error {
    Error::new(abi::STATUS_WRONG_TYPE, format!("the handle is of {}, but {wanted} is needed", found.noun()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_go_stale_and_know_their_context() {
        let mut handles = Handles::new(7);
        let instance = handles.insert(Entity::Instance(3));
        assert_eq!(handles.instance(instance).unwrap(), 3);
        assert_eq!(handles.func(instance).unwrap_err().status(), abi::STATUS_WRONG_TYPE);
        assert_eq!(handles.instance(Handle { context: 8, ..instance }).unwrap_err().status(), abi::STATUS_WRONG_CONTEXT);
        handles.retain(instance).unwrap();
        handles.release(instance).unwrap();
        assert_eq!(handles.instance(instance).unwrap(), 3);
        handles.release(instance).unwrap();
        assert_eq!(handles.release(instance).unwrap_err().status(), abi::STATUS_STALE);
        let again = handles.insert(Entity::Instance(4));
        assert_eq!(again.slot, instance.slot);
        assert_eq!(handles.instance(instance).unwrap_err().status(), abi::STATUS_STALE);
    }

    #[test]
    fn what_an_instance_keeps_nobody_else_releases() {
        let mut handles = Handles::new(1);
        let kept = handles.keep(Entity::Instance(5));
        assert_eq!(handles.release(kept).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
        handles.retain(kept).unwrap();
        handles.let_go(kept).unwrap();
        assert_eq!(handles.instance(kept).unwrap(), 5);
        assert_eq!(handles.let_go(kept).unwrap_err().status(), abi::STATUS_STALE);
        handles.release(kept).unwrap();
        assert_eq!(handles.release(kept).unwrap_err().status(), abi::STATUS_STALE);
    }

    #[test]
    fn what_is_lent_ends_unless_retained() {
        let mut handles = Handles::new(1);
        let mark = handles.lent();
        let lent = [handles.insert(Entity::Instance(0)), handles.insert(Entity::Instance(1))];
        lent.iter().for_each(|handle| handles.lend(&abi::Value::extern_ref(*handle)));
        handles.retain(lent[1]).unwrap();
        handles.take_back(mark);
        assert_eq!(handles.instance(lent[0]).unwrap_err().status(), abi::STATUS_STALE);
        assert_eq!(handles.instance(lent[1]).unwrap(), 1);
    }

    #[test]
    fn what_is_lent_and_released_is_given_back_once() {
        let mut handles = Handles::new(1);
        let mark = handles.lent();
        let lent = handles.insert(Entity::Instance(0));
        handles.lend(&abi::Value::extern_ref(lent));
        handles.release(lent).unwrap();
        handles.take_back(mark);
        let (one, two) = (handles.insert(Entity::Instance(1)), handles.insert(Entity::Instance(2)));
        assert_eq!(handles.instance(one).unwrap(), 1);
        assert_eq!(handles.instance(two).unwrap(), 2);
    }
}
