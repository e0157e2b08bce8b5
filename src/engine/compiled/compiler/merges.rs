//! What the compiler makes of the locals and operands of a function where its blocks meet: a value for each way into a block, and more where
//! calls have many operands. That is not bounded by the size of the function: 10 KB of code can become gigabytes in the compiler.
#![forbid(unsafe_code)]

use crate::limits::MAX_MERGED_VALUES;
use crate::status::{Error, Result};
use libvm_abi as abi;
use wasmparser::{BinaryReaderError, BlockType, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef};

type Read<T> = std::result::Result<T, BinaryReaderError>;

/// The time for values of blocks grows with the number of all of them; beside so many, a value counts twice.
const DOUBLED: u64 = 1 << 15;

/// What an operand or a result of a call counts, and how many of them count nothing.
const OPERAND: u64 = 16;
const FEW_OPERANDS: usize = 16;

/// The compiler has a list of blocks for each local, and each value of a block's type: so many entries count as a value.
const ENTRIES: u64 = 128;

/// At each call the compiler lists the references that are kept beyond it: so many entries count as a value.
const KEPT: u64 = 8;

/// A function begins by setting its locals: so many count as a value.
const SET: u64 = 16;

/// Smaller functions are not looked through for locals that are read where they were written.
const SMALL: usize = 1 << 17;

/// Checks that the functions of a valid module do not become too large.
///
/// # Errors
/// `STATUS_LIMIT`.
pub fn check(wasm: &[u8]) -> Result<()> {
    // The compiler refuses what cannot be read.
    let Ok(merges) = Merges::of(wasm) else { return Ok(()) };
    let (who, size, most) = match merges.largest {
        (index, size) if size > MAX_MERGED_VALUES => (format!("function {index} has"), size.to_string(), MAX_MERGED_VALUES),
        _ if merges.all > most_of(wasm) => ("its functions have".to_owned(), format!("at least {}", merges.all), most_of(wasm)),
        _ => return Ok(()),
    };
    let message = format!(
        "the module could not be compiled: {who} too many values where blocks meet (locals that are set in blocks with many ways into \
         them, results of blocks, operands of calls): they count as {size}, and the compiler takes {most}; use VM_TIER_INTERPRETER"
    );
    Err(Error::new(abi::STATUS_LIMIT, message))
}

/// Returns the limit of all functions of a module.
fn most_of(wasm: &[u8]) -> u64 {
    MAX_MERGED_VALUES.saturating_add(wasm.len() as u64)
}

#[derive(Default)]
struct Merges {
    types: Vec<FuncType>,
    /// The types of all functions; the imported ones are the first.
    functions: Vec<u32>,
    /// The function with the most values.
    largest: (usize, u64),
    all: u64,
}

impl Merges {
    /// Counts until there are too many.
    fn of(wasm: &[u8]) -> Read<Self> {
        let mut merges = Self::default();
        let mut index = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    merges.types = section.into_iter_err_on_gc_types().collect::<Read<_>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section {
                        if let TypeRef::Func(ty) = import?.ty {
                            merges.functions.push(ty);
                        }
                    }
                    index = merges.functions.len();
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        merges.functions.push(ty?);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let size = merges.size(&body, index)?;
                    if size > merges.largest.1 {
                        merges.largest = (index, size);
                    }
                    merges.all = merges.all.saturating_add(size);
                    if merges.all > most_of(wasm) {
                        break;
                    }
                    index += 1;
                }
                _ => {}
            }
        }
        Ok(merges)
    }

    fn size(&self, body: &FunctionBody<'_>, index: usize) -> Read<u64> {
        let (params, results) = self.of_function(index);
        let (mut locals, mut references) = (params, self.references_of(index));
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            locals = locals.saturating_add(count as usize);
            references += if ty.is_reference_type() { u64::from(count) } else { 0 };
        }
        let set = locals as u64 / SET;
        let is_small = body.range().len().saturating_mul(locals) < SMALL;
        let locals = if is_small { vec![Local { crosses: true, ..Local::default() }; locals] } else { crossing(body, locals)? };
        let used = locals.iter().filter(|local| local.is_used || is_small).count() as u64;
        let mut flow = Flow { locals, open: vec![Block { ways: 1, values: results, ..Block::default() }], ..Flow::default() };
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            self.add(&mut flow, &operators.read()?)?;
        }
        let merged = flow.entered.saturating_add(flow.values.saturating_mul(flow.entered) / DOUBLED);
        let entries = used.saturating_add(flow.typed).saturating_mul(flow.blocks) / ENTRIES;
        let kept = references.saturating_mul(flow.calls) / KEPT;
        Ok(set
            .saturating_add(kept)
            .saturating_add(merged)
            .saturating_add(entries)
            .saturating_add(flow.operands.saturating_mul(OPERAND)))
    }

    fn add(&self, flow: &mut Flow, operator: &Operator<'_>) -> Read<()> {
        match operator {
            Operator::Block { blockty } => flow.begin(self.of_block(*blockty).1, 1),
            Operator::Loop { blockty } => flow.begin(self.of_block(*blockty).0, 1),
            Operator::If { blockty } => flow.begin(self.of_block(*blockty).1, 2),
            Operator::TryTable { try_table } => {
                flow.begin(self.of_block(try_table.ty).1, 1);
                flow.blocks += try_table.catches.len() as u64;
            }
            Operator::Else => flow.blocks += 1,
            Operator::End => flow.end(),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => flow.branch(*relative_depth),
            Operator::BrTable { targets } => {
                for target in targets.targets() {
                    flow.branch(target?);
                }
                flow.branch(targets.default());
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => flow.set(*local_index as usize),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                flow.call(self.of_function(*function_index as usize));
            }
            Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
                flow.call(self.of_type(*type_index));
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the numbers of parameters and results.
    fn of_type(&self, index: u32) -> (usize, usize) {
        self.types.get(index as usize).map_or((0, 0), |ty| (ty.params().len(), ty.results().len()))
    }

    fn of_function(&self, index: usize) -> (usize, usize) {
        self.functions.get(index).map_or((0, 0), |ty| self.of_type(*ty))
    }

    /// Returns the number of parameters that are references.
    fn references_of(&self, index: usize) -> u64 {
        let ty = self.functions.get(index).and_then(|ty| self.types.get(*ty as usize));
        ty.map_or(0, |ty| ty.params().iter().filter(|ty| ty.is_reference_type()).count() as u64)
    }

    fn of_block(&self, ty: BlockType) -> (usize, usize) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => self.of_type(index),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Local {
    is_used: bool,
    /// Whether it is read elsewhere than where it was last written, so that blocks between may have to pass it on.
    crosses: bool,
    /// Where it was last written.
    last: usize,
    /// The depth of the block outside of which it is not needed, with its number.
    home: Option<(usize, usize)>,
}

impl Local {
    /// It is read, or `writes`, in the innermost of these blocks.
    fn is_used_in(&mut self, open: &[usize], writes: bool) {
        let here = open.last().copied().unwrap_or_default();
        if !self.is_used && writes {
            self.home = Some((open.len().saturating_sub(1), here));
        } else if self.home.is_some_and(|(depth, number)| open.get(depth) != Some(&number)) {
            self.home = None;
        }
        self.is_used = true;
        match writes {
            true => self.last = here,
            false => self.crosses |= self.last != here,
        }
    }
}

/// Finds the locals of a function which cross blocks: code without optimization has thousands that do not.
fn crossing(body: &FunctionBody<'_>, count: usize) -> Read<Vec<Local>> {
    let mut locals = vec![Local::default(); count];
    let (mut open, mut next) = (vec![0], 0);
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        match operators.read()? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                next += 1;
                open.push(next);
            }
            Operator::Else => {
                next += 1;
                open.pop();
                open.push(next);
            }
            Operator::End => drop(open.pop()),
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                locals.get_mut(local_index as usize).map(|local| local.is_used_in(&open, true)).unwrap_or_default();
            }
            Operator::LocalGet { local_index } => {
                locals.get_mut(local_index as usize).map(|local| local.is_used_in(&open, false)).unwrap_or_default();
            }
            _ => {}
        }
    }
    locals.iter_mut().for_each(|local| local.last = 0);
    Ok(locals)
}

#[derive(Default)]
struct Block {
    /// When it was opened.
    opened: usize,
    ways: u64,
    /// Those of its type.
    values: usize,
    /// The locals that are set in it, each once; in how many of them this is the outermost block that counts them.
    sets: u64,
    ends: u64,
}

#[derive(Default)]
struct Flow {
    locals: Vec<Local>,
    open: Vec<Block>,
    now: usize,
    blocks: u64,
    /// The values of the types of all blocks.
    typed: u64,
    /// These and the locals that blocks pass on; the same for each way into them.
    values: u64,
    entered: u64,
    calls: u64,
    operands: u64,
}

impl Flow {
    fn begin(&mut self, values: usize, ways: u64) {
        self.now += 1;
        self.blocks += 1;
        self.open.push(Block { opened: self.now, ways, values, ..Block::default() });
    }

    fn end(&mut self) {
        let Some(block) = self.open.pop() else { return };
        let sets = if block.ways > 1 { block.sets } else { 0 };
        let typed = block.values as u64;
        let values = sets + typed;
        self.typed = self.typed.saturating_add(typed);
        self.values = self.values.saturating_add(values);
        self.entered = self.entered.saturating_add(values.saturating_mul(block.ways));
        if let Some(outer) = self.open.last_mut() {
            outer.sets += block.sets - block.ends;
        }
    }

    fn branch(&mut self, depth: u32) {
        self.blocks += 1;
        if let Some(block) = self.open.iter_mut().nth_back(depth as usize) {
            block.ways += 1;
        }
    }

    fn set(&mut self, index: usize) {
        let Some(local) = self.locals.get_mut(index).filter(|local| local.crosses) else { return };
        // Blocks that were open then have counted it.
        let counted = self.open.partition_point(|block| block.opened <= local.last);
        let first = counted.max(local.home.map_or(0, |(depth, _)| depth + 1));
        if let Some(outermost) = self.open.get_mut(first) {
            outermost.ends += 1;
            self.open.last_mut().expect("there is that one").sets += 1;
        }
        self.now += 1;
        local.last = self.now;
    }

    fn call(&mut self, (params, results): (usize, usize)) {
        self.calls += 1;
        self.operands += params.saturating_add(results).saturating_sub(FEW_OPERANDS) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CodeSection, Function, FunctionSection, Instruction, Module, TypeSection};

    fn size_of(body: &str) -> u64 {
        let many = "i32 ".repeat(20);
        let module = format!(
            "(module (type $many (func (param {many}) (result {many})))
             (func $f (local i32 i32) {body}) (func $g (type $many) unreachable))"
        );
        let bytes = wat::parse_str(module).unwrap();
        let (results_of_g, locals_of_g) = (20, 20 / SET);
        Merges::of(&bytes).unwrap().all - results_of_g - locals_of_g
    }

    #[test]
    fn locals_count_for_each_way_into_a_block_that_sets_them() {
        let (set, other) = ("i32.const 7 local.set 0 ", "i32.const 7 local.set 1 ");
        for (body, size) in [
            (format!("{set} local.get 0 drop"), 0),
            (format!("block {set} end"), 0),
            (format!("block local.get 0 br_if 0 {set} end"), 2),
            (format!("block local.get 0 br_if 0 {set} {set} {other} end"), 4),
            (format!("block local.get 0 br_if 0 block local.get 0 br_if 0 {set} end end"), 4),
            (format!("block local.get 0 br_if 0 {set} block local.get 0 br_if 0 {set} end {set} end"), 4),
            (format!("loop {set} local.get 0 br_if 0 local.get 0 br_if 0 end"), 3),
            (format!("local.get 0 if {set} else {set} end"), 2),
            (format!("block block local.get 0 br_table 1 1 0 1 end {set} end"), 4),
            ("block (result i32) i32.const 1 i32.const 2 br_if 0 end drop".to_owned(), 2),
            ("block (result i32) i32.const 1 end drop".to_owned(), 1),
        ] {
            assert_eq!(size_of(&body), size, "{body}");
        }
    }

    /// Those that are read where they were written, and those that no enclosing block needs.
    #[test]
    fn locals_of_large_functions_count_where_they_are_needed() {
        let large = "nop ".repeat(70_000);
        let skip = "local.get 1 br_if 0 ";
        for (body, size) in [
            (format!("block {skip} i32.const 7 local.set 0 local.get 0 drop end"), 0),
            (format!("block {skip} i32.const 7 local.set 0 block {skip} local.get 0 drop i32.const 7 local.set 0 end end"), 2),
            (format!("block {skip} block {skip} i32.const 7 local.set 0 end local.get 0 drop end"), 4),
            (format!("block {skip} loop local.get 0 drop i32.const 7 local.set 0 {skip} end end"), 4),
            ("local.get 0 if i32.const 7 local.set 0 else local.get 0 drop end".to_owned(), 2),
        ] {
            assert_eq!(size_of(&format!("{large} {body}")), size, "{body}");
        }
    }

    /// A list of the compiler for each local, as long as there are blocks.
    #[test]
    fn many_locals_and_many_blocks_count() {
        let blocks = "block end ".repeat(2_000);
        let sets: String = (0..200).map(|local| format!("i32.const 7 local.set {local} ")).collect();
        let module = format!("(module (func (local {}) {blocks} {sets}))", "i32 ".repeat(200));
        assert_eq!(Merges::of(&wat::parse_str(module).unwrap()).unwrap().all, 2_000 * 200 / 128 + 200 / 16);
    }

    /// Numbers do not.
    #[test]
    fn references_that_calls_keep_count() {
        for (ty, kept) in [("externref", 100 * 400 / KEPT), ("i64", 0)] {
            let (locals, calls) = (format!("{ty} ").repeat(100), "call $f ".repeat(400));
            let module = format!("(module (func $f (local {locals})) (func (local {locals}) {calls}))");
            assert_eq!(Merges::of(&wat::parse_str(module).unwrap()).unwrap().all, kept + 2 * (100 / SET), "{ty}");
        }
        let module = format!("(module (func $f (param {}) call $g call $g) (func $g))", "externref ".repeat(40));
        assert_eq!(Merges::of(&wat::parse_str(module).unwrap()).unwrap().all, 40 * 2 / KEPT + 40 / SET);
    }

    /// A few bytes declare thousands.
    #[test]
    fn locals_of_many_functions_count() {
        let module = |functions: u32| {
            let (mut types, mut declared, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
            types.ty().function([], []);
            for _ in 0..functions {
                declared.function(0);
                code.function(Function::new([(30_000, wasm_encoder::ValType::I32)]).instruction(&Instruction::End));
            }
            let mut module = Module::new();
            module.section(&types).section(&declared).section(&code);
            module.finish()
        };
        check(&module(1_100)).unwrap();
        let error = check(&module(50_000)).unwrap_err();
        assert_eq!(error.status(), abi::STATUS_LIMIT);
        let text = "its functions have too many values where blocks meet";
        assert!(error.message().contains(text), "{}", error.message());
    }

    #[test]
    fn operands_of_calls_count_beyond_a_few() {
        let many = "i32.const 1 ".repeat(20);
        assert_eq!(size_of(&format!("{many} call $g {}", "drop ".repeat(20))), 16 * 24);
        assert_eq!(size_of(&format!("{many} i32.const 0 call $f")), 0);
    }
}
