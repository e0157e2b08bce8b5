//! Configurations, and the plug-ins that modules bring.

use crate::plugins::compiled;
use crate::{fails, wasm};
use std::fs;
use std::path::Path;
use vm::{
    Config, Context, ContextConfig, Engine, EngineConfig, ImportState, Limit, Module, ModulePlugins, PluginRegistry, Provider,
    Status,
};

#[test]
fn a_configuration_is_applied() {
    let calc = compiled("calc");
    let folder = calc.parent().unwrap();
    let text = format!(
        "plugin-directory = {:?}\n\n[limits]\ninstances = 5\nrecursion-depth = 50\n\n[plugins]\nallow = [\"calc\", \"cald\"]\n",
        folder.to_str().unwrap()
    );
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api-libvm.toml");
    fs::write(&file, &text).unwrap();
    let config = Config::from_file(&file).unwrap();
    let mut context = ContextConfig::new();
    config.apply_to_context(&mut context);
    assert_eq!(context.limit(Limit::Instance), 5);
    let mut engine = EngineConfig::new();
    config.apply_to_engine(&mut engine).unwrap();
    let deep = r#"(module (func $f (export "f") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let mut context = Context::with_config(&Engine::with_config(&engine).unwrap(), &context).unwrap();
    context.run_wasm_from_buffer::<()>(wasm(deep), "f", 40).unwrap();
    fails(Status::TRAP, context.run_wasm_from_buffer::<()>(wasm(deep), "f", 60));

    let plugins = PluginRegistry::new();
    let (report, done) = config.apply_to_registry_with_report(&plugins);
    done.unwrap();
    assert_eq!((report.lines.len(), report.lines[0].status), (1, Status::PLUGIN_NOT_FOUND));
    assert!(report.lines[0].message.contains("`cald`") && report.lines[0].message.contains("`calc`"), "{report:?}");
    fails(Status::FILE_NOT_FOUND, Config::from_file("nowhere.toml"));
    fails(Status::BAD_CONFIG, Config::from_buffer([0xFF], None));
    Config::from_buffer("[plugins]\nlock = \"missing.lock\"\n", Some(folder)).unwrap();
}

#[test]
fn modules_bring_plugins() {
    let calc = compiled("calc");
    let plugins = PluginRegistry::new();
    plugins.add_search_directory(calc.parent().unwrap());
    let engine = Engine::new().unwrap();
    let text = r#"(module (import "calc" "add" (func $add (param i32 i32) (result i32)))
        (func (export "run") (result i32) (call $add (i32.const 2) (i32.const 3))))"#;
    let module = Module::from_buffer(&engine, wasm(text)).unwrap();
    let mut context = Context::new(&engine).unwrap();
    context.set_module_plugins(Some(&plugins)).unwrap();
    fails(Status::UNRESOLVED_IMPORT, context.instantiate(&module));
    plugins.set_module_plugins(ModulePlugins { imports: true, ..ModulePlugins::default() });
    let found = plugins.examine_module(&module).unwrap();
    assert_eq!((found.imports[0].provider, found.imports[0].plugin.as_deref()), (Some(Provider::Plugin), Some("calc")));
    assert_eq!((plugins.plugins().len(), found.plugins.len()), (0, 0));
    let instance = context.instantiate(&module).unwrap();
    assert_eq!(instance.call::<i32>(&mut context, "run", ()).unwrap(), 5);
    let offers = context.list_imports().unwrap();
    let add = offers.iter().find(|offer| offer.name == "add").unwrap();
    assert_eq!((&*add.module, add.provider, add.plugin.as_ref().unwrap().name()), ("calc", Provider::Plugin, "calc"));
    plugins.load_for_module(&module).unwrap();
    plugins.prepare_module(&module).unwrap();
    assert_eq!(context.examine_module(&module).unwrap().imports[0].state, ImportState::Satisfied);
}
