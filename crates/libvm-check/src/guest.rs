//! The guests that call the plug-in.
#![forbid(unsafe_code)]

use crate::arguments::{Parameter, Signature};
use crate::host::FunctionInfo;
use wasm_encoder::{
    CodeSection, CustomSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Instruction,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// The size of the guest's memory in bytes.
pub const MEMORY: usize = 2 * 65536;
/// The exported function that plug-ins are passed as a reference.
pub const CALLBACK: &str = "callback";

/// A function of the plug-in with its parsed signature.
#[derive(Clone, Debug)]
pub struct Callee {
    pub info: FunctionInfo,
    pub signature: Signature,
}

impl Callee {
    /// Reads the signatures of functions.
    pub fn of(functions: &[FunctionInfo]) -> Vec<Self> {
        functions.iter().map(|info| Self { info: info.clone(), signature: Signature::parse(&info.signature) }).collect()
    }

    /// Returns `module.name`.
    pub fn title(&self) -> String {
        format!("{}.{}", vm::text::name(&self.info.module), vm::text::name(&self.info.name))
    }

    /// Returns the name by which the guest exports it.
    pub fn export(index: usize) -> String {
        format!("call_{index}")
    }
}

fn types(parameter: Parameter) -> Vec<ValType> {
    match parameter {
        Parameter::I32 | Parameter::Text => vec![ValType::I32],
        Parameter::I64 => vec![ValType::I64],
        Parameter::F32 => vec![ValType::F32],
        Parameter::F64 => vec![ValType::F64],
        Parameter::V128 => vec![ValType::V128],
        Parameter::ExternRef => vec![ValType::EXTERNREF],
        Parameter::FuncRef => vec![ValType::FUNCREF],
        Parameter::Buffer { .. } => vec![ValType::I32, ValType::I32],
    }
}

/// Builds a guest that exports each function as `call_<index>`, with a memory and a function of its own. `parameters` are entries of the
/// section `libvm.param`: kind and bytes.
pub fn build(callees: &[Callee], parameters: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut types_, mut imports, mut functions) = (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    let count = callees.len() as u32;
    for (index, callee) in callees.iter().enumerate() {
        let flat: Vec<ValType> = callee.signature.parameters.iter().flat_map(|parameter| types(*parameter)).collect();
        let results: Vec<ValType> = callee.signature.results.iter().flat_map(|result| types(*result)).collect();
        types_.ty().function(flat.iter().copied(), results);
        imports.import(&callee.info.module, &callee.info.name, EntityType::Function(index as u32));
        functions.function(index as u32);
        exports.export(&Callee::export(index), ExportKind::Func, count + index as u32);
        let mut body = Function::new([]);
        for local in 0..flat.len() as u32 {
            body.instruction(&Instruction::LocalGet(local));
        }
        body.instruction(&Instruction::Call(index as u32));
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    types_.ty().function([], []);
    functions.function(count);
    exports.export(CALLBACK, ExportKind::Func, 2 * count);
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    code.function(&body);
    let pages = (MEMORY / 65536) as u64;
    let mut memory = MemorySection::new();
    memory.memory(MemoryType { minimum: pages, maximum: Some(pages), memory64: false, shared: false, page_size_log2: None });
    exports.export("memory", ExportKind::Memory, 0);

    let mut module = Module::new();
    module.section(&types_).section(&imports).section(&functions).section(&memory).section(&exports).section(&code);
    if !parameters.is_empty() {
        let data: Vec<u8> = parameters.iter().enumerate().flat_map(|(id, (kind, bytes))| entry(id as u32, kind, bytes)).collect();
        module.section(&CustomSection { name: "libvm.param".into(), data: data.into() });
    }
    module.finish()
}

fn entry(id: u32, kind: &str, bytes: &[u8]) -> Vec<u8> {
    let size = (4 + 2 + kind.len() + bytes.len()) as u32;
    let mut made = size.to_le_bytes().to_vec();
    made.extend(id.to_le_bytes());
    made.extend((kind.len() as u16).to_le_bytes());
    made.extend(kind.as_bytes());
    made.extend(bytes);
    made
}
