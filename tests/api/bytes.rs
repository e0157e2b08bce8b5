//! Calls of guests with strings and bytes.

use crate::{context_with, fails};
use vm::{Allocator, Argument, Context, Instance, Status};

/// Counts the bytes that are allocated and not freed; `reverse` returns a block of its own, `upper` changes its argument in place.
const GUEST: &str = r#"(module (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
    (global $held (export "held") (mut i32) (i32.const 0))
    (func $allocate (export "allocate") (param $size i32) (result i32)
        (if (i32.gt_u (local.get $size) (i32.const 60000)) (then (return (i32.const 0))))
        (global.set $held (i32.add (global.get $held) (local.get $size)))
        (global.get $next) (global.set $next (i32.add (global.get $next) (local.get $size))))
    (func (export "free") (param i32 i32) (global.set $held (i32.sub (global.get $held) (local.get 1))))
    (func (export "outside") (param i32) (result i32) (i32.const 65535))
    (func (export "number") (result i64) (i64.const 3))
    (func $reverse (export "reverse") (param $from i32) (param $size i32) (result i32 i32) (local $to i32) (local $n i32)
        (local.set $to (call $allocate (local.get $size)))
        (block $done (loop $more
            (br_if $done (i32.eq (local.get $n) (local.get $size)))
            (i32.store8 (i32.add (local.get $to) (i32.sub (i32.sub (local.get $size) (local.get $n)) (i32.const 1)))
                (i32.load8_u (i32.add (local.get $from) (local.get $n))))
            (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $more)))
        (local.get $to) (local.get $size))
    (func (export "packed") (param i32 i32) (result i64) (local i32 i32)
        (call $reverse (local.get 0) (local.get 1)) (local.set 3) (local.set 2)
        (i64.or (i64.shl (i64.extend_i32_u (local.get 2)) (i64.const 32)) (i64.extend_i32_u (local.get 3))))
    (func (export "same") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1))
    (func (export "lie") (param i32 i32) (result i32 i32) (local.get 0) (i32.const 70000))
    (func (export "length") (param i32 i32 i32) (result i32) (i32.add (local.get 1) (local.get 2)))
    (func (export "trap") (param i32 i32) (unreachable)))"#;

fn prepared(free: Option<&str>) -> (Context, Instance, Allocator) {
    let (mut context, instance) = context_with(GUEST);
    let allocator = instance.allocator(&mut context, "allocate", free).unwrap();
    (context, instance, allocator)
}

fn held(context: &mut Context, instance: Instance) -> vm::Value {
    instance.global(context, "held").unwrap().read(context).unwrap()
}

#[test]
fn strings_go_in_and_come_out() {
    let (mut context, instance, allocator) = prepared(Some("free"));
    for text in ["hello", "", "äöü"] {
        let found = allocator.call_for_bytes(&mut context, "reverse", &[text.into()]).unwrap();
        assert_eq!(found, text.bytes().rev().collect::<Vec<_>>());
        let found = allocator.call_for_bytes(&mut context, "packed", &[text.into()]).unwrap();
        assert_eq!(found, text.bytes().rev().collect::<Vec<_>>());
        assert_eq!(allocator.call_for_string(&mut context, "same", &[text.into()]).unwrap(), text);
        let length: u32 = allocator.call(&mut context, "length", &[text.into(), 100.into()]).unwrap();
        assert_eq!(length, text.len() as u32 + 100);
        assert_eq!(held(&mut context, instance), 0.into());
    }
    let large = vec![7; 50_000];
    assert_eq!(allocator.call_for_bytes(&mut context, "same", &[Argument::Bytes(&large)]).unwrap(), large);
    let (mut context, instance, keeps) = prepared(None);
    assert_eq!(keeps.call_for_string(&mut context, "reverse", &["abc".into()]).unwrap(), "cba");
    assert_eq!(held(&mut context, instance), 6.into());
}

#[test]
fn what_a_guest_returns_is_checked() {
    let (mut context, instance, allocator) = prepared(Some("free"));
    fails(Status::OUT_OF_BOUNDS, allocator.call_for_bytes(&mut context, "lie", &["abc".into()]));
    fails(Status::TRAP, allocator.call::<()>(&mut context, "trap", &["abc".into()]));
    fails(Status::BAD_UTF8, allocator.call_for_string(&mut context, "reverse", &["ä".into()]));
    fails(Status::NOT_FOUND, allocator.call_for_bytes(&mut context, "nothing", &[]));
    let found = fails(Status::WRONG_TYPE, allocator.call_for_bytes(&mut context, "length", &[]));
    assert!(found.contains("bytes are returned as two results, address and length, or as an i64"), "{found}");
    let large = vec![7; 60_001];
    let found = fails(Status::OUT_OF_MEMORY, allocator.call::<()>(&mut context, "trap", &[Argument::Bytes(&large)]));
    assert_eq!(found, "the guest could not allocate 60001 bytes: its function returned 0");
    assert_eq!(held(&mut context, instance), 0.into());
    let outside = instance.allocator(&mut context, "outside", None).unwrap();
    let found = fails(Status::OUT_OF_BOUNDS, outside.call::<()>(&mut context, "trap", &["abc".into()]));
    assert!(found.starts_with("the guest has allocated 3 bytes at 65535, which is outside of its memory"), "{found}");
    let found = fails(Status::WRONG_TYPE, instance.allocator(&mut context, "number", None));
    assert_eq!(found, "the function `number` is () -> (i64), but an allocator needs (i32) -> (i32)");
    fails(Status::WRONG_TYPE, instance.allocator(&mut context, "allocate", Some("number")));
    fails(Status::NOT_FOUND, instance.allocator(&mut context, "malloc", None));
    let (mut other, bare) = context_with("(module)");
    fails(Status::NOT_FOUND, bare.allocator(&mut other, "allocate", None));
}
