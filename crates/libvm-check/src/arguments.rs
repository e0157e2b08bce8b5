//! Arguments of functions: usual ones, edge cases, and such as only an attacker passes.
#![forbid(unsafe_code)]

use crate::guest::MEMORY;
use libvm_abi::{Ref, Value};
use std::ops::Range;

/// A parameter of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    I32,
    I64,
    F32,
    F64,
    V128,
    ExternRef,
    FuncRef,
    /// A string that ends with NUL.
    Text,
    /// A buffer, and whether the function may write it.
    Buffer {
        writes: bool,
    },
}

/// A parsed signature.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    pub parameters: Vec<Parameter>,
    pub results: Vec<Parameter>,
}

impl Signature {
    /// Reads a signature that libvm has accepted.
    pub fn parse(text: &str) -> Self {
        let (parameters, results) = text.trim_start_matches('(').split_once(')').unwrap_or((text, ""));
        Self { parameters: letters(parameters), results: letters(results) }
    }
}

fn letters(text: &str) -> Vec<Parameter> {
    let of = |letter: char| {
        Some(match letter {
            'i' => Parameter::I32,
            'I' => Parameter::I64,
            'f' => Parameter::F32,
            'F' => Parameter::F64,
            'v' => Parameter::V128,
            'r' => Parameter::ExternRef,
            'c' => Parameter::FuncRef,
            '$' => Parameter::Text,
            '<' => Parameter::Buffer { writes: false },
            '>' | '*' => Parameter::Buffer { writes: true },
            _ => return None,
        })
    };
    text.chars().filter_map(of).collect()
}

/// An argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    V128(u128),
    Null(Parameter),
    /// A function of the guest.
    Callback,
    /// A string that ends with NUL, or does not: its address, and what it is.
    Text(u32, &'static str),
    /// A buffer: address, size, and what it is.
    Buffer(u32, u32, &'static str),
}

const END: u32 = MEMORY as u32;
const HELLO: u32 = 0x200;
const NOT_UTF8: u32 = 0x300;
const FORMAT: u32 = 0x400;
const EMPTY: u32 = 0x100;
const LONG: u32 = 0x4000;
const LONG_SIZE: u32 = 0x4000;
const MIDDLE: u32 = 0x2000;

/// Returns the contents of the guest's memory. The letter fills what has no other contents.
pub fn image(letter: u8) -> Vec<u8> {
    let mut bytes = vec![letter; MEMORY];
    let mut put = |address: u32, text: &[u8]| bytes[address as usize..address as usize + text.len()].copy_from_slice(text);
    put(EMPTY, b"\0");
    put(HELLO, b"hello\0");
    put(NOT_UTF8, b"\xff\xfe\xc0\x80\0");
    put(FORMAT, b"%s%n%99999d/../../$(x)`;\"'\0");
    put(LONG, &[b'a'; LONG_SIZE as usize]);
    put(LONG + LONG_SIZE, b"\0");
    bytes
}

/// Returns the arguments with which a parameter is tried; the first one is the most usual.
fn choices(parameter: Parameter) -> Vec<Argument> {
    use Argument::{Buffer, Callback, F32, F64, I32, I64, Null, Text, V128};
    let ints = [1, 0, -1, 2, 7, 64, 255, 256, 65535, 65536, 131_071, 131_072, 131_073, i64::from(i32::MAX), i64::from(i32::MIN)];
    let wide = [i64::from(u32::MAX), i64::MAX, i64::MIN, i64::MAX - 1];
    match parameter {
        Parameter::I32 => ints.iter().map(|number| I32(*number as i32)).collect(),
        Parameter::I64 => ints.iter().chain(&wide).map(|number| I64(*number)).collect(),
        Parameter::F32 => {
            let numbers = [
                1.0,
                0.0,
                -0.0,
                -1.0,
                0.5,
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                f32::MAX,
                f32::MIN,
                f32::MIN_POSITIVE,
                1e-45,
            ];
            numbers.map(F32).to_vec()
        }
        Parameter::F64 => {
            let numbers = [
                1.0,
                0.0,
                -0.0,
                -1.0,
                0.5,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::MAX,
                f64::MIN,
                f64::MIN_POSITIVE,
                5e-324,
            ];
            numbers.map(F64).to_vec()
        }
        Parameter::V128 => [1, 0, u128::MAX, 1 << 127].map(V128).to_vec(),
        Parameter::ExternRef => vec![Null(parameter)],
        Parameter::FuncRef => vec![Callback, Null(parameter)],
        Parameter::Text => vec![
            Text(HELLO, "the string \"hello\""),
            Text(EMPTY, "an empty string"),
            Text(NOT_UTF8, "a string that is not UTF-8"),
            Text(FORMAT, "a string of format specifiers and shell characters"),
            Text(LONG, "a string of 16,384 bytes"),
            Text(END - 4, "a string without NUL at the end of the memory"),
            Text(END, "an address after the memory"),
            Text(u32::MAX, "the address -1"),
        ],
        Parameter::Buffer { .. } => vec![
            Buffer(HELLO, 5, "a buffer of 5 bytes, \"hello\""),
            Buffer(0, 0, "an empty buffer"),
            Buffer(MIDDLE, 64, "a buffer of 64 bytes"),
            Buffer(MIDDLE + 8, 64, "a buffer of 64 bytes that overlaps another one"),
            Buffer(MIDDLE, 1, "a buffer of 1 byte"),
            Buffer(HELLO, 6, "a buffer with a NUL"),
            Buffer(NOT_UTF8, 4, "a buffer that is not UTF-8"),
            Buffer(FORMAT, 26, "a buffer of format specifiers and shell characters"),
            Buffer(END - 16, 16, "a buffer of 16 bytes at the end of the memory"),
            Buffer(END - 1, 1, "the last byte of the memory"),
            Buffer(END, 0, "an empty buffer after the memory"),
            Buffer(LONG, LONG_SIZE, "a buffer of 16,384 bytes"),
            Buffer(0, END, "a buffer of the whole memory"),
            Buffer(END - 8, 16, "a buffer that ends after the memory"),
            Buffer(END, 1, "a buffer after the memory"),
            Buffer(u32::MAX, u32::MAX, "a buffer at -1 of the size -1"),
        ],
    }
}

impl Argument {
    /// Appends the wasm values.
    pub fn values(&self, callback: Ref, made: &mut Vec<Value>) {
        let number = |number: u32| Value::i32(number as i32);
        match *self {
            Self::I32(value) => made.push(Value::i32(value)),
            Self::I64(value) => made.push(Value::i64(value)),
            Self::F32(value) => made.push(Value::f32_bits(value.to_bits())),
            Self::F64(value) => made.push(Value::f64_bits(value.to_bits())),
            Self::V128(value) => made.push(Value::v128(value)),
            Self::Null(Parameter::FuncRef) => made.push(Value::func_ref(Ref::default())),
            Self::Null(_) => made.push(Value::extern_ref(Ref::default())),
            Self::Callback => made.push(Value::func_ref(callback)),
            Self::Text(address, _) => made.push(number(address)),
            Self::Buffer(address, size, _) => made.extend([number(address), number(size)]),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::I32(value) => value.to_string(),
            Self::I64(value) => value.to_string(),
            Self::F32(value) => format!("{value:?}"),
            Self::F64(value) => format!("{value:?}"),
            Self::V128(value) => format!("{value:#x}"),
            Self::Null(_) => "null".to_owned(),
            Self::Callback => "a function of the guest".to_owned(),
            Self::Text(_, what) | Self::Buffer(_, _, what) => (*what).to_owned(),
        }
    }

    /// Returns the range of a buffer that lies in the memory.
    pub fn range(&self) -> Option<Range<usize>> {
        let Self::Buffer(address, size, _) = *self else { return None };
        let (first, size) = (address as usize, size as usize);
        (first + size <= MEMORY).then(|| first..first + size)
    }
}

/// Formats arguments for a message.
pub fn show(arguments: &[Argument]) -> String {
    arguments.iter().map(Argument::show).collect::<Vec<_>>().join(", ")
}

/// Returns the usual arguments of a signature.
pub fn usual(signature: &Signature) -> Vec<Argument> {
    signature.parameters.iter().map(|parameter| choices(*parameter)[0]).collect()
}

/// Returns up to `most` lists of arguments: first the usual ones, then each parameter with each of its choices, then all parameters with
/// the same choice, then mixtures, which are the same each time.
pub fn cases(signature: &Signature, most: usize) -> Vec<Vec<Argument>> {
    let lists: Vec<Vec<Argument>> = signature.parameters.iter().map(|parameter| choices(*parameter)).collect();
    let usual = usual(signature);
    let mut made = vec![usual.clone()];
    for (place, list) in lists.iter().enumerate() {
        for choice in &list[1..] {
            let mut case = usual.clone();
            case[place] = *choice;
            made.push(case);
        }
    }
    if lists.len() > 1 {
        let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
        for index in 1..longest {
            made.push(lists.iter().map(|list| list[index % list.len()]).collect());
        }
        let possible = lists.iter().fold(1_usize, |product, list| product.saturating_mul(list.len()));
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in made.len()..possible.min(most) {
            made.push(lists.iter().map(|list| list[next(list.len())]).collect());
        }
    }
    made.truncate(most.max(1));
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read() {
        let signature = Signature::parse("(<~i>~$*~vrc)iF");
        assert_eq!(signature.parameters.len(), 8);
        assert_eq!(signature.parameters[2], Parameter::Buffer { writes: true });
        assert_eq!(signature.results, [Parameter::I32, Parameter::F64]);
        assert!(Signature::parse("()").parameters.is_empty());
    }

    #[test]
    fn cases_begin_with_the_usual_ones_and_end_in_time() {
        let signature = Signature::parse("(<~>~i)i");
        let made = cases(&signature, 250);
        assert_eq!(made.len(), 250);
        assert_eq!(show(&made[0]), "a buffer of 5 bytes, \"hello\", a buffer of 5 bytes, \"hello\", 1");
        assert!(made.iter().any(|case| show(case).contains("2147483647")));
        assert_eq!(cases(&signature, 250).len(), made.len());
        assert_eq!(cases(&Signature::parse("()i"), 250).len(), 1);
    }

    #[test]
    fn strings_lie_in_the_memory() {
        let bytes = image(b'x');
        let text = |address: u32| &bytes[address as usize..];
        assert!(text(HELLO).starts_with(b"hello\0") && text(END - 4) == b"xxxx");
        assert!(std::str::from_utf8(&text(NOT_UTF8)[..4]).is_err());
    }
}
