//! Start functions as exports, so that an instance is complete when its start function runs, and that this is a call like any other.
#![forbid(unsafe_code)]

use wasm_encoder::{Encode, ExportKind, ExportSection, Module, RawSection, SectionId};
use wasmparser::{BinaryReader, BinaryReaderError, Parser, Payload};

/// Returns the module with an export of its start function, in place of the start section.
///
/// # Errors
/// Those of reading a module that is not valid.
pub fn export_start(wasm: &[u8], function: u32, name: &str) -> Result<Vec<u8>, BinaryReaderError> {
    let mut module = Module::new();
    let mut has_exports = false;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        let data = &wasm[range];
        match payload {
            Payload::ExportSection(exports) => {
                has_exports = true;
                let mut all = Vec::with_capacity(data.len() + name.len() + 10);
                (exports.count() + 1).encode(&mut all);
                let mut reader = BinaryReader::new(data, 0);
                reader.read_var_u32()?;
                all.extend(&data[reader.current_position()..]);
                name.encode(&mut all);
                ExportKind::Func.encode(&mut all);
                function.encode(&mut all);
                module.section(&RawSection { id: SectionId::Export.into(), data: &all });
            }
            // It comes after the exports.
            Payload::StartSection { .. } if has_exports => {}
            Payload::StartSection { .. } => {
                module.section(ExportSection::new().export(name, ExportKind::Func, function));
            }
            _ => {
                module.section(&RawSection { id, data });
            }
        }
    }
    Ok(module.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the exports of the module after its function 1, which it starts with, was exported as `begin`.
    fn exports(text: &str) -> Vec<(String, u32)> {
        let wasm = wat::parse_str(text).unwrap();
        let rewritten = export_start(&wasm, 1, "begin").unwrap();
        wasmparser::Validator::new().validate_all(&rewritten).unwrap();
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(&rewritten) {
            match payload.unwrap() {
                Payload::StartSection { .. } => panic!("it still has a start section"),
                Payload::ExportSection(exports) => {
                    found.extend(
                        exports.into_iter().map(|export| export.unwrap()).map(|export| (export.name.to_owned(), export.index)),
                    );
                }
                _ => {}
            }
        }
        found
    }

    #[test]
    fn the_start_function_becomes_an_export() {
        let text = |items: &str| {
            format!("(module (func) (func $s) (start $s) (table 1 funcref) (elem (i32.const 0) 0) (@custom \"x\" \"y\") {items})")
        };
        assert_eq!(exports(&text("")), [("begin".to_owned(), 1)]);
        assert_eq!(exports(&text("(export \"a\" (func 0))")), [("a".to_owned(), 0), ("begin".to_owned(), 1)]);
    }

    #[test]
    fn other_sections_stay_as_they_are() {
        let text = "(module (@custom \"first\" \"1\") (import \"m\" \"f\" (func)) (memory 1) (func $s) (start $s) (data (i32.const 0) \"abc\") (@custom \"last\" \"2\"))";
        let wasm = wat::parse_str(text).unwrap();
        let sections = |wasm: &[u8]| {
            let payloads = Parser::new(0).parse_all(wasm).map(Result::unwrap);
            let sections = payloads.filter_map(|payload| payload.as_section()).filter(|(id, _)| ![7, 8].contains(id));
            sections.map(|(id, range)| (id, wasm[range].to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(sections(&wasm), sections(&export_start(&wasm, 1, "").unwrap()));
    }
}
