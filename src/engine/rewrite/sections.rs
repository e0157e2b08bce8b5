//! The sections of a module with what is added to them.
#![forbid(unsafe_code)]

use super::body::Code;
use super::record::Hidden;
use super::segments::Segments;
use super::shape::Shape;
use wasm_encoder::{
    CodeSection, DataCountSection, Encode, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalType,
    ImportSection, Instruction, MemoryType, Module, RawSection, RefType, SectionId, TypeSection, ValType,
};
use wasmparser::{BinaryReader, BinaryReaderError, ExportSectionReader, ExternalKind, Parser, Payload, TableType};

/// The parts of the module that is written.
pub struct Writer<'a> {
    pub wasm: &'a [u8],
    pub shape: &'a Shape<'a>,
    pub start: Option<(u32, &'a str)>,
    pub records: bool,
    pub code: Option<&'a Code>,
    /// The changed segments, and the name that the function which applies them is exported under.
    pub segments: Option<(&'a Segments, &'a str)>,
}

impl Writer<'_> {
    /// Returns the module.
    ///
    /// # Errors
    /// Those of reading a module that is not valid.
    pub fn write(&self) -> Result<Vec<u8>, BinaryReaderError> {
        let mut module = Module::new();
        let (mut has_exports, mut has_data_count) = (false, false);
        let mut needs_imports = self.records;
        for payload in Parser::new(0).parse_all(self.wasm) {
            let payload = payload?;
            let Some((id, range)) = payload.as_section() else { continue };
            let data = &self.wasm[range];
            if needs_imports && id > SectionId::Import.into() {
                module.section(&self.hidden_imports());
                needs_imports = false;
            }
            if !has_exports && id > SectionId::Export.into() {
                let exports = self.hidden_exports();
                if !exports.is_empty() {
                    module.section(&exports);
                }
                has_exports = true;
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
                Payload::StartSection { .. } if self.start.is_some() => continue,
                Payload::ElementSection(_) => self.segments.map(|(segments, _)| content(&segments.elements)).transpose()?,
                Payload::DataSection(_) => self.segments.map(|(segments, _)| content(&segments.data)).transpose()?,
                Payload::DataCountSection { .. } => {
                    has_data_count = true;
                    None
                }
                Payload::CodeSectionStart { .. } => {
                    let count = self.segments.and_then(|(segments, _)| segments.data_count());
                    if let Some(count) = count.filter(|_| !has_data_count) {
                        module.section(&DataCountSection { count });
                    }
                    self.with_code(data)?
                }
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
        if self.segments.is_some() {
            types.ty().function([], []);
        }
        if types.is_empty() { Ok(None) } else { appended(data, &types).map(Some) }
    }

    fn with_helpers(&self, data: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
        let mut functions = FunctionSection::new();
        for index in 0..self.grown_tables().count() + usize::from(self.segments.is_some()) {
            functions.function((self.shape.types.len() + index) as u32);
        }
        if functions.is_empty() { Ok(None) } else { appended(data, &functions).map(Some) }
    }

    /// The functions that an instance begins with.
    fn hidden_exports(&self) -> ExportSection {
        let mut hidden = ExportSection::new();
        if let Some((_, name)) = self.segments {
            let function = self.shape.function_count() + self.grown_tables().count() as u32;
            hidden.export(name, ExportKind::Func, function);
        }
        if let Some((function, name)) = self.start {
            hidden.export(name, ExportKind::Func, function);
        }
        hidden
    }

    fn with_exports(&self, data: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
        let hidden = self.hidden_exports();
        if !self.records {
            return if hidden.is_empty() { Ok(None) } else { appended(data, &hidden).map(Some) };
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
        appended(&content(&exports)?, &hidden).map(Some)
    }

    fn with_code(&self, data: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
        let mut helpers = CodeSection::new();
        for (table, _) in self.grown_tables() {
            let mut helper = Function::new([]);
            helper.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::LocalGet(1));
            helper.instruction(&Instruction::TableGrow(table)).instruction(&Instruction::End);
            helpers.function(&helper);
        }
        if let Some((segments, _)) = self.segments {
            helpers.function(&segments.function);
        }
        let bodies = self.code.map(|code| &*code.section);
        if bodies.is_none() && helpers.is_empty() { Ok(None) } else { appended(bodies.unwrap_or(data), &helpers).map(Some) }
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
