//! Functions of numbers alone, which pass them without their types: closures for guests, and guests that are called; interpreted and
//! compiled.

use crate::{fails, wasm};
use std::io::Write;
use vm::{Context, ContextConfig, Engine, EngineConfig, Instance, Module, Status, Tier};

/// Returns an engine of each tier that is possible here.
fn engines() -> Vec<Engine> {
    let engine = |tier| {
        let mut config = EngineConfig::new();
        Engine::with_config(config.set_tier(tier).set_cache_directory(Some("".as_ref())).unwrap())
    };
    let mut engines = vec![engine(Tier::Interpreter).unwrap()];
    match engine(Tier::Compiled) {
        Ok(compiled) => engines.push(compiled),
        Err(error) => drop(writeln!(std::io::stderr(), "SKIPPED: compiled guests: {error}")),
    }
    engines
}

const GUEST: &str = r#"(module
    (import "host" "mix" (func $mix (param i32 i64 f32 f64 v128) (result v128 f64 i64 i32)))
    (import "host" "eight" (func $eight (param i32 i32 i32 i32 i32 i32 i32 i32) (result i64)))
    (import "host" "pair" (func $pair (result i32 i64)))
    (import "host" "fail" (func $fail (param i32) (result i32)))
    (import "host" "flags" (func $flags (param i32 i32) (result i32)))
    (func (export "mix") (param i32 i64 f32 f64 v128) (result v128 f64 i64 i32)
        (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
    (func (export "eight") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i64)
        (call $eight (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7)))
    (func (export "pair") (result i32 i64) (call $pair))
    (func (export "fail") (param i32) (result i32) (call $fail (local.get 0)))
    (func (export "flags") (param i32 i32) (result i32) (call $flags (local.get 0) (local.get 1)))
    (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "nothing"))
    (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))
    (func (export "twelve") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i64)
        (i64.sub (i64.extend_i32_s (local.get 10)) (local.get 11))))"#;

fn guest(engine: &Engine, config: &ContextConfig) -> (Context, Instance) {
    let mut context = Context::with_config(engine, config).unwrap();
    context
        .module("host")
        .unwrap()
        .function("mix", |a: i32, b: i64, c: f32, d: f64, e: u128| (e, f64::from(c) + d, b, a))
        .unwrap()
        .function("eight", |a: i32, b: u32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32| {
            i64::from(a) + i64::from(b) + [c, d, e, f, g, h].map(i64::from).iter().sum::<i64>()
        })
        .unwrap()
        .function("pair", || (-3, 1_u64 << 63))
        .unwrap()
        .function("fail", |how: i32| match how {
            0 => Err("not today"),
            1 => panic!("on purpose"),
            other => Ok(other),
        })
        .unwrap()
        .function("flags", |a: bool, b: bool| a && !b)
        .unwrap();
    let instance = context.instantiate(&Module::from_buffer(engine, wasm(GUEST)).unwrap()).unwrap();
    (context, instance)
}

#[test]
fn numbers_arrive_in_both_directions() {
    for engine in engines() {
        let mut watched = ContextConfig::new();
        watched.set_statistics(true);
        // Calls that are counted pass values with their types.
        for config in [ContextConfig::new(), watched] {
            let (mut context, instance) = guest(&engine, &config);
            let mut func = |name| instance.function(&mut context, name).unwrap();
            let (mix, eight, pair, flags) = (func("mix"), func("eight"), func("pair"), func("flags"));
            let (nothing, is_null, twelve) = (func("nothing"), func("is_null"), func("twelve"));
            let mix = mix.typed::<(i32, i64, f32, f64, u128), (u128, f64, i64, i32)>(&context).unwrap();
            for (a, b, c, d, e) in [(i32::MIN, i64::MIN, -0.5, 1e300, u128::MAX - 7), (-1, 1 << 40, 0.25, -0.25, 1 << 100)] {
                assert_eq!(mix.call(&mut context, (a, b, c, d, e)).unwrap(), (e, f64::from(c) + d, b, a));
            }
            let eight = eight.typed::<(i32, u32, i32, i32, i32, i32, i32, i32), i64>(&context).unwrap();
            assert_eq!(eight.call(&mut context, (-1, u32::MAX, 1, 2, 3, 4, 5, 6)).unwrap(), -1 + (1 << 32) - 1 + 21);
            let pair = pair.typed::<(), (i32, u64)>(&context).unwrap();
            assert_eq!(pair.call(&mut context, ()).unwrap(), (-3, 1 << 63));
            let flags = flags.typed::<(bool, bool), bool>(&context).unwrap();
            assert_eq!([(true, false), (true, true)].map(|args| flags.call(&mut context, args).unwrap()), [true, false]);
            nothing.typed::<(), ()>(&context).unwrap().call(&mut context, ()).unwrap();
            // A reference is none of them.
            assert!(is_null.typed::<Option<vm::ExternRef>, bool>(&context).unwrap().call(&mut context, None).unwrap());
            let many = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -11, 12_i64);
            type Many = (i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i64);
            assert_eq!(twelve.typed::<Many, i64>(&context).unwrap().call(&mut context, many).unwrap(), -23);
        }
    }
}

#[test]
fn failures_are_those_of_calls_with_types() {
    for engine in engines() {
        let (mut context, instance) = guest(&engine, &ContextConfig::new());
        let divide = instance.function(&mut context, "divide").unwrap();
        fails(Status::WRONG_TYPE, divide.typed::<(i32, i64), i32>(&context).map(drop));
        let divide = divide.typed::<(i32, i32), i32>(&context).unwrap();
        assert_eq!(divide.call(&mut context, (84, 2)).unwrap(), 42);
        assert_eq!(divide.call(&mut context, (1, 0)).unwrap_err().trap_code(), Some(vm::TrapCode::DivisionByZero));
        let fail = instance.function(&mut context, "fail").unwrap().typed::<i32, i32>(&context).unwrap();
        let message = fails(Status::TRAP, fail.call(&mut context, 0));
        assert!(message.contains("host function `host.fail` failed: not today"), "{message}");
        let message = fails(Status::TRAP, fail.call(&mut context, 1));
        assert!(message.contains("it panicked: on purpose"), "{message}");
        assert_eq!(fail.call(&mut context, 7).unwrap(), 7);
        context.reset().unwrap();
        fails(Status::STALE, fail.call(&mut context, 7));
    }
}
