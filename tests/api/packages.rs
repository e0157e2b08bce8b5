//! Packages, the imports of a module, and counters.

use crate::plugins::compiled;
use crate::{fails, wasm};
use std::fs;
use std::path::{Path, PathBuf};
use vm::{
    Caller, Context, ContextConfig, Engine, ImportState, Module, Package, PackageDirectory, PackageInstall, PluginRegistry,
    Provider, Status,
};

const DESCRIPTION: &str = r#"{ "author": "Example Ltd", "homepage": "https://example.org", "hooks": ["a.point"], "sinks": [],
    "modules": [{ "name": "calc", "functions": [{ "name": "add", "signature": "(ii)i", "description": "Adds" }] }] }"#;

/// Returns an empty directory of this test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("api-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn a_package_is_built_installed_and_used() {
    let folder = folder("package");
    let (files, archive) = (folder.join("files"), folder.join("calc-1.0.0.zip"));
    fs::create_dir(&files).unwrap();
    fs::copy(compiled("calc"), files.join("calc.so")).unwrap();
    fs::write(files.join("calc.json"), DESCRIPTION).unwrap();
    fails(Status::BAD_PACKAGE, Package::build(&folder, &archive));
    Package::build(&files, &archive).unwrap();
    let list = ["calc.so", "calc.json"].map(|name| (name.to_owned(), files.join(name)));
    let of_list = folder.join("of-list.zip");
    Package::build_from_files(list.clone(), &of_list).unwrap();
    assert_eq!(fs::read(&of_list).unwrap(), fs::read(&archive).unwrap());
    let twice = Package::build_from_files(list.iter().chain(&list).cloned(), &of_list);
    assert!(fails(Status::BAD_PACKAGE, twice).contains("the list of files has `calc.so` twice"));
    let info = Package::inspect_file(&archive).unwrap();
    assert_eq!((&*info.name, &*info.version, &*info.author), ("calc", "1.0.0", "Example Ltd"));
    assert_eq!((&*info.description, &*info.homepage), ("Adds numbers", "https://example.org"));
    let module = &info.modules.as_ref().unwrap()[0];
    assert_eq!((&*module.name, &*module.functions.as_ref().unwrap()[0].signature), ("calc", "(ii)i"));
    let (hooks, sinks) = (info.hooks.unwrap(), info.sinks.unwrap());
    assert!(hooks[0].name == "a.point" && sinks.is_empty() && info.sources.is_none() && info.options.is_none());
    let contents = Package::inspect_contents(&archive).unwrap();
    let names: Vec<_> = contents.files.iter().map(|file| &*file.name).collect();
    assert_eq!(names, ["SHA256SUMS", "calc.json", "calc.so"]);
    assert!(contents.libraries[0].file == "calc.so" && contents.libraries[0].is_for_here && contents.refusal.is_none());
    assert!(contents.has_hashes && !contents.has_signature);
    let mut told = 0;
    Package::verify_file(&archive, None, |progress| {
        told += 1;
        progress.done <= progress.total
    })
    .unwrap();
    assert!(told > 0);
    fails(Status::CANCELLED, Package::verify_file(&archive, None, |_| panic!("it is caught")));
    let signed = PluginRegistry::new();
    signed.add_key("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").unwrap();
    fails(Status::PLUGIN_SIGNATURE, Package::verify_file(&archive, Some(&signed), |_| true));

    let packages = PackageDirectory::new(folder.join("packages"), None).unwrap();
    assert_eq!((packages.path(), packages.list().unwrap().len()), (&*folder.join("packages"), 0));
    fails(Status::CANCELLED, packages.install(&archive, PackageInstall::default(), |_| false));
    let update = PackageInstall { update: true, ..PackageInstall::default() };
    fails(Status::PACKAGE_NOT_FOUND, packages.install(&archive, update, |_| true));
    packages.install(&archive, PackageInstall::default(), |_| true).unwrap();
    let installed = packages.list().unwrap();
    let only = &installed[0];
    assert_eq!((installed.len(), &*only.name, &*only.version, only.active), (1, "calc", "1.0.0", true));
    assert!(only.refusal.is_none() && only.path.starts_with(packages.path()));
    packages.verify(None, None, |_| true).unwrap();
    assert_eq!(packages.describe("calc", None).unwrap().author, "Example Ltd");
    fails(Status::PACKAGE_NOT_FOUND, packages.use_version("calc", "2.0.0"));

    let plugins = PluginRegistry::new();
    plugins.load_from_path(packages.path()).unwrap();
    assert!(plugins.find("calc").unwrap().path().unwrap().starts_with(packages.path()));
    drop(plugins);
    packages.remove("calc", Some("1.0.0"), None).unwrap();
    assert!(packages.list().unwrap().is_empty());
    fails(Status::PACKAGE_NOT_FOUND, packages.remove("calc", None, None));
}

#[test]
fn imports_are_examined() {
    let engine = Engine::new().unwrap();
    let mut context = Context::new(&engine).unwrap();
    context.module("host").unwrap().function("print", |_: i32| ()).unwrap();
    let plugins = PluginRegistry::new();
    plugins.load_from_path(compiled("calc")).unwrap();
    context.register_plugins(&plugins).unwrap();
    let text = r#"(module (import "host" "print" (func (param i32))) (import "host" "print" (func (param i64)))
        (import "calc" "add" (func (param i32 i32) (result i32))) (import "host" "prinf" (func)))"#;
    let found = context.examine_module(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
    let found = found.imports;
    let states: Vec<_> = found.iter().map(|import| (import.state, import.provider)).collect();
    let expected = [
        (ImportState::Satisfied, Some(Provider::HostModule)),
        (ImportState::Mismatch, Some(Provider::HostModule)),
        (ImportState::Satisfied, Some(Provider::Plugin)),
        (ImportState::Missing, None),
    ];
    assert_eq!(states, expected);
    assert_eq!((found[2].plugin.as_deref(), found[2].version.as_deref()), (Some("calc"), Some("1.0.0")));
    assert_eq!(found[3].nearest.as_deref(), Some("print"));
    assert!(found[1].message.contains("with another type"), "{}", found[1].message);
}

#[test]
fn calls_are_counted() {
    let engine = Engine::new().unwrap();
    let text = r#"(module (import "host" "f" (func $f)) (memory (export "memory") 1)
        (func (export "run") (call $f) (call $f)) (func (export "trap") (unreachable)))"#;
    for counts in [false, true] {
        let mut context = Context::with_config(&engine, ContextConfig::new().set_statistics(counts)).unwrap();
        context.module("host").unwrap().function("f", |_: Caller<'_>| ()).unwrap();
        let instance = context.instantiate(&Module::from_buffer(&engine, wasm(text)).unwrap()).unwrap();
        instance.call::<()>(&mut context, "run", ()).unwrap();
        fails(Status::TRAP, instance.call::<()>(&mut context, "trap", ()));
        let found = context.statistics().unwrap();
        assert_eq!((found.traps, found.memory_bytes, found.memory_high_water), (1, 65_536, 65_536));
        assert_eq!(found.calls.map(|calls| (calls.host_calls, calls.guest_calls)), counts.then_some((2, 2)));
        fails(Status::PLUGIN_NOT_FOUND, context.plugin_statistics("nothing").map(|_| ()));
    }
}
