//! Arguments and results of functions, as text.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::text;
use serde_json::json;
use vm::{ValType, Value};

/// Reads the arguments of a function.
///
/// # Errors
/// Another number of arguments; text that is no value of its parameter's type.
pub fn parse(function: &str, types: &[ValType], words: &[&str]) -> Result<Vec<Value>, Failure> {
    let name = text::name(function);
    if types.len() != words.len() {
        let list = types.iter().map(ValType::to_string).collect::<Vec<_>>().join(" ");
        let takes = match types.len() {
            0 => "no arguments".to_owned(),
            1 => format!("1 argument ({list})"),
            count => format!("{count} arguments ({list})"),
        };
        return Err(Failure::new(Exit::USAGE, format!("`{name}` takes {takes}, and got {}", words.len())));
    }
    let read = |(index, (ty, word)): (usize, (&ValType, &&str))| {
        value(*ty, word).ok_or_else(|| {
            let message =
                format!("argument {} of `{name}` is \"{}\", which is not {}", index + 1, text::name(word), expected(*ty));
            Failure::new(Exit::USAGE, message)
        })
    };
    types.iter().zip(words).enumerate().map(read).collect()
}

fn expected(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "an i32: an integer from -2147483648 to 4294967295, or 0x and up to 8 hexadecimal digits",
        ValType::I64 => {
            "an i64: an integer from -9223372036854775808 to 18446744073709551615, or 0x and up to 16 hexadecimal digits"
        }
        ValType::F32 => "an f32: a number as in 1.5, -2e10, inf or nan",
        ValType::F64 => "an f64: a number as in 1.5, -2e10, inf or nan",
        ValType::V128 => "a v128: 0x and up to 32 hexadecimal digits",
        ValType::FuncRef => "a funcref: only null can be passed",
        ValType::ExternRef => "an externref: only null can be passed",
    }
}

fn value(ty: ValType, word: &str) -> Option<Value> {
    Some(match ty {
        // Negative, or with the highest bit: both are the same 32 bits.
        ValType::I32 => match integer(word)? {
            number if i32::try_from(number).is_ok() => Value::I32(number as i32),
            number => Value::I32(u32::try_from(number).ok()? as i32),
        },
        ValType::I64 => match integer(word)? {
            number if i64::try_from(number).is_ok() => Value::I64(number as i64),
            number => Value::I64(u64::try_from(number).ok()? as i64),
        },
        ValType::F32 => Value::F32(word.parse().ok()?),
        ValType::F64 => Value::F64(word.parse().ok()?),
        ValType::V128 => Value::V128(hexadecimal(word)?),
        ValType::FuncRef => (word == "null").then_some(Value::FuncRef(None))?,
        ValType::ExternRef => (word == "null").then_some(Value::ExternRef(None))?,
    })
}

fn integer(word: &str) -> Option<i128> {
    let (sign, digits) = word.strip_prefix('-').map_or((1, word), |digits| (-1, digits));
    match hexadecimal(digits) {
        Some(number) => i128::try_from(number).ok().map(|number| sign * number),
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse::<i128>().ok().map(|number| sign * number),
        None => None,
    }
}

fn hexadecimal(word: &str) -> Option<u128> {
    let digits = word.strip_prefix("0x")?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u128::from_str_radix(digits, 16).ok())?
}

/// Returns a result as a line has it.
pub fn text(value: &Value) -> String {
    match value {
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::F32(value) => value.to_string(),
        Value::F64(value) => value.to_string(),
        Value::V128(value) => format!("{value:#034x}"),
        Value::FuncRef(None) | Value::ExternRef(None) => "null".into(),
        Value::FuncRef(Some(_)) => "funcref".into(),
        Value::ExternRef(Some(_)) => "externref".into(),
    }
}

/// Returns a result with its type; what JSON has no number for is a string.
pub fn json(value: &Value) -> serde_json::Value {
    let shown = match value {
        Value::I32(value) => json!(value),
        Value::I64(value) => json!(value),
        Value::F32(number) if number.is_finite() => json!(number),
        Value::F64(number) if number.is_finite() => json!(number),
        Value::FuncRef(None) | Value::ExternRef(None) => serde_json::Value::Null,
        other => json!(text(other)),
    };
    json!({ "type": value.ty().to_string(), "value": shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_type() {
        let cases = [
            (ValType::I32, "4294967295", Some(Value::I32(-1))),
            (ValType::I32, "-2147483648", Some(Value::I32(i32::MIN))),
            (ValType::I32, "0xffFFffff", Some(Value::I32(-1))),
            (ValType::I32, "-0x10", Some(Value::I32(-16))),
            (ValType::I32, "4294967296", None),
            (ValType::I32, "-2147483649", None),
            (ValType::I32, "+1", None),
            (ValType::I32, "--1", None),
            (ValType::I32, "", None),
            (ValType::I32, "0x", None),
            (ValType::I64, "18446744073709551615", Some(Value::I64(-1))),
            (ValType::I64, "18446744073709551616", None),
            (ValType::I64, "999999999999999999999999999999999999999999", None),
            (ValType::F32, "-inf", Some(Value::F32(f32::NEG_INFINITY))),
            (ValType::F64, "1e400", Some(Value::F64(f64::INFINITY))),
            (ValType::F64, "1,5", None),
            (ValType::V128, "0x1", Some(Value::V128(1))),
            (ValType::V128, "1", None),
            (ValType::FuncRef, "null", Some(Value::FuncRef(None))),
            (ValType::ExternRef, "1", None),
        ];
        for (ty, word, expected) in cases {
            assert_eq!(value(ty, word), expected, "{ty} {word}");
        }
        assert_eq!(text(&Value::V128(255)), "0x000000000000000000000000000000ff");
        assert_eq!(json(&Value::F64(f64::NAN)), json!({ "type": "f64", "value": "NaN" }));
    }
}
