//! The name section of a module, which compilers write, and which nobody has checked.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use wasmparser::{BinaryReader, BinaryReaderError, Name, NameSectionReader};

/// Some names of a module.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names<'a> {
    pub module: &'a str,
    pub functions: BTreeMap<u32, &'a str>,
}

impl<'a> Names<'a> {
    /// Reads the names of the module and of these functions, as far as the section is valid. Nothing is kept of others: there may
    /// be millions.
    pub fn new(section: &'a [u8], functions: &[u32]) -> Self {
        let mut names = Self::default();
        let _ = names.read(section, functions);
        names
    }

    /// Returns the name of a function; empty if it has none.
    pub fn of(&self, function: u32) -> &'a str {
        self.functions.get(&function).copied().unwrap_or_default()
    }

    fn read(&mut self, section: &'a [u8], functions: &[u32]) -> Result<(), BinaryReaderError> {
        for part in NameSectionReader::new(BinaryReader::new(section, 0)) {
            match part? {
                Name::Module { name, .. } => self.module = name,
                Name::Function(names) => {
                    for naming in names {
                        let naming = naming?;
                        if functions.contains(&naming.index) {
                            self.functions.insert(naming.index, naming.name);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::{Parser, Payload};

    fn section(wasm: &[u8]) -> &[u8] {
        let payloads = Parser::new(0).parse_all(wasm).map(Result::unwrap);
        let mut found = payloads.filter_map(|payload| match payload {
            Payload::CustomSection(section) if section.name() == "name" => Some(section.data()),
            _ => None,
        });
        found.next().expect("it has names")
    }

    #[test]
    fn names_are_found_as_far_as_they_are_valid() {
        let wasm = wat::parse_str("(module $m (func $a) (func) (func $c (local $x i32)))").unwrap();
        let whole = section(&wasm);
        let names = Names::new(whole, &[0, 2, 9]);
        assert_eq!((names.module, names.functions.into_iter().collect::<Vec<_>>()), ("m", vec![(0, "a"), (2, "c")]));
        for end in 0..whole.len() {
            let _ = Names::new(&whole[..end], &[0, 1, 2]);
        }
        assert_eq!(Names::new(&whole[..3], &[0]).functions.len(), 0);
        assert_eq!(Names::new(&[0xff; 100], &[0]), Names::default());
    }
}
