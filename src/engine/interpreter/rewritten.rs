//! Tests of what rewritten modules do in wasmi.
#![forbid(unsafe_code)]

use crate::engine::rewrite::{Plan, REPEATED_FUEL, rewrite};
use wasmi::{CompilationMode, Config, Linker, Module, ResumableCall, Store, Val};

/// Grows a table by 100 elements, 30 times, with an effect before and after each time.
const GROWS: &str = "(module
    (import \"host\" \"count\" (func $count))
    (table $first 1 funcref) (table $second (export \"table\") 3 externref)
    (global $before (export \"before\") (mut i32) (i32.const 0))
    (func (export \"run\") (result i32) (local $left i32) (local $sum i32)
      (local.set $left (i32.const 30))
      (loop $again
        (call $count)
        (global.set $before (i32.add (global.get $before) (i32.const 1)))
        (local.set $sum (i32.add (local.get $sum) (table.grow $second (ref.null extern) (i32.const 100))))
        (call $count)
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (local.get $sum)))";

/// Runs it in slices of fuel; returns its result, the size of the table, and how often either effect was seen.
fn run_in_slices(wasm: &[u8], slice: u64) -> (i32, u64, i32, u32) {
    let mut config = Config::default();
    config.consume_fuel(true).compilation_mode(CompilationMode::Eager);
    let engine = wasmi::Engine::new(&config);
    let module = Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, 0u32);
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "count", |mut caller: wasmi::Caller<'_, u32>| *caller.data_mut() += 1).unwrap();
    store.set_fuel(u64::MAX).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    store.set_fuel(slice).unwrap();
    let mut results = [Val::I32(0)];
    let func = instance.get_func(&store, "run").unwrap();
    let mut call = func.call_resumable(&mut store, &[], &mut results).unwrap();
    let mut pauses = 0;
    while let ResumableCall::OutOfFuel(paused) = call {
        pauses += 1;
        assert!(pauses < 10_000, "the call makes no progress");
        store.set_fuel(slice.max(paused.required_fuel() + REPEATED_FUEL)).unwrap();
        call = paused.resume(&mut store, &mut results).unwrap();
    }
    let Val::I32(result) = results[0] else { panic!("it returns a number") };
    let size = instance.get_table(&store, "table").unwrap().size(&store);
    let Val::I32(before) = instance.get_global(&store, "before").unwrap().get(&store) else { panic!("it is a number") };
    (result, size, before, *store.data())
}

#[test]
fn a_table_grow_that_runs_out_of_fuel_is_executed_once() {
    let plain = wat::parse_str(GROWS).unwrap();
    let plan = Plan { start: None, segments: None, split_table_grow: true, record: None };
    let split = rewrite(&plain, &plan).unwrap().expect("it grows a table").wasm;
    let expected = (30 * 3 + 100 * (0..30).sum::<i32>(), 3 + 30 * 100, 30, 60);
    assert_eq!(run_in_slices(&plain, 1 << 40), expected);
    for slice in 1..=1000 {
        assert_eq!(run_in_slices(&split, slice), expected, "slices of {slice}");
    }
}
