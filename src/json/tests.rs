#![forbid(unsafe_code)]

use super::Json;
use crate::limits::MAX_JSON_DEPTH;
use libvm_abi as abi;

fn read(text: &str) -> Json {
    Json::parse(text.as_bytes(), "x.json", abi::STATUS_IO).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(bytes: &[u8]) -> String {
    let error = Json::parse(bytes, "x.json", abi::STATUS_IO).expect_err(&String::from_utf8_lossy(bytes));
    assert_eq!(error.status(), abi::STATUS_IO);
    error.message().to_owned()
}

#[test]
fn every_kind_of_value_is_read() {
    let made = read(
        "\u{feff}{\"a\": [1, -2, 0, 1.5, 1e3, -0.5E-2, 9223372036854775807, 9223372036854775808],\n\t\"b\": true, \"c\": false,\r\n\"d\": null,\
         \"e\": \"\", \"\": {}, \"f\": [ ]}",
    );
    let numbers = [
        Json::Integer(1),
        Json::Integer(-2),
        Json::Integer(0),
        Json::Float(1.5),
        Json::Float(1000.0),
        Json::Float(-0.005),
        Json::Integer(i64::MAX),
        Json::Float(9_223_372_036_854_775_808.0),
    ];
    assert_eq!(made.get("a").and_then(Json::list), Some(&numbers[..]));
    assert_eq!((made.get("b").and_then(Json::bool), made.get("c")), (Some(true), Some(&Json::Bool(false))));
    assert_eq!((made.get("d"), made.get("e").and_then(Json::text)), (Some(&Json::Null), Some("")));
    assert_eq!((made.get(""), made.get("f")), (Some(&Json::Table(vec![])), Some(&Json::List(vec![]))));
    assert_eq!((made.get("g"), read("[]").get("a"), read("7").integer()), (None, None, Some(7)));
}

#[test]
fn strings_have_escape_sequences() {
    assert_eq!(read(r#""a\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00\u0041x""#).text(), Some("a\"\\/\u{8}\u{c}\n\r\téé😀Ax"));
    assert_eq!(read("\"\u{7f}\u{2028}\"").text(), Some("\u{7f}\u{2028}"));
}

#[test]
fn what_is_wrong_is_named_with_its_position() {
    let deep = "[".repeat(MAX_JSON_DEPTH + 1);
    let long = format!("[1, {}]", "1".repeat(65));
    let cases: &[(&str, &str)] = &[
        ("", "1:1: not valid JSON: expected a value, found the end of the file"),
        (" \n é", "2:2: not valid JSON: expected a value, found `é`"),
        ("\u{1b}", "1:1: not valid JSON: expected a value, found `\\u{1b}`"),
        ("{\n  \"é\": 1,\n  \"é\": 2}", "3:3: the key `é` occurs twice"),
        ("{\"a\": 1, \"\\u0061\": 2}", "1:10: the key `a` occurs twice"),
        ("[1, 2", "1:6: not valid JSON: expected `,` or `]`, found the end of the file"),
        ("[1,]", "1:4: not valid JSON: expected a value, found `]`"),
        ("[1 2]", "1:4: not valid JSON: expected `,` or `]`, found `2`"),
        ("{\"a\" 1}", "1:6: not valid JSON: expected `:`, found `1`"),
        ("{\"a\": 1,}", "1:9: not valid JSON: expected a key in quotation marks, found `}`"),
        ("{a: 1}", "1:2: not valid JSON: expected a key"),
        ("{} {}", "1:4: not valid JSON: there is something after the end"),
        ("nul", "1:1: not valid JSON: expected a value, found `n`"),
        ("[01]", "1:2: not valid JSON: `01` is not a number"),
        ("[1.]", "1:2: not valid JSON: `1.` is not a number"),
        ("[-]", "1:2: not valid JSON: `-` is not a number"),
        ("[1e]", "1:2: not valid JSON: `1e` is not a number"),
        ("[.5]", "1:2: not valid JSON: expected a value"),
        ("[1e999]", "1:2: the number `1e999` is too large"),
        (&long, "1:5: a number has 65 characters, and may have 64"),
        (&deep, "1:33: nested more than 32 deep"),
        ("\"a\nb\"", "1:3: not valid JSON: a control character in a string"),
        ("\"ab", "1:4: not valid JSON: expected the end of a string"),
        ("\"\\x\"", "1:2: not valid JSON: an unknown escape sequence"),
        ("\"\\", "1:2: not valid JSON: an unknown escape sequence"),
        ("\"\\u12\"", "1:2: not valid JSON: an escape sequence is not a character"),
        ("\"\\u+123\"", "1:2: not valid JSON: an escape sequence is not a character"),
        ("\"\\ud800\"", "1:2: not valid JSON: an escape sequence is not a character"),
        ("\"\\ud800\\u0041\"", "1:2: not valid JSON: an escape sequence is not a character"),
        ("\"\\udc00\\ud800\"", "1:2: not valid JSON: an escape sequence is not a character"),
        ("\"a\\u0000\"", "1:3: a NUL character, which is not allowed"),
        ("'a'", "1:1: not valid JSON: expected a value, found `'`"),
        ("NaN", "1:1: not valid JSON: expected a value, found `N`"),
        ("// x\n1", "1:1: not valid JSON: expected a value, found `/`"),
    ];
    for (text, expected) in cases {
        let found = refused(text.as_bytes());
        assert!(found.starts_with(&format!("x.json:{expected}")), "{text}: \"{found}\", expected \"{expected}\"");
    }
    assert_eq!(refused(b"[\n\"\xff\"]"), "x.json:2:2: not valid UTF-8 from here on; convert the file");
    // A NUL byte outside of a string is no white space.
    assert!(refused(b"[1\0]").contains("found `\\u{0}`"));
}

#[test]
fn nesting_is_allowed_up_to_its_limit() {
    let (open, close) = ("[".repeat(MAX_JSON_DEPTH), "]".repeat(MAX_JSON_DEPTH));
    read(&format!("{open}{close}"));
    let (open, close) = ("{\"a\":".repeat(MAX_JSON_DEPTH), "}".repeat(MAX_JSON_DEPTH));
    read(&format!("{open}1{close}"));
    assert!(refused("{\"a\":[".repeat(100_000).as_bytes()).ends_with("nested more than 32 deep"));
}

#[test]
fn what_is_written_is_read_again() {
    let made = Json::table([
        ("name", "é \"quoted\" \\ \n\t\u{1}".into()),
        ("numbers", Json::List(vec![Json::Integer(i64::MIN), Json::Float(1.0), Json::Float(1e300), Json::Float(-1.5e-7)])),
        ("nothing", Json::Null),
        ("empty", Json::List(vec![])),
        ("inner", Json::table([("flag", Json::Bool(true)), ("none", Json::Table(vec![]))])),
    ]);
    let text = made.to_text();
    assert_eq!(read(&text), made, "{text}");
    assert_eq!(read(&text).to_text(), text);
    let small = Json::table([("a", Json::List(vec![Json::Integer(1), "b".into()])), ("c", Json::Table(vec![]))]);
    assert_eq!(small.to_text(), "{\n  \"a\": [\n    1,\n    \"b\"\n  ],\n  \"c\": {}\n}\n");
}

#[test]
fn values_are_shown_in_messages() {
    assert_eq!(read("[]").show(), "a list");
    assert_eq!(read("{}").show(), "an object");
    assert_eq!(read("\"x\"").show(), "the string \"x\"");
    assert_eq!((read("5").show(), read("0.5").show()), ("the integer 5".to_owned(), "the number 0.5".to_owned()));
    assert_eq!((read("true").show(), read("null").show()), ("true".to_owned(), "null".to_owned()));
}
