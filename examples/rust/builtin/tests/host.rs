//! A host in Rust that links both plug-ins.
#![forbid(unsafe_code)]

use vm::{Context, Engine, PluginRegistry};

#[test]
fn two_plugins_are_linked_into_one_program() -> vm::Result<()> {
    let guest = wat::parse_str(include_str!("../builtin.wat")).unwrap();
    let plugins = PluginRegistry::new();
    plugins.add_builtin(&builtin_plugins::calc::BUILTIN)?;
    plugins.add_builtin(&builtin_plugins::greeter::BUILTIN)?;
    let names: Vec<_> = plugins.plugins().iter().map(|plugin| plugin.name().to_owned()).collect();
    assert_eq!(names, ["calc", "greeter"]);
    assert_eq!(plugins.find("calc")?.path(), None);
    let mut context = Context::new(&Engine::new()?)?;
    context.register_plugins(&plugins)?;
    let sum: i32 = context.run_wasm_from_buffer(guest, "greet_and_add", (40, 2))?;
    assert_eq!(sum, 42);
    Ok(())
}
