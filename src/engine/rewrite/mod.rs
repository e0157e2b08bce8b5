//! Rewrites modules before an engine sees them, so that it does what it has no option for. The input is valid.
//!
//! What is not changed is copied byte by byte, and what is added comes last in its index space, except for the globals of a module
//! that records positions, which are renumbered.
#![forbid(unsafe_code)]

mod body;
mod flow;
mod record;
mod sections;
mod segments;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use record::{Hidden, Record, module_and_offset};

use sections::Writer;
use segments::Segments;
use shape::Shape;
use std::collections::HashSet;
use wasmparser::{BinaryReaderError, MemoryType};

/// More fuel than a function takes whose body is a `table.grow`, apart from the growth. When fuel for the growth is missing, the
/// function begins again after fuel was added.
pub(super) const REPEATED_FUEL: u64 = 16;

/// What to change.
pub(super) struct Plan<'a> {
    /// Replaces the start section: the function, and the name that it is exported under.
    pub start: Option<(u32, &'a str)>,
    /// Moves active segments into a function, which is exported under this name and has to be called first.
    pub segments: Option<&'a str>,
    /// Moves each `table.grow` into a function of its own.
    pub split_table_grow: bool,
    /// Records where calls and traps are.
    pub record: Option<Record>,
}

impl Plan<'_> {
    /// Returns whether a module may have to be changed.
    pub fn changes(&self) -> bool {
        self.start.is_some() || self.segments.is_some() || self.split_table_grow || self.record.is_some()
    }
}

/// A module that was changed.
pub(super) struct Rewritten {
    pub wasm: Vec<u8>,
    pub recorded: Option<Recorded>,
}

/// A module that records positions: it imports a memory and two globals (see `Writer::hidden_imports`) after its own
/// memories, which are imports too.
pub(super) struct Recorded {
    /// The number that identifies it in what is recorded.
    pub module: u32,
    /// The types of its own memories.
    pub memories: Vec<MemoryType>,
    /// Where the body of each function that it defines begins, in order.
    pub bodies: Box<[u32]>,
    /// Number of functions that it imports.
    pub imported_functions: u32,
}

impl Recorded {
    /// Returns the index of the function that has code at an offset.
    pub fn function_at(&self, offset: u32) -> u32 {
        let before = self.bodies.partition_point(|begin| *begin <= offset) as u32;
        self.imported_functions + before.saturating_sub(1)
    }
}

/// Returns the module with the changes; `None` if none is needed.
///
/// # Errors
/// Those of reading a module that is not valid.
pub(super) fn rewrite(wasm: &[u8], plan: &Plan<'_>) -> Result<Option<Rewritten>, BinaryReaderError> {
    let shape = Shape::new(wasm)?;
    let record = plan.record.filter(|_| shape.can_record());
    let split = plan.split_table_grow && !shape.tables.is_empty();
    let code = (record.is_some() || split).then(|| body::rewrite(wasm, &shape, record, split));
    let code = code.transpose()?.filter(|code| record.is_some() || !code.grown_tables.is_empty());
    let segments = plan.segments.map(|name| Segments::new(&shape).map(|segments| (segments, name))).transpose()?;
    if plan.start.is_none() && code.is_none() && segments.is_none() {
        return Ok(None);
    }
    let segments = segments.as_ref().map(|(segments, name)| (segments, *name));
    let (start, records) = (plan.start, record.is_some());
    let wasm = Writer { wasm, shape: &shape, start, records, code: code.as_ref(), segments }.write()?;
    let recorded = record.map(|record| Recorded {
        module: record.module,
        memories: shape.memories,
        bodies: shape.bodies.iter().map(|body| body.range().start as u32).collect(),
        imported_functions: shape.imported_functions,
    });
    Ok(Some(Rewritten { wasm, recorded }))
}

/// Returns a name for an export of which nobody knows: none of `exports`, and with a NUL, so that no string in C equals it.
pub(super) fn unused_name(purpose: &str, exports: &[&str]) -> String {
    let used: HashSet<_> = exports.iter().filter(|name| name.starts_with('\0')).collect();
    let mut name = format!("\0{purpose}");
    while used.contains(&&*name) {
        name.push('\0');
    }
    name
}
