//! A host: `cargo run --example host -- calc.so app.wasm`, with `libvm` (library name `vm`) as the only dependency.
use vm::{Caller, Context, Engine, PluginRegistry};

fn main() -> vm::Result<()> {
    let mut args = std::env::args().skip(1);
    let (plugin, app) = (args.next().expect("PLUGIN"), args.next().expect("WASM"));

    let engine = Engine::new()?;
    let plugins = PluginRegistry::new();
    plugins.load_from_path(&plugin)?;

    let mut vm = Context::new(&engine)?;
    vm.register_plugins(&plugins)?;
    vm.module("host")?.function("print", |_: Caller<'_>, n: i32| println!("guest says {n}"))?;

    let sum: i32 = vm.run_wasm_from_file(&app, "sum", (20, 22))?;
    println!("sum is {sum}");
    Ok(())
}
