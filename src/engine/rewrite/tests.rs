//! Tests of the rewriting: what is written is valid, and is what was asked for.
#![forbid(unsafe_code)]

use super::*;
use wasmparser::{ExternalKind, Parser, Payload, Validator};

const NOTHING: Plan<'static> = Plan { start: None, segments: None, split_table_grow: false, record: None };

/// Rewrites a module in the text format, and checks that the result is valid.
fn rewritten(text: &str, plan: &Plan<'_>) -> Rewritten {
    let wasm = wat::parse_str(text).unwrap();
    let rewritten = rewrite(&wasm, plan).unwrap().expect("there is something to change");
    Validator::new().validate_all(&rewritten.wasm).unwrap_or_else(|error| panic!("{error}: {text}"));
    rewritten
}

fn exports(wasm: &[u8]) -> Vec<(String, ExternalKind, u32)> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(exports) = payload.unwrap() {
            found.extend(
                exports.into_iter().map(Result::unwrap).map(|export| (export.name.to_owned(), export.kind, export.index)),
            );
        }
    }
    found
}

/// Returns the sections but those with these numbers.
fn sections(wasm: &[u8], except: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let payloads = Parser::new(0).parse_all(wasm).map(Result::unwrap);
    let sections = payloads.filter_map(|payload| payload.as_section()).filter(|(id, _)| !except.contains(id));
    sections.map(|(id, range)| (id, wasm[range].to_vec())).collect()
}

#[test]
fn hidden_names_are_unused() {
    assert_eq!(unused_name("start", &["start", "", "\0"]), "\0start");
    assert_eq!(unused_name("start", &["\0start\0", "\0start"]), "\0start\0\0");
}

#[test]
fn nothing_is_rewritten_without_need() {
    let wasm = wat::parse_str("(module (table 1 funcref) (func))").unwrap();
    assert!(rewrite(&wasm, &NOTHING).unwrap().is_none());
    assert!(rewrite(&wasm, &Plan { split_table_grow: true, ..NOTHING }).unwrap().is_none());
    let no_code = wat::parse_str("(module (memory 1))").unwrap();
    assert!(rewrite(&no_code, &Plan { record: Some(Record { module: 1, metered: false }), ..NOTHING }).unwrap().is_none());
}

#[test]
fn the_start_function_becomes_an_export() {
    let begin = |items: &str| {
        let text = format!(
            "(module (@custom \"first\" \"1\") (import \"m\" \"f\" (func)) (memory 1) (func $s) (start $s) (table 1 funcref)
                (elem (i32.const 0) 0) (data (i32.const 0) \"abc\") (@custom \"last\" \"2\") {items})"
        );
        let rewritten = rewritten(&text, &Plan { start: Some((1, "begin")), ..NOTHING }).wasm;
        assert!(Parser::new(0).parse_all(&rewritten).all(|payload| !matches!(payload, Ok(Payload::StartSection { .. }))));
        assert_eq!(sections(&wat::parse_str(text).unwrap(), &[7, 8]), sections(&rewritten, &[7]));
        exports(&rewritten)
    };
    let start = ("begin".to_owned(), ExternalKind::Func, 1);
    assert_eq!(begin(""), std::slice::from_ref(&start));
    assert_eq!(begin("(export \"a\" (func 0))"), [("a".to_owned(), ExternalKind::Func, 0), start]);
}

#[test]
fn table_grow_has_a_function_of_its_own() {
    let text = "(module
        (import \"m\" \"f\" (func)) (import \"m\" \"t\" (table 1 externref)) (table 1 funcref) (table 0 funcref)
        (func (param i32) (result i32) (table.grow 1 (ref.null func) (local.get 0)))
        (func (param i32) (result i32) (i32.add (table.grow 0 (ref.null extern) (local.get 0)) (table.grow 1 (ref.null func) (local.get 0)))))";
    let rewritten = rewritten(text, &Plan { split_table_grow: true, ..NOTHING }).wasm;
    let mut grows = Vec::new();
    for payload in Parser::new(0).parse_all(&rewritten) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            let operators = body.get_operators_reader().unwrap().into_iter().map(Result::unwrap);
            let name = |operator: wasmparser::Operator<'_>| format!("{operator:?}");
            grows.push(operators.map(name).filter(|name| name.contains("Grow") || name.contains("Call")).collect::<Vec<_>>());
        }
    }
    let call = |index: u32| format!("Call {{ function_index: {index} }}");
    let grow = |index: u32| format!("TableGrow {{ table: {index} }}");
    assert_eq!(grows, [vec![call(3)], vec![call(4), call(3)], vec![grow(1)], vec![grow(0)]]);
}

#[test]
fn recording_renumbers_globals_and_imports_memories() {
    let text = "(module
        (import \"m\" \"g\" (global $imported i32)) (import \"m\" \"memory\" (memory 1))
        (memory $own 2 3) (global $one (export \"one\") (mut i32) (global.get $imported)) (global $two (mut i64) (i64.const 2))
        (export \"own\" (memory $own)) (export \"imported\" (global $imported))
        (func $f (result i32) (global.set $one (i32.const 7)) (drop (global.get $two)) (global.get $imported))
        (func (export \"run\") (result i32) (i32.load $own (call $f))) (data (memory $own) (i32.const 0) \"abc\"))";
    let plan = Plan { record: Some(Record { module: 9, metered: false }), ..NOTHING };
    let Rewritten { wasm, recorded } = rewritten(text, &plan);
    let recorded = recorded.unwrap();
    assert_eq!((recorded.module, recorded.memories.len(), recorded.imported_functions, recorded.bodies.len()), (9, 1, 0, 2));
    assert_eq!(
        exports(&wasm),
        [
            ("one".to_owned(), ExternalKind::Global, 3),
            ("own".to_owned(), ExternalKind::Memory, 1),
            ("imported".to_owned(), ExternalKind::Global, 0),
            ("run".to_owned(), ExternalKind::Func, 1)
        ]
    );
}

#[test]
fn recording_fits_every_kind_of_control_flow() {
    let bodies = [
        "(call 0)",
        "(block (br_if 0 (call 1)) (call 0)) (drop (call 1))",
        "(loop $l (call 0) (br_if $l (call 1)) (call 0)) (unreachable)",
        "(if (call 1) (then (call 0)) (else (nop))) (drop (i32.load (i32.const 0)))",
        "(block $b (block $a (br_table $a $b (call 1))) (call 0) (return)) (drop (i32.div_s (call 1) (call 1)))",
        "(loop $l (block $b (call 0) (br_table $l $b (call 1)))) (return_call 0)",
        "(call 0) (return_call_indirect (i32.const 0))",
        "(call_indirect (i32.const 0)) (return) (call 0) (drop (i32.load (i32.const 0)))",
        "(br 0) (call 0)",
        "(unreachable) (drop (call_indirect (result i32)))",
        "(i32.store (call 1) (call 1)) (memory.fill (i32.const 0) (call 1) (call 1)) (drop (memory.grow (call 1)))",
        "(drop (v128.load (call 1))) (drop (i32.trunc_f32_s (f32.const 1)))",
    ];
    for body in bodies {
        for metered in [false, true] {
            let plan = Plan {
                record: Some(Record { module: u32::MAX, metered }),
                start: Some((0, "\0")),
                segments: None,
                split_table_grow: true,
            };
            let text =
                format!("(module (func (start 0)) (func (result i32) (i32.const 0)) (func {body}) (memory 1) (table 1 funcref))");
            rewritten(&text.replace("(start 0)", "").replace("(memory 1)", "(memory 1) (start 0)"), &plan);
        }
    }
}

#[test]
fn segments_are_applied_by_a_function() {
    let text = "(module
        (import \"m\" \"t\" (table 10 funcref)) (import \"m\" \"g\" (global $at i32)) (table $own 1 funcref) (memory 1)
        (func $f) (start $f) (elem (global.get $at) $f $f) (elem (table $own) (i32.const 0) func $f) (elem declare func $f)
        (elem (table 0) (i32.const 3) funcref (ref.func $f) (ref.null func)) (elem func $f)
        (data (i32.const 1) \"abc\") (data \"passive\") (data (global.get $at) \"\"))";
    for record in [None, Some(Record { module: 1, metered: true })] {
        let plan = Plan { segments: Some("apply"), start: Some((0, "begin")), split_table_grow: true, record };
        let rewritten = rewritten(text, &plan).wasm;
        let function = |index| (ExternalKind::Func, index);
        let found: Vec<_> = exports(&rewritten).into_iter().map(|(name, kind, index)| (name, (kind, index))).collect();
        assert_eq!(found, [("apply".to_owned(), function(1)), ("begin".to_owned(), function(0))]);
        let bodies = Parser::new(0).parse_all(&rewritten).filter_map(|payload| match payload.unwrap() {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        });
        let last = bodies.last().unwrap();
        let operators = last.get_operators_reader().unwrap().into_iter().map(Result::unwrap);
        let names: Vec<_> = operators.map(|operator| format!("{operator:?}").split(' ').next().unwrap().to_owned()).collect();
        let inits = names.iter().filter(|name| name.ends_with("Init")).collect::<Vec<_>>();
        assert_eq!(inits, ["TableInit", "TableInit", "TableInit", "MemoryInit", "MemoryInit"]);
    }
}
