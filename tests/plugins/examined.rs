//! What a load call would do, reported without running any code.
use crate::fixture::{Dir, has_run, ok, registry};
use libvm_abi as abi;
use std::sync::Arc;
use vm::plugin::{Line, PluginRegistry, Policy, Report};
use vm::status::Result;

type Examined = (Report, Result<()>);

/// What a report and the result of its call say, except for what can only be known afterwards.
fn told((report, result): &Examined) -> Vec<String> {
    let line = |line: &Line| {
        let message = line.message().strip_prefix("can be loaded").or_else(|| line.message().strip_prefix("loaded"));
        let message = message.unwrap_or(line.message());
        format!("{} {:?} {} {} {message}", line.path().display(), line.name(), line.status(), line.loaded())
    };
    let status = format!("{:?}", result.as_ref().map_err(|error| error.message()));
    report.lines().iter().map(line).chain([status]).collect()
}

/// Examines with one registry and loads with another, and asserts that both say the same.
fn as_foreseen(new: impl Fn() -> Arc<PluginRegistry>, run: impl Fn(&PluginRegistry, bool) -> Examined) -> Report {
    let (examining, loading) = (new(), new());
    let examined = run(&examining, true);
    assert!(examining.plugins().is_empty());
    assert_eq!(told(&examined), told(&run(&loading, false)));
    examined.0
}

#[test]
fn an_examination_says_what_a_load_call_does() {
    let dir = Dir::new();
    dir.plugin("base.so", "base", "1.5.0", "");
    dir.plugin("old/base.so", "base", "1.0.0", "");
    dir.plugin("user.so", "user", "1.0.0", "base >=1");
    dir.plugin("choosy.so", "choosy", "1.0.0", "base >=2");
    dir.plugin("chain.so", "chain", "1.0.0", "choosy");
    dir.plugin("lonely.so", "lonely", "1.0.0", "nowhere");
    dir.plugin("a.so", "a", "1.0.0", "b");
    dir.plugin("b.so", "b", "1.0.0", "a");
    dir.plugin("c@2.0.0.so", "c", "1.0.0", "");
    dir.plugin("twin-1.so", "twin", "1.0.0", "");
    dir.plugin("twin-2.so", "twin", "1.0.0", "");
    dir.write("text.so", b"not a library");
    std::os::unix::fs::symlink(dir.path().join("base.so"), dir.join("link.so")).unwrap();
    dir.compile("other_major", &["NAME=\"foreign\"", "VERSION=\"1\""], "foreign.so");
    let path = dir.path().to_owned();
    let call = |registry: &PluginRegistry, examines: bool| match examines {
        true => registry.examine_path(&path),
        false => registry.load_from_path(&path),
    };
    let report = as_foreseen(registry, call);
    let loaded = report.lines().iter().filter(|line| line.loaded());
    let loaded: Vec<_> = loaded.map(|line| line.path().file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(loaded, ["base.so", "link.so", "twin-1.so", "user.so"]);
    // A policy, and the default directories.
    let named = || PluginRegistry::new(Policy::Named(["user".to_owned()].into()), vec![path.clone()]);
    let report = as_foreseen(named, |registry, examines| match examines {
        true => registry.examine_default_paths(),
        false => registry.load_with_default_paths(),
    });
    assert!(report.lines().iter().any(|line| line.status() == abi::STATUS_PLUGIN_NOT_ALLOWED));
}

#[test]
fn an_examination_runs_no_code() {
    let dir = Dir::new();
    let file = dir.compile("named", &["NAME=\"quiet\"", "VERSION=\"1.0.0\"", "MARK=\"examined\""], "quiet.so");
    let registry = registry();
    let report = ok(registry.examine_path(&file));
    assert_eq!(report.lines()[0].message(), "can be loaded");
    assert!(!has_run("examined") && registry.plugins().is_empty());
    ok(registry.load_from_path(&file));
    assert!(has_run("examined"));
    // What is loaded is what others need.
    let user = dir.plugin("user.so", "user", "1.0.0", "quiet =1.0.0");
    assert!(ok(registry.examine_path(&user)).lines()[0].loaded());
    assert_eq!(registry.examine_path(&file).0.lines()[0].message(), "already loaded");
    assert_eq!(registry.plugins().len(), 1);
}
