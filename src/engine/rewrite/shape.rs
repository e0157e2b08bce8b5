//! The index spaces of a module.
#![forbid(unsafe_code)]

use wasmparser::{
    BinaryReaderError, DataSectionReader, ElementSectionReader, FunctionBody, MemoryType, Parser, Payload, TableType, TypeRef,
};

/// wasm's own limit on the memories of a module.
const MAX_MEMORIES: usize = 100;

/// What the rewriting needs to know of a module.
#[derive(Default)]
pub struct Shape<'a> {
    /// The number of parameters of each function type.
    pub types: Vec<usize>,
    pub imported_functions: u32,
    pub imported_memories: u32,
    pub imported_globals: u32,
    /// The type of each function that the module defines.
    pub functions: Vec<u32>,
    /// All tables, imported ones first.
    pub tables: Vec<TableType>,
    /// The memories that the module defines.
    pub memories: Vec<MemoryType>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub elements: Option<ElementSectionReader<'a>>,
    pub data: Option<DataSectionReader<'a>>,
}

impl<'a> Shape<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// Those of reading a module that is not valid.
    pub fn new(wasm: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        shape.types.push(ty?.params().len());
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports {
                        match import?.ty {
                            TypeRef::Func(_) => shape.imported_functions += 1,
                            TypeRef::Memory(_) => shape.imported_memories += 1,
                            TypeRef::Global(_) => shape.imported_globals += 1,
                            TypeRef::Table(ty) => shape.tables.push(ty),
                            TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    shape.functions = functions.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        shape.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(memories) => shape.memories = memories.into_iter().collect::<Result<_, _>>()?,
                Payload::CodeSectionEntry(body) => shape.bodies.push(body),
                Payload::ElementSection(elements) => shape.elements = Some(elements),
                Payload::DataSection(data) => shape.data = Some(data),
                _ => {}
            }
        }
        Ok(shape)
    }

    /// Returns whether the module has code, and room for one more memory.
    pub fn can_record(&self) -> bool {
        !self.bodies.is_empty() && (self.hidden_memory() as usize) < MAX_MEMORIES
    }

    /// Returns the index of the memory that positions are recorded in.
    pub fn hidden_memory(&self) -> u32 {
        self.imported_memories + self.memories.len() as u32
    }

    /// Returns the index of the global that has the address of the next entry; the next one has the position of the instruction
    /// that may trap.
    pub fn hidden_globals(&self) -> u32 {
        self.imported_globals
    }

    /// Returns the index of a global behind the hidden ones.
    pub fn renumbered(&self, global: u32) -> u32 {
        if global < self.imported_globals { global } else { global + 2 }
    }

    /// Returns the number of functions.
    pub fn function_count(&self) -> u32 {
        self.imported_functions + self.functions.len() as u32
    }
}
