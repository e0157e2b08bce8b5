//! Positions of calls and traps.
//!
//! Before each call that a function makes and waits for, it writes the position of the call to the next entry of the hidden
//! memory; before each instruction that may trap, it sets a hidden global to the position. So there is nothing to be done where a
//! function is left, by whatever way.
#![forbid(unsafe_code)]

use super::flow::Flow;
use super::shape::Shape;
use wasm_encoder::{Encode, Instruction, MemArg, ValType};
use wasmparser::Operator;

/// The memory that positions are recorded in.
pub struct Hidden;

impl Hidden {
    /// Its pages.
    pub const PAGES: u32 = 1;
    /// Its size. When it is full, the outermost entries are overwritten.
    pub const BYTES: u32 = Self::PAGES << 16;
    /// Bytes of an entry, for a call that has not returned.
    pub const ENTRY: u32 = 8;
}

/// How positions are recorded.
#[derive(Clone, Copy)]
pub struct Record {
    /// The number that identifies the module in what is recorded.
    pub module: u32,
    /// Whether a call may also end between two instructions, since the engine meters.
    pub metered: bool,
}

/// Returns how a position is recorded: the number of the module, and the offset in its file.
fn site(module: u32, offset: u32) -> u64 {
    u64::from(module) << 32 | u64::from(offset)
}

/// Returns the parts of what `site` returned.
pub fn module_and_offset(site: u64) -> (u32, u32) {
    ((site >> 32) as u32, site as u32)
}

/// Records the positions in one function.
pub struct Recorder<'a> {
    record: Record,
    shape: &'a Shape<'a>,
    /// The local that has the address of the next entry as it is in this function, for the calls that it makes.
    local: u32,
    flow: Flow,
    calls: bool,
}

impl<'a> Recorder<'a> {
    /// Begins a function; `local` is its first unused local.
    pub fn new(record: Record, shape: &'a Shape<'a>, local: u32) -> Self {
        Self { record, shape, local, flow: Flow::new(), calls: false }
    }

    /// Returns how many groups of locals `begin` adds.
    pub fn added_locals(&self) -> u32 {
        self.calls.into()
    }

    /// Writes what precedes the first instruction, when the whole function was read: the added locals, and code.
    pub fn begin(&self, at: u32, out: &mut Vec<u8>) {
        if self.calls {
            1u32.encode(out);
            ValType::I32.encode(out);
            Instruction::GlobalGet(self.shape.hidden_globals()).encode(out);
            Instruction::LocalSet(self.local).encode(out);
        }
        if self.record.metered {
            self.set_position(at, out);
        }
    }

    /// Writes what precedes an instruction.
    pub fn before(&mut self, operator: &Operator<'_>, raw: &[u8], at: u32, out: &mut Vec<u8>) {
        if self.flow.must_be_right(operator) {
            self.repair(out);
        }
        match operator {
            Operator::Call { .. } => self.enter(at, out),
            Operator::CallIndirect { .. } => {
                // It may trap before anything is called.
                self.set_position(at, out);
                self.enter(at, out);
            }
            Operator::ReturnCallIndirect { .. } => self.set_position(at, out),
            _ if may_trap(raw) => {
                self.repair(out);
                self.set_position(at, out);
            }
            _ => {}
        }
    }

    /// Writes what follows an instruction.
    pub fn after(&mut self, operator: &Operator<'_>, at: u32, out: &mut Vec<u8>) {
        self.flow.pass(operator);
        if matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. }) {
            self.calls = true;
            self.flow.called();
            if self.record.metered {
                self.repair(out);
                self.set_position(at, out);
            }
        }
    }

    /// Writes an entry, and sets the address of the next one.
    fn enter(&self, at: u32, out: &mut Vec<u8>) {
        let entry = MemArg { offset: 0, align: 3, memory_index: self.shape.hidden_memory() };
        for instruction in [
            Instruction::LocalGet(self.local),
            Instruction::I32Const((Hidden::BYTES - Hidden::ENTRY) as i32),
            Instruction::I32And,
            Instruction::I64Const(site(self.record.module, at) as i64),
            Instruction::I64Store(entry),
            Instruction::LocalGet(self.local),
            Instruction::I32Const(Hidden::ENTRY as i32),
            Instruction::I32Add,
            Instruction::GlobalSet(self.shape.hidden_globals()),
        ] {
            instruction.encode(out);
        }
    }

    fn repair(&mut self, out: &mut Vec<u8>) {
        if self.flow.repair() {
            Instruction::LocalGet(self.local).encode(out);
            Instruction::GlobalSet(self.shape.hidden_globals()).encode(out);
        }
    }

    fn set_position(&self, at: u32, out: &mut Vec<u8>) {
        Instruction::I64Const(site(self.record.module, at) as i64).encode(out);
        Instruction::GlobalSet(self.shape.hidden_globals() + 1).encode(out);
    }
}

/// Returns whether an instruction other than a call may trap.
fn may_trap(instruction: &[u8]) -> bool {
    // The second part of an opcode: a number that may be encoded with more bytes than necessary.
    let second = || {
        instruction[1..]
            .iter()
            .take(5)
            .enumerate()
            .try_fold(0u32, |number, (index, byte)| {
                let number = number | u32::from(byte & 0x7f) << (7 * index);
                if byte & 0x80 == 0 { Err(number) } else { Ok(number) }
            })
            .unwrap_or_else(|number| number)
    };
    match instruction[0] {
        0x00 => true,                                           // unreachable
        0x25..=0x26 => true,                                    // table.get, table.set
        0x28..=0x3e | 0x40 => true,                             // loads and stores, memory.grow
        0x6d..=0x70 | 0x7f..=0x82 => true,                      // integer division and remainder
        0xa8..=0xab | 0xae..=0xb1 => true,                      // conversions of floats to integers that do not saturate
        0xfc => matches!(second(), 8 | 10..=12 | 14..=15 | 17), // bulk operations, table.grow
        0xfd => matches!(second(), 0..=11 | 84..=93),           // loads and stores of vectors
        _ => false,
    }
}
