//! Signature strings.

use libvm_abi as abi;
use vm::host::parse_signature;
use vm::value::{Param, Signature, ValType};

/// Reads the bytes as a signature string: what is accepted must come out of its type again, the rest must be refused in words.
pub fn signature(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match parse_signature(text) {
        Ok(signature) => {
            // Which way a buffer goes is for people.
            assert_eq!(render(&signature), text.replace(['<', '>'], "*"));
            let ty = signature.func_type(false);
            assert!(ty.params.len() <= 1000 && ty.results == signature.results);
            assert_eq!(signature.func_type(true).params.len(), ty.params.len());
            assert_eq!(signature.takes_memory(), text.contains(['$', '~']));
        }
        Err(error) => {
            assert_eq!(error.status(), abi::STATUS_BAD_SIGNATURE);
            assert!(error.message().contains(" at character "), "{}", error.message());
            assert!(!is_plain(text), "{text:?} was refused: {}", error.message());
        }
    }
}

fn render(signature: &Signature) -> String {
    let params = signature.params.iter().map(|param| match param {
        Param::Value(ty) => letter(*ty),
        Param::Buffer => "*~",
        Param::Text => "$",
    });
    let results = signature.results.iter().map(|ty| letter(*ty));
    format!("({}){}", params.collect::<String>(), results.collect::<String>())
}

fn letter(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i",
        ValType::I64 => "I",
        ValType::F32 => "f",
        ValType::F64 => "F",
        ValType::V128 => "v",
        ValType::FuncRef => "c",
        ValType::ExternRef => "r",
    }
}

/// Whether the text is a signature for certain.
fn is_plain(text: &str) -> bool {
    let types = |letters: &str| letters.len() <= 1000 && letters.chars().all(|letter| "iIfFvcr".contains(letter));
    let halves = text.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    halves.is_some_and(|(params, results)| types(params) && types(results))
}
