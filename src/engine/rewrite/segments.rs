//! Active segments in a function: wasmi applies them before the instance is complete, and when a later one does not fit, functions that
//! an earlier one wrote to an imported table are left without an instance. Applied by a function, they have one.
#![forbid(unsafe_code)]

use super::shape::Shape;
use wasm_encoder::{ConstExpr, DataSection, ElementSection, Elements, Function, Instruction, RefType};
use wasmparser::{
    BinaryReaderError, ConstExpr as Expression, DataKind, DataSectionReader, ElementItems, ElementKind, ElementSectionReader,
};

/// The segments of a module as passive ones, and the function that applies them.
pub struct Segments {
    pub elements: ElementSection,
    pub data: DataSection,
    pub function: Function,
}

impl Segments {
    /// Changes the segments of a module.
    ///
    /// # Errors
    /// Those of reading a module that is not valid.
    pub fn new(shape: &Shape<'_>) -> Result<Self, BinaryReaderError> {
        let mut segments = Self { elements: ElementSection::new(), data: DataSection::new(), function: Function::new([]) };
        if let Some(elements) = &shape.elements {
            segments.add_elements(elements)?;
        }
        if let Some(data) = &shape.data {
            segments.add_data(data)?;
        }
        segments.function.instruction(&Instruction::End);
        Ok(segments)
    }

    fn add_elements(&mut self, elements: &ElementSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for (segment, element) in elements.clone().into_iter().enumerate() {
            let element = element?;
            let (items, count) = match element.items {
                ElementItems::Functions(functions) => {
                    let count = functions.count();
                    (Elements::Functions(functions.into_iter().collect::<Result<Vec<_>, _>>()?.into()), count)
                }
                ElementItems::Expressions(ty, items) => {
                    let count = items.count();
                    let ty = if ty.is_extern_ref() { RefType::EXTERNREF } else { RefType::FUNCREF };
                    let items = items.into_iter().map(|item| item.map(|item| ConstExpr::raw(code_of(&item).iter().copied())));
                    (Elements::Expressions(ty, items.collect::<Result<Vec<_>, _>>()?.into()), count)
                }
            };
            match element.kind {
                ElementKind::Declared => _ = self.elements.declared(items),
                ElementKind::Passive => _ = self.elements.passive(items),
                ElementKind::Active { table_index, offset_expr } => {
                    self.elements.passive(items);
                    self.place(&offset_expr, count);
                    let (elem_index, table) = (segment as u32, table_index.unwrap_or_default());
                    self.function.instruction(&Instruction::TableInit { elem_index, table });
                    self.function.instruction(&Instruction::ElemDrop(elem_index));
                }
            }
        }
        Ok(())
    }

    fn add_data(&mut self, data: &DataSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for (segment, data) in data.clone().into_iter().enumerate() {
            let data = data?;
            self.data.passive(data.data.iter().copied());
            if let DataKind::Active { memory_index, offset_expr } = data.kind {
                self.place(&offset_expr, data.data.len() as u32);
                let data_index = segment as u32;
                self.function.instruction(&Instruction::MemoryInit { mem: memory_index, data_index });
                self.function.instruction(&Instruction::DataDrop(data_index));
            }
        }
        Ok(())
    }

    /// Pushes where a segment goes to, and that all of it does.
    fn place(&mut self, offset: &Expression<'_>, count: u32) {
        self.function.raw(code_of(offset).iter().copied());
        self.function.instruction(&Instruction::I32Const(0)).instruction(&Instruction::I32Const(count as i32));
    }

    /// Returns the number of data segments, if there are any: it has to precede the code.
    pub fn data_count(&self) -> Option<u32> {
        Some(self.data.len()).filter(|count| *count > 0)
    }
}

/// Returns the instructions of a constant expression without its `end`.
fn code_of<'a>(expression: &Expression<'a>) -> &'a [u8] {
    let mut reader = expression.get_binary_reader();
    let size = reader.bytes_remaining();
    reader.read_bytes(size).map_or(&[], |code| code.strip_suffix(&[0x0b]).unwrap_or(code))
}
