//! What the compiler makes of the initial values of a module: one function, which computes all of them that are not constant, one after
//! another. Its code takes a thousand times the memory of the few bytes in the module, which no limit of functions bounds. The data that it does not
//! copy is laid out in images of memories, with all that lies between.
#![forbid(unsafe_code)]

use crate::limits::MAX_COMPUTED_VALUES;
use crate::status::{Error, Result};
use libvm_abi as abi;
use wasmparser::{
    BinaryReaderError, ConstExpr, DataKind, DataSectionReader, Element, ElementItems, ElementKind, Operator, Parser, Payload,
    TableInit, TypeRef,
};

/// Up to here the compiler lays the elements of a table out by itself.
const LAID_OUT: u64 = 1 << 20;

/// Up to here it lays out the data of a memory, however little there is of it.
const IMAGE: u64 = 16 << 20;

/// As many bytes of an image with little data take as much as an element.
const BYTES: u64 = 1 << 10;

/// What a segment takes, in elements, and what a global takes: most of its time is looking through those before it.
const SEGMENT: usize = 4;
const GLOBAL: usize = 3;

/// Checks that the function is not too large.
///
/// # Errors
/// `STATUS_LIMIT`.
pub fn check(wasm: &[u8]) -> Result<()> {
    // The compiler refuses what cannot be read.
    let size = Startup::of(wasm).unwrap_or_default();
    if size <= MAX_COMPUTED_VALUES {
        return Ok(());
    }
    let message = format!(
        "the module could not be compiled: its instantiation computes too many values (elements of tables, globals and offsets that are \
         not constant, data far from each other): they count as {size} elements, and the compiler takes {MAX_COMPUTED_VALUES}; use \
         VM_TIER_INTERPRETER"
    );
    Err(Error::new(abi::STATUS_LIMIT, message))
}

/// The data of a memory that the module defines.
struct Image {
    /// The initial size of the memory.
    most: u64,
    begin: u64,
    end: u64,
    data: u64,
}

impl Image {
    /// Adds data; returns whether it can be laid out.
    fn add(&mut self, offset: u64, size: u64) -> bool {
        let end = offset.saturating_add(size);
        if size > 0 {
            (self.begin, self.end) = (self.begin.min(offset), self.end.max(end));
            self.data = self.data.saturating_add(size);
        }
        end <= self.most
    }

    fn size(&self) -> u64 {
        self.end.saturating_sub(self.begin)
    }

    fn is_sparse(&self) -> bool {
        self.size() >= self.data.saturating_mul(2)
    }
}

#[derive(Default)]
struct Startup {
    size: usize,
    imported_tables: usize,
    imported_memories: usize,
    images: Vec<Image>,
    /// The initial sizes of the tables that the module defines.
    tables: Vec<u64>,
    /// Whether elements have been computed: those of all later segments are then, in their order.
    computes_elements: bool,
}

impl Startup {
    fn of(wasm: &[u8]) -> std::result::Result<usize, BinaryReaderError> {
        let mut startup = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section {
                        let ty = import?.ty;
                        startup.imported_tables += usize::from(matches!(ty, TypeRef::Table(_)));
                        startup.imported_memories += usize::from(matches!(ty, TypeRef::Memory(_)));
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let table = table?;
                        startup.tables.push(table.ty.initial);
                        startup.computes_elements |= matches!(table.init, TableInit::Expr(_));
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        let page = 1u64.checked_shl(memory.page_size_log2.unwrap_or(16)).unwrap_or(u64::MAX);
                        let most = memory.initial.saturating_mul(page);
                        startup.images.push(Image { most, begin: u64::MAX, end: 0, data: 0 });
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let value = global?.init_expr;
                        if constant(&value).is_none() {
                            startup.add(GLOBAL + cost(&value));
                        }
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        startup.add_elements(element?)?;
                    }
                }
                Payload::DataSection(section) => startup.add_data(section)?,
                _ => {}
            }
        }
        Ok(startup.size)
    }

    fn add(&mut self, size: usize) {
        self.size = self.size.saturating_add(size);
    }

    fn add_data(&mut self, section: DataSectionReader<'_>) -> std::result::Result<(), BinaryReaderError> {
        let mut size = 0;
        let mut is_laid_out = true;
        for data in section {
            let data = data?;
            let DataKind::Active { memory_index, offset_expr } = &data.kind else { continue };
            size += SEGMENT + cost(offset_expr);
            let memory = (*memory_index as usize).checked_sub(self.imported_memories);
            let image = memory.and_then(|memory| self.images.get_mut(memory));
            is_laid_out &= match (constant(offset_expr), image) {
                (Some(offset), Some(image)) => image.add(offset, data.data.len() as u64),
                _ => false,
            };
        }
        let sparse = || self.images.iter().filter(|image| image.is_sparse()).map(Image::size);
        if is_laid_out && sparse().all(|size| size < IMAGE) {
            size = sparse().map(|size| (size / BYTES) as usize).sum();
        }
        self.add(size);
        Ok(())
    }

    fn add_elements(&mut self, element: Element<'_>) -> std::result::Result<(), BinaryReaderError> {
        let mut size = SEGMENT;
        let (count, are_functions) = match element.items {
            ElementItems::Functions(functions) => {
                size += functions.count() as usize;
                (functions.count(), true)
            }
            ElementItems::Expressions(_, items) => {
                let count = items.count();
                for item in items {
                    size += cost(&item?);
                }
                (count, false)
            }
        };
        match &element.kind {
            ElementKind::Declared => return Ok(()),
            ElementKind::Passive => {}
            ElementKind::Active { table_index, offset_expr } => {
                let table = (table_index.unwrap_or_default() as usize).checked_sub(self.imported_tables);
                let most = table.and_then(|table| self.tables.get(table)).map_or(0, |initial| LAID_OUT.min(*initial));
                let end = constant(offset_expr).map(|offset| offset.saturating_add(u64::from(count)));
                self.computes_elements |= !are_functions || end.is_none_or(|end| end > most);
                if !self.computes_elements {
                    return Ok(());
                }
                size += cost(offset_expr);
            }
        }
        self.add(size);
        Ok(())
    }
}

/// Returns what computing an expression takes, in elements.
fn cost(expression: &ConstExpr<'_>) -> usize {
    expression.get_binary_reader().bytes_remaining().div_ceil(4)
}

/// Returns the value of an expression that is a number, as an offset if it can be one; `None` for one that has to be computed.
fn constant(expression: &ConstExpr<'_>) -> Option<u64> {
    let mut operators = expression.get_operators_reader();
    let value = match operators.read().ok()? {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        Operator::F32Const { .. } | Operator::F64Const { .. } => u64::MAX,
        #[cfg(feature = "simd")]
        Operator::V128Const { .. } => u64::MAX,
        _ => return None,
    };
    matches!(operators.read(), Ok(Operator::End)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of(fields: &str) -> usize {
        let module = format!("(module (import \"\" \"g\" (global $g i32)) {fields} (func $f))");
        Startup::of(&wat::parse_str(module).unwrap()).unwrap()
    }

    #[test]
    fn what_is_constant_takes_nothing() {
        let constant =
            "(global i32 (i32.const 5)) (global (mut v128) (v128.const i64x2 1 2)) (memory 1) (data (i32.const 9) \"a\")
            (data \"passive\") (table 9 funcref) (elem (i32.const 7) $f $f) (elem declare func $f)";
        assert_eq!(size_of(constant), 0);
    }

    #[test]
    fn what_is_computed_takes_as_much_as_its_code() {
        for (fields, size) in [
            ("(global i32 (i32.add (i32.const 1) (i32.const 2)))", 5),
            ("(global i32 (global.get $g)) (global funcref (ref.func $f))", 8),
            ("(memory 1) (data (global.get $g) \"a\")", 5),
            ("(memory 1) (data (global.get $g) \"a\") (data (i32.const 9) \"a\")", 10),
            ("(memory 1) (data (i32.const 9) \"a\") (data (i32.const 65536) \"a\")", 11),
            ("(memory 400) (data (i32.const 0) \"a\") (data (i32.const 16777215) \"a\")", 11),
            ("(memory 400) (data (i32.const 0) \"a\") (data (i32.const 16777213) \"a\")", 16383),
            ("(memory 1) (memory 1) (data (memory 1) (i32.const 0) \"a\") (data (memory 1) (i32.const 4096) \"a\")", 4),
            ("(elem func $f $f $f)", 7),
            ("(table 9 funcref) (elem (global.get $g) $f $f)", 7),
            ("(table 9 funcref) (elem (i32.const 8) $f $f)", 7),
            ("(table 9 funcref) (elem (i32.const 0) funcref (ref.func $f))", 6),
            ("(table 9 funcref) (elem (global.get $g) func) (elem (i32.const 0) $f $f)", 12),
            ("(table 9 funcref) (elem (i32.const 0) $f $f) (elem (global.get $g) func)", 5),
            ("(table 2000000 funcref) (elem (i32.const 1048575) $f)", 0),
            ("(table 2000000 funcref) (elem (i32.const 1048575) $f $f)", 8),
        ] {
            assert_eq!(size_of(fields), size, "{fields}");
        }
    }
}
