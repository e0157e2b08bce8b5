//! The bodies of functions.
//!
//! Before each call that a function makes and waits for, it writes the position of the call to the next entry of the hidden
//! memory; before each instruction that may trap, it sets a hidden global to the position. So there is nothing to be done where a
//! function is left, by whatever way.
#![forbid(unsafe_code)]

use super::Record;
use super::flow::Flow;
use super::sections::RECORD_BYTES;
use super::shape::Shape;
use crate::limits::MAX_LOCALS;
use wasm_encoder::{Encode, Instruction, MemArg, ValType};
use wasmparser::{BinaryReaderError, FunctionBody, Operator};

/// Bytes of an entry.
pub const ENTRY: u32 = 8;

/// The bodies of a module, changed.
pub struct Code {
    /// The content of the section.
    pub section: Vec<u8>,
    /// The tables for which there is to be a function with a `table.grow`.
    pub grown_tables: Vec<u32>,
}

/// Returns how a position is recorded: the number of the module, and the offset in its file.
pub fn site(module: u32, offset: u32) -> u64 {
    u64::from(module) << 32 | u64::from(offset)
}

/// Changes all bodies.
///
/// # Errors
/// Those of reading a module that is not valid.
pub fn rewrite(
    wasm: &[u8],
    shape: &Shape<'_>,
    record: Option<Record>,
    split_table_grow: bool,
) -> Result<Code, BinaryReaderError> {
    let mut rewriter = Rewriter { wasm, shape, record, split_table_grow, grown_tables: Vec::new() };
    let mut section = Vec::with_capacity(wasm.len());
    (shape.bodies.len() as u32).encode(&mut section);
    let mut made = Vec::new();
    for (body, ty) in shape.bodies.iter().zip(&shape.functions) {
        made.clear();
        let params = shape.types.get(*ty as usize).copied().unwrap_or_default();
        rewriter.body(body, params, &mut made)?;
        made.encode(&mut section);
    }
    Ok(Code { section, grown_tables: rewriter.grown_tables })
}

struct Rewriter<'a> {
    wasm: &'a [u8],
    shape: &'a Shape<'a>,
    record: Option<Record>,
    split_table_grow: bool,
    grown_tables: Vec<u32>,
}

impl Rewriter<'_> {
    fn body(&mut self, body: &FunctionBody<'_>, params: usize, out: &mut Vec<u8>) -> Result<(), BinaryReaderError> {
        let mut groups = body.get_locals_reader()?;
        let count = groups.get_count();
        let start = groups.original_position();
        let mut locals = params;
        for _ in 0..count {
            locals += groups.read()?.0 as usize;
        }
        let groups = &self.wasm[start..groups.original_position()];
        let mut recorder = match self.record {
            // One more local would be too many.
            Some(record) if locals < MAX_LOCALS => {
                Some(Recorder { record, shape: self.shape, local: locals as u32, flow: Flow::new(), calls: false })
            }
            _ => None,
        };
        let mut code = Vec::with_capacity(body.range().len() * 2);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let at = operators.original_position();
            let operator = operators.read()?;
            let raw = &self.wasm[at..operators.original_position()];
            if let Some(recorder) = &mut recorder {
                recorder.before(&operator, raw, at as u32, &mut code);
            }
            match operator {
                Operator::TableGrow { table } if self.split_table_grow => {
                    Instruction::Call(self.shape.function_count() + self.helper(table)).encode(&mut code);
                }
                Operator::GlobalGet { global_index } if self.record.is_some() => {
                    Instruction::GlobalGet(self.shape.renumbered(global_index)).encode(&mut code);
                }
                Operator::GlobalSet { global_index } if self.record.is_some() => {
                    Instruction::GlobalSet(self.shape.renumbered(global_index)).encode(&mut code);
                }
                _ => code.extend(raw),
            }
            if let Some(recorder) = &mut recorder {
                recorder.after(&operator, at as u32, &mut code);
            }
        }
        let recorder = recorder.filter(|recorder| recorder.calls);
        (count + u32::from(recorder.is_some())).encode(out);
        out.extend(groups);
        if let Some(recorder) = recorder {
            1u32.encode(out);
            ValType::I32.encode(out);
            Instruction::GlobalGet(self.shape.hidden_globals()).encode(out);
            Instruction::LocalSet(recorder.local).encode(out);
        }
        out.extend(code);
        Ok(())
    }

    /// Returns which of the appended functions grows a table.
    fn helper(&mut self, table: u32) -> u32 {
        let known = self.grown_tables.iter().position(|known| *known == table);
        known.unwrap_or_else(|| {
            self.grown_tables.push(table);
            self.grown_tables.len() - 1
        }) as u32
    }
}

/// Records the positions in one function.
struct Recorder<'a> {
    record: Record,
    shape: &'a Shape<'a>,
    /// The local that has the address of the next entry as it is in this function, for the calls that it makes.
    local: u32,
    flow: Flow,
    calls: bool,
}

impl Recorder<'_> {
    fn before(&mut self, operator: &Operator<'_>, raw: &[u8], at: u32, out: &mut Vec<u8>) {
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

    fn after(&mut self, operator: &Operator<'_>, at: u32, out: &mut Vec<u8>) {
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
            Instruction::I32Const((RECORD_BYTES - ENTRY) as i32),
            Instruction::I32And,
            Instruction::I64Const(site(self.record.module, at) as i64),
            Instruction::I64Store(entry),
            Instruction::LocalGet(self.local),
            Instruction::I32Const(ENTRY as i32),
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
