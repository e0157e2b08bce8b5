//! What records the calls of a context, or checks them against a recording.
#![forbid(unsafe_code)]

use super::call::{Called, Ended};
use crate::engine::handles::Handle;
use crate::status::{Error, Result, Status};
use libvm_abi::Value;

/// A function of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Function {
    /// An export of an instance. Instances are numbered in the order in which they were created.
    Export(u32, String),
    /// Another one, by a text that distinguishes it from all others of the store.
    Other(String),
}

/// The part of a store that a recorder needs.
pub trait Space {
    /// Returns which function a reference refers to.
    fn function_of(&self, reference: Handle) -> Option<Function>;

    /// Returns the number of memories that instances export, each counted once.
    fn memories(&self) -> usize;

    /// Returns the bytes of a memory.
    fn memory(&mut self, index: usize) -> &mut [u8];

    /// Grows a memory to a number of bytes.
    ///
    /// # Errors
    /// Those of `Store::grow_memory`, `STATUS_NOT_FOUND` if there is no such memory.
    fn resize_memory(&mut self, index: usize, bytes: u64) -> Result<()>;

    /// Sets an element of an exported table, and before that its size, if it is smaller.
    ///
    /// # Errors
    /// Those of `Store::table_set` and `Store::grow_table`.
    fn set_table(&mut self, instance: u32, export: &str, size: u64, index: u64, value: &Value) -> Result<()>;

    /// Sets an exported global.
    ///
    /// # Errors
    /// Those of `Store::global_set`.
    fn set_global(&mut self, instance: u32, export: &str, value: &Value) -> Result<()>;

    /// Returns a reference to a function that an instance exports, which is never released.
    fn export(&mut self, instance: u32, name: &str) -> Option<Handle>;

    /// Creates a reference to an object of the host, which is never released.
    ///
    /// # Errors
    /// `STATUS_LIMIT`.
    fn create_extern(&mut self) -> Result<Handle>;

    /// Keeps a reference, which is never released.
    fn keep(&mut self, reference: Handle);

    /// Returns the fuel that was used; 0 if the engine does not meter it.
    fn fuel(&mut self) -> u64;

    /// Returns what the fuel of a guest depends on; 0 if the engine does not meter it.
    fn metering(&self) -> u8;

    /// Makes the execution fail with an error when so much fuel is used, or no longer.
    fn stop_at(&mut self, stop: Option<(u64, Error)>);

    /// Returns the number of results of a function.
    fn results(&mut self, function: Handle) -> usize;
}

/// Something that the host sets between executions.
pub enum Set<'a> {
    /// An element of an exported table, which now has so many.
    Table {
        /// The number of its elements.
        size: u64,
        /// The element.
        index: u64,
        /// Its value.
        value: &'a Value,
    },
    /// An exported global.
    Global {
        /// Its value.
        value: &'a Value,
    },
}

/// Records the calls of a context, or checks them against a recording. The host runs when none of its functions is called.
pub trait Recorder: Send {
    /// A module is instantiated.
    ///
    /// # Errors
    /// Why it may not be.
    fn instantiates(&mut self, fingerprint: u64, space: &mut dyn Space) -> Result<()>;

    /// A module was instantiated, or that has failed.
    fn instantiated(&mut self, space: &mut dyn Space);

    /// The guest calls a host function, which can change this memory.
    fn host_begins(&mut self, called: Called<'_>, args: &[Value], memory: Option<usize>, space: &mut dyn Space);

    /// A suspended call goes on with its completion.
    fn host_resumes(&mut self, completion: (Status, &[Value], Option<&str>), memory: Option<usize>, space: &mut dyn Space);

    /// The call of a host function ends, or is suspended.
    fn host_ends(&mut self, ended: Ended<'_>, space: &mut dyn Space);

    /// The running host function charges fuel.
    fn charges(&mut self, units: u64);

    /// The host calls a function of a guest.
    ///
    /// # Errors
    /// Why it may not be called.
    fn guest_begins(&mut self, function: Function, args: &[Value], space: &mut dyn Space) -> Result<()>;

    /// So many calls of guests end, one inside of the other.
    ///
    /// # Errors
    /// What the outermost one fails with instead.
    fn guest_ends(&mut self, calls: usize, ended: Ended<'_>, space: &mut dyn Space) -> Result<()>;

    /// The host sets an item that an instance exports.
    fn sets(&mut self, instance: u32, export: &str, set: Set<'_>, space: &mut dyn Space);

    /// Ends the recording or its replay.
    ///
    /// # Errors
    /// Why it is not whole.
    fn finish(self: Box<Self>, space: &mut dyn Space) -> Result<()>;
}
