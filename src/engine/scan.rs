//! A scan of a module's binary, before an engine sees it: information that an engine does not provide, and the limits that bound
//! its translation.
//!
//! The scan uses the interpreter's parser, and reports no error for a binary that it cannot read: the engine refuses that.
#![forbid(unsafe_code)]

use super::config::ModuleLimits;
use super::interface::Needs;
use crate::limits::MAX_CONSTANT_EXPRESSION;
use crate::status::{Error, Result};
use libvm_abi as abi;
use wasmparser::{
    BinaryReaderError, ConstExpr, DataKind, ElementItems, ElementKind, ElementSectionReader, ExportSectionReader, ExternalKind,
    FunctionBody, ImportSectionReader, MemorySectionReader, Operator, Parser, Payload, TableInit, TableSectionReader, TypeRef,
};

/// The kind of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImportKind {
    Function,
    Table,
    Memory,
    Global,
}

/// The result of a scan.
#[derive(Default)]
pub(super) struct Scan<'a> {
    /// The kinds of the imports, in the module's order.
    pub imports: Vec<ImportKind>,
    /// The names of the exports, in the module's order.
    pub exports: Vec<&'a str>,
    /// The indices of the functions among the exports; of others `u32::MAX`.
    pub exported_functions: Vec<u32>,
    /// Whether instantiation may write functions that the module defines to a table that it imports.
    pub fills_imported_table: bool,
    /// The function that instantiation runs.
    pub start: Option<u32>,
    /// The memories and tables that the module defines.
    pub needs: Needs,
    /// The size of the largest body of a function, unless the binary is scanned again.
    #[cfg(feature = "compiled")]
    pub largest_body: usize,
    /// The names and bytes of the custom sections.
    pub custom_sections: Vec<(&'a str, &'a [u8])>,
}

/// Why a scan stopped.
enum Stop {
    /// The binary is not valid at this point.
    Invalid,
    /// A limit is exceeded.
    Limit(Error),
}

impl From<BinaryReaderError> for Stop {
    fn from(_: BinaryReaderError) -> Self {
        Self::Invalid
    }
}

impl<'a> Scan<'a> {
    /// Scans a binary.
    ///
    /// # Errors
    /// `STATUS_LIMIT` if the module exceeds one of the limits.
    pub fn new(bytes: &'a [u8], limits: &ModuleLimits) -> Result<Self> {
        let mut scan = Self::default();
        match scan.read(bytes, Some(limits)) {
            Err(Stop::Limit(error)) => Err(error),
            Ok(()) | Err(Stop::Invalid) => Ok(scan),
        }
    }

    /// Scans a binary that a former scan has found within the limits, which takes a fraction of the time.
    #[cfg(feature = "compiled")]
    pub fn again(bytes: &'a [u8]) -> Self {
        let mut scan = Self::default();
        // It reads what the former scan has read.
        let _ = scan.read(bytes, None);
        scan
    }

    /// Reads a binary, and checks it if there are limits.
    fn read(&mut self, bytes: &'a [u8], limits: Option<&ModuleLimits>) -> Result<(), Stop> {
        // Function indices begin with the imported ones.
        let mut function = 0;
        let (mut params, mut types) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    limits.map_or(Ok(()), |limits| limits.check_imports(section.count() as usize))?;
                    function += self.read_imports(section)?;
                }
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        params.push(ty?.params().len());
                    }
                }
                Payload::FunctionSection(section) => {
                    limits.map_or(Ok(()), |limits| limits.check_functions(section.count() as usize))?;
                    types = section.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
                    types.reverse();
                }
                Payload::TableSection(section) => self.read_tables(section)?,
                Payload::MemorySection(section) => self.read_memories(section)?,
                Payload::ExportSection(section) => self.read_exports(section)?,
                Payload::StartSection { func, .. } => self.start = Some(func),
                Payload::GlobalSection(section) => {
                    for global in section {
                        check_constant(&global?.init_expr)?;
                    }
                }
                Payload::ElementSection(section) => self.read_elements(section, !types.is_empty())?,
                Payload::DataSection(section) if limits.is_some() => {
                    for data in section {
                        if let DataKind::Active { offset_expr, .. } = &data?.kind {
                            check_constant(offset_expr)?;
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let Some(limits) = limits else { continue };
                    let params = types.pop().and_then(|ty| params.get(ty as usize)).copied();
                    #[cfg(feature = "compiled")]
                    {
                        self.largest_body = self.largest_body.max(body.range().len());
                    }
                    limits.check_body(&body, function, params.unwrap_or_default())?;
                    function += 1;
                }
                Payload::CustomSection(section) => self.custom_sections.push((section.name(), section.data())),
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns how many functions are imported.
    fn read_imports(&mut self, section: ImportSectionReader<'a>) -> Result<usize, Stop> {
        let before = self.imports.len();
        for import in section {
            self.imports.push(match import?.ty {
                TypeRef::Func(_) => ImportKind::Function,
                TypeRef::Table(_) => ImportKind::Table,
                TypeRef::Memory(_) => ImportKind::Memory,
                TypeRef::Global(_) => ImportKind::Global,
                TypeRef::Tag(_) => return Err(Stop::Invalid),
            });
        }
        Ok(self.imports[before..].iter().filter(|kind| **kind == ImportKind::Function).count())
    }

    fn read_tables(&mut self, section: TableSectionReader<'a>) -> Result<(), Stop> {
        for table in section {
            let table = table?;
            self.needs.tables += 1;
            self.needs.table_elements = self.needs.table_elements.saturating_add(table.ty.initial);
            #[cfg(feature = "compiled")]
            {
                self.needs.largest_table = self.needs.largest_table.max(table.ty.initial);
            }
            if let TableInit::Expr(init) = &table.init {
                check_constant(init)?;
            }
        }
        Ok(())
    }

    fn read_memories(&mut self, section: MemorySectionReader<'a>) -> Result<(), Stop> {
        for memory in section {
            let memory = memory?;
            let page = 1u64.checked_shl(memory.page_size_log2.unwrap_or(16)).unwrap_or(u64::MAX);
            let bytes = memory.initial.saturating_mul(page);
            self.needs.memories += 1;
            self.needs.memory_bytes = self.needs.memory_bytes.saturating_add(bytes);
            self.needs.largest_memory = self.needs.largest_memory.max(bytes);
        }
        Ok(())
    }

    fn read_exports(&mut self, section: ExportSectionReader<'a>) -> Result<(), Stop> {
        for export in section {
            let export = export?;
            self.exports.push(export.name);
            self.exported_functions.push(if export.kind == ExternalKind::Func { export.index } else { u32::MAX });
        }
        Ok(())
    }

    /// `has_functions` tells whether the module defines functions.
    fn read_elements(&mut self, section: ElementSectionReader<'a>, has_functions: bool) -> Result<(), Stop> {
        let imported = self.imports.iter().filter(|kind| **kind == ImportKind::Table).count();
        for element in section {
            let element = element?;
            if let ElementKind::Active { offset_expr, table_index } = &element.kind {
                check_constant(offset_expr)?;
                self.fills_imported_table |= (table_index.unwrap_or_default() as usize) < imported && has_functions;
            }
            if let ElementItems::Expressions(_, items) = element.items {
                for item in items {
                    check_constant(&item?)?;
                }
            }
        }
        Ok(())
    }
}

impl ModuleLimits {
    fn check_imports(&self, count: usize) -> Result<(), Stop> {
        if count <= self.imports {
            return Ok(());
        }
        Err(exceeded("the module", &format!("has {count} imports"), self.imports, "VM_EngineConfigSetImportLimit"))
    }

    fn check_functions(&self, count: usize) -> Result<(), Stop> {
        if count <= self.functions {
            return Ok(());
        }
        Err(exceeded("the module", &format!("has {count} functions"), self.functions, "VM_EngineConfigSetFunctionLimit"))
    }

    /// Checks the body of the function with this index and number of parameters.
    fn check_body(&self, body: &FunctionBody<'_>, index: usize, params: usize) -> Result<(), Stop> {
        let function = || format!("function {index} of the module");
        let size = body.range().len();
        if size > self.body_bytes {
            let what = format!("has a body of {size} bytes");
            return Err(exceeded(&function(), &what, self.body_bytes, "VM_EngineConfigSetBodySizeLimit"));
        }
        let mut locals = 0u64;
        for group in body.get_locals_reader()? {
            locals += u64::from(group?.0);
        }
        if locals > u64::from(u32::MAX) {
            return Err(Stop::Invalid); // by the specification
        }
        let locals = locals + params as u64;
        if locals > self.locals as u64 {
            return Err(exceeded(
                &function(),
                &format!("has {locals} locals and parameters"),
                self.locals,
                "VM_EngineConfigSetLocalLimit",
            ));
        }
        // Opening a block takes two bytes at least: smaller bodies cannot exceed the limit.
        let depth = if size / 2 > self.nesting { nesting(body, self.nesting)? } else { 0 };
        if depth > self.nesting {
            let what = format!("nests its blocks {depth} deep");
            return Err(exceeded(&function(), &what, self.nesting, "VM_EngineConfigSetNestingLimit"));
        }
        Ok(())
    }
}

/// Checks the size of an expression, which the interpreter evaluates and frees by recursion on the native stack.
fn check_constant(expression: &ConstExpr<'_>) -> Result<(), Stop> {
    let size = expression.get_binary_reader().bytes_remaining();
    if size <= MAX_CONSTANT_EXPRESSION {
        return Ok(());
    }
    let message = format!(
        "the module has a constant expression of {size} bytes; the limit is {MAX_CONSTANT_EXPRESSION}, which no option changes"
    );
    Err(Stop::Limit(Error::new(abi::STATUS_LIMIT, message)))
}

/// Returns how deep the blocks of a body are nested; of a body that is not valid, only if that is more than `most`.
fn nesting(body: &FunctionBody<'_>, most: usize) -> Result<usize, BinaryReaderError> {
    let mut operators = body.get_operators_reader()?;
    let (mut depth, mut deepest) = (0usize, 0);
    while !operators.eof() {
        match operators.read() {
            Ok(
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Try { .. }
                | Operator::TryTable { .. },
            ) => depth += 1,
            Ok(Operator::End | Operator::Delegate { .. }) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(_) if deepest > most => break,
            Err(error) => return Err(error),
        }
        deepest = deepest.max(depth);
    }
    Ok(deepest)
}

/// Formats the error of an exceeded limit.
fn exceeded(who: &str, what: &str, most: impl std::fmt::Display, setter: &str) -> Stop {
    let message = format!("{who} {what}; the engine's limit is {most} ({setter} changes it)");
    Stop::Limit(Error::new(abi::STATUS_LIMIT, message))
}

#[cfg(all(test, feature = "compiled"))]
mod tests {
    use super::*;

    #[test]
    fn a_second_scan_reads_the_same() {
        let text = r#"(module
            (import "host" "table" (table 3 funcref)) (import "host" "f" (func (param i32)))
            (memory 2) (table 7 funcref) (table 5 funcref) (global i32 (i32.const 1)) (func $g (local i64)) (start $g)
            (elem (i32.const 0) func $g) (data (i32.const 0) "text") (export "g" (func $g)) (@custom "name of it" "bytes"))"#;
        let bytes = wat::parse_str(text).unwrap();
        let (first, again) = (Scan::new(&bytes, &ModuleLimits::default()).unwrap(), Scan::again(&bytes));
        assert_eq!(
            (&first.imports, &first.exports, &first.exported_functions),
            (&again.imports, &again.exports, &again.exported_functions)
        );
        assert!(again.fills_imported_table && first.fills_imported_table);
        assert_eq!((first.start, again.start), (Some(1), Some(1)));
        assert_eq!(format!("{:?}", first.needs), format!("{:?}", again.needs));
        assert_eq!((again.needs.largest_table, again.needs.table_elements, again.needs.memories), (7, 12, 1));
        assert_eq!(first.custom_sections, again.custom_sections);
    }
}
