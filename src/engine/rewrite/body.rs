//! The bodies of functions.
#![forbid(unsafe_code)]

use super::record::{Record, Recorder};
use super::shape::Shape;
use crate::limits::MAX_LOCALS;
use wasm_encoder::{Encode, Instruction};
use wasmparser::{BinaryReaderError, FunctionBody, Operator};

/// The bodies of a module, changed.
pub struct Code {
    /// The content of the section.
    pub section: Vec<u8>,
    /// The tables for which there is to be a function with a `table.grow`.
    pub grown_tables: Vec<u32>,
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
            Some(record) if locals < MAX_LOCALS => Some(Recorder::new(record, self.shape, locals as u32)),
            _ => None,
        };
        let mut code = Vec::with_capacity(body.range().len() * 2);
        let mut operators = body.get_operators_reader()?;
        let code_start = operators.original_position() as u32;
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
        let more = recorder.as_ref().map_or(0, Recorder::added_locals);
        (count + more).encode(out);
        out.extend(groups);
        if let Some(recorder) = recorder {
            recorder.begin(code_start, out);
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
