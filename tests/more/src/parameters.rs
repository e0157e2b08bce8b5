//! The parameter compilers, and the functions that use what they make.
use crate::{Counted, More};
use libvm_plugin::{Compiler, Compilers, Error, Parameter, ParameterError, Result, status};
use std::sync::atomic::AtomicI32;

/// The words that exist.
pub static WORDS: AtomicI32 = AtomicI32::new(0);

/// A word of small letters.
pub struct Word {
    letters: String,
    _counted: Counted,
}

/// A number.
pub struct Number(i64);

fn word(bytes: &[u8]) -> Result<Word, ParameterError> {
    match bytes {
        b"status" => return Err(Error::with_status(status::USER - 3, "words are out today").into()),
        b"plain" => return Err(ParameterError::new("not this word")),
        b"panic" => panic!("help"),
        _ => {}
    }
    if let Some(position) = bytes.iter().position(|byte| !byte.is_ascii_lowercase()) {
        return Err(ParameterError::at(position, "a word has small letters only"));
    }
    Ok(Word { letters: String::from_utf8(bytes.to_vec())?, _counted: Counted::new(&WORDS) })
}

fn parse(bytes: &[u8]) -> Result<Number, ParameterError> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.starts_with('+'));
    let number = text.and_then(|text| text.parse().ok());
    number.map(Number).ok_or_else(|| ParameterError::at(0, "not a number"))
}

impl Compilers for More {
    fn compilers() -> Vec<Compiler<Self>> {
        vec![Compiler::new("word", word).describe("A word of small letters"), Compiler::new("number", parse)]
    }
}

pub fn length(_: &More, word: Parameter<'_, Word>) -> u32 {
    word.letters.len() as u32
}

pub fn letter(_: &More, word: Parameter<'_, Word>, index: u32) -> Result<u32> {
    let letter = word.letters.as_bytes().get(index as usize);
    letter.map(|letter| u32::from(*letter)).ok_or_else(|| Error::new("no such letter"))
}

pub fn number(_: &More, number: Parameter<'_, Number>) -> i64 {
    number.0
}

pub fn both(_: &More, number: Parameter<'_, Number>, word: Parameter<'_, Word>) -> i64 {
    number.0 + word.letters.len() as i64
}
