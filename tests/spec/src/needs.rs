//! Determines the proposal that a module needs and wasmi does not support, with an independent validator.
use wasmparser::{Validator, WasmFeatures};

/// Proposals that wasmi does not support, by their names in the suite. The features are those that their modules need
/// in addition to those of an engine.
const MISSING: [(&str, WasmFeatures); 5] = [
    ("function-references", WasmFeatures::FUNCTION_REFERENCES),
    ("gc", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::GC)),
    ("exception-handling", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::EXCEPTIONS)),
    ("gc, exception-handling", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::GC).union(WasmFeatures::EXCEPTIONS)),
    ("threads", WasmFeatures::THREADS),
];

/// The features of an engine, in the validator's terms.
pub struct Features(WasmFeatures);

impl Features {
    /// Those of proposals by number.
    pub fn new(on: impl IntoIterator<Item = i32>) -> Self {
        // Externrefs need these, whether the proposal gc is on or not.
        let always = WasmFeatures::GC_TYPES;
        Self(on.into_iter().fold(always, |features, proposal| features | feature(proposal)))
    }

    /// Returns the proposal without which a module is not valid, if it is the only one.
    pub fn lacking(&self, wasm: &[u8]) -> Option<&'static str> {
        let valid = |features| Validator::new_with_features(features).validate_all(wasm).is_ok();
        if valid(self.0) {
            return None;
        }
        MISSING.iter().find(|(_, features)| valid(self.0 | *features)).map(|(name, _)| *name)
    }
}

/// Returns the validator's flag for `VM_PROPOSAL_*`.
fn feature(proposal: i32) -> WasmFeatures {
    match proposal {
        0 => WasmFeatures::MUTABLE_GLOBAL,
        1 => WasmFeatures::SIGN_EXTENSION,
        2 => WasmFeatures::SATURATING_FLOAT_TO_INT,
        3 => WasmFeatures::MULTI_VALUE,
        4 => WasmFeatures::MULTI_MEMORY,
        5 => WasmFeatures::BULK_MEMORY,
        6 => WasmFeatures::REFERENCE_TYPES,
        7 => WasmFeatures::TAIL_CALL,
        8 => WasmFeatures::EXTENDED_CONST,
        9 => WasmFeatures::CUSTOM_PAGE_SIZES,
        10 => WasmFeatures::MEMORY64,
        11 => WasmFeatures::WIDE_ARITHMETIC,
        12 => WasmFeatures::SIMD,
        13 => WasmFeatures::RELAXED_SIMD,
        14 => WasmFeatures::FLOATS,
        other => unreachable!("the library has no proposal {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_lacks_what_it_uses() {
        let lacking = |text: &str| {
            let buffer = wast::parser::ParseBuffer::new(text).unwrap();
            let wasm = wast::parser::parse::<wast::Wat>(&buffer).unwrap().encode().unwrap();
            Features::new([0, 3, 5, 6, 14]).lacking(&wasm)
        };
        assert_eq!(lacking("(module (func (param externref) (result i32 i32) unreachable))"), None);
        assert_eq!(lacking("(module (func (result i32)))"), None, "not valid in any case");
        assert_eq!(lacking("(module (type $f (func)) (func (param (ref $f))))"), Some("function-references"));
        assert_eq!(lacking("(module (type (struct)))"), Some("gc"));
        assert_eq!(lacking("(module (tag))"), Some("exception-handling"));
        assert_eq!(lacking("(module (memory 1 1 shared))"), Some("threads"));
        assert_eq!(lacking("(module (memory i64 1))"), None, "wasmi has it");
    }
}
