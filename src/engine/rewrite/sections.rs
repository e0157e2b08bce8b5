//! The sections of a module with what is added to them.
#![forbid(unsafe_code)]

use super::body::Code;
use super::record::Hidden;
use super::shape::Shape;
use wasm_encoder::{
    CodeSection, Encode, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalType, ImportSection,
    Instruction, MemoryType, Module, RawSection, RefType, SectionId, TypeSection, ValType,
};
use wasmparser::{BinaryReader, BinaryReaderError, ExportSectionReader, ExternalKind, Parser, Payload, TableType};

/// The parts of the module that is written.
pub struct Writer<'a> {
    pub wasm: &'a [u8],
    pub shape: &'a Shape<'a>,
    pub start: Option<(u32, &'a str)>,
    pub records: bool,
    pub code: Option<&'a Code>,
}

impl Writer<'_> {
    /// Returns the module.
    ///
    /// # Errors
    /// Those of reading a module that is not valid.
    pub fn write(&self) -> Result<Vec<u8>, BinaryReaderError> {
        let mut module = Module::new();
        let mut has_exports = false;
        let mut needs_imports = self.records;
        for payload in Parser::new(0).parse_all(self.wasm) {
            let payload = payload?;
            let Some((id, range)) = payload.as_section() else { continue };
            let data = &self.wasm[range];
            if needs_imports && id > SectionId::Import.into() {
                module.section(&self.hidden_imports());
                needs_imports = false;
            }
            let changed = match payload {
                Payload::TypeSection(_) => self.with_helper_types(data)?,
                Payload::ImportSection(_) if needs_imports => {
                    needs_imports = false;
                    Some(appended(data, &self.hidden_imports())?)
                }
                Payload::FunctionSection(_) => self.with_helpers(data)?,
                Payload::MemorySection(_) if self.records => continue,
                Payload::ExportSection(_) => {
                    has_exports = true;
                    self.with_exports(data)?
                }
                Payload::StartSection { .. } if self.start.is_some() => {
                    if let (false, Some((function, name))) = (has_exports, self.start) {
                        module.section(ExportSection::new().export(name, ExportKind::Func, function));
                    }
                    continue;
                }
                Payload::CodeSectionStart { .. } => self.code.map(|code| self.with_code(code)).transpose()?,
                _ => None,
            };
            module.section(&RawSection { id, data: changed.as_deref().unwrap_or(data) });
        }
        Ok(module.finish())
    }

    /// The memories that the module defined itself; the memory for positions; the global that has the address of the next entry
    /// there, and the one that has the position of the instruction that may trap.
    fn hidden_imports(&self) -> ImportSection {
        let mut imports = ImportSection::new();
        let mut import = |ty: EntityType| _ = imports.import("", "", ty);
        for ty in &self.shape.memories {
            import(EntityType::Memory(MemoryType {
                minimum: ty.initial,
                maximum: ty.maximum,
                memory64: ty.memory64,
                shared: ty.shared,
                page_size_log2: ty.page_size_log2,
            }));
        }
        let minimum = Hidden::PAGES.into();
        let maximum = Some(minimum);
        import(EntityType::Memory(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None }));
        for val_type in [ValType::I32, ValType::I64] {
            import(EntityType::Global(GlobalType { val_type, mutable: true, shared: false }));
        }
        imports
    }

    fn grown_tables(&self) -> impl Iterator<Item = (u32, TableType)> {
        let tables = self.code.map_or(&[][..], |code| &code.grown_tables);
        tables.iter().map(|table| (*table, self.shape.tables[*table as usize]))
    }

    fn with_helper_types(&self, data: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
        let mut types = TypeSection::new();
        for (_, table) in self.grown_tables() {
            let size = if table.table64 { ValType::I64 } else { ValType::I32 };
            let element = if table.element_type.is_extern_ref() { RefType::EXTERNREF } else { RefType::FUNCREF };
            types.ty().function([ValType::Ref(element), size], [size]);
        }
        if types.is_empty() { Ok(None) } else { appended(data, &types).map(Some) }
    }

    fn with_helpers(&self, data: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
        let mut functions = FunctionSection::new();
        for (index, _) in self.grown_tables().enumerate() {
            functions.function((self.shape.types.len() + index) as u32);
        }
        if functions.is_empty() { Ok(None) } else { appended(data, &functions).map(Some) }
    }

    fn with_exports(&self, data: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
        let mut start = ExportSection::new();
        if let Some((function, name)) = self.start {
            start.export(name, ExportKind::Func, function);
        }
        if !self.records {
            return if start.is_empty() { Ok(None) } else { appended(data, &start).map(Some) };
        }
        // Globals that the module defines follow the added imports.
        let mut exports = ExportSection::new();
        for export in ExportSectionReader::new(BinaryReader::new(data, 0))? {
            let export = export?;
            let (kind, index) = match export.kind {
                ExternalKind::Global => (ExportKind::Global, self.shape.renumbered(export.index)),
                ExternalKind::Func => (ExportKind::Func, export.index),
                ExternalKind::Table => (ExportKind::Table, export.index),
                ExternalKind::Memory => (ExportKind::Memory, export.index),
                ExternalKind::Tag => (ExportKind::Tag, export.index),
            };
            exports.export(export.name, kind, index);
        }
        appended(&content(&exports)?, &start).map(Some)
    }

    fn with_code(&self, code: &Code) -> Result<Vec<u8>, BinaryReaderError> {
        let mut helpers = CodeSection::new();
        for (table, _) in self.grown_tables() {
            let mut helper = Function::new([]);
            helper.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::LocalGet(1));
            helper.instruction(&Instruction::TableGrow(table)).instruction(&Instruction::End);
            helpers.function(&helper);
        }
        appended(&code.section, &helpers)
    }
}

/// Returns the content of a section: the number of its items, and the items.
fn content(section: &impl Encode) -> Result<Vec<u8>, BinaryReaderError> {
    let mut encoded = Vec::new();
    section.encode(&mut encoded);
    let mut reader = BinaryReader::new(&encoded, 0);
    reader.read_var_u32()?;
    Ok(encoded.split_off(reader.current_position()))
}

/// Returns the content of a section with the items of another one behind its own.
fn appended(data: &[u8], more: &impl Encode) -> Result<Vec<u8>, BinaryReaderError> {
    let more = content(more)?;
    let (mut first, mut second) = (BinaryReader::new(data, 0), BinaryReader::new(&more, 0));
    let mut all = Vec::with_capacity(data.len() + more.len() + 5);
    (first.read_var_u32()? + second.read_var_u32()?).encode(&mut all);
    all.extend(&data[first.current_position()..]);
    all.extend(&more[second.current_position()..]);
    Ok(all)
}
