//! Plug-ins that a configuration names and that do not exist: mistyped names.
use crate::fixture::Dir;
use libvm_abi as abi;
use std::path::Path;
use vm::config::Config;
use vm::plugin::{PluginRegistry, Policy, Report};

/// Returns the lines of a report that are about names of the configuration.
fn warnings(report: &Report) -> Vec<(String, String)> {
    let lines = report.lines().iter().filter(|line| line.path() == Path::new("configuration"));
    let told = lines.map(|line| {
        assert_eq!((line.status(), line.loaded(), line.is_failure()), (abi::STATUS_PLUGIN_NOT_FOUND, false, false));
        (line.name().unwrap().to_owned(), line.message().to_owned())
    });
    told.collect()
}

fn expected(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    lines.iter().map(|(name, message)| ((*name).to_owned(), format!("configuration:{message}"))).collect()
}

#[test]
fn a_mistyped_name_is_in_the_report_when_the_configuration_is_applied_and_when_plugins_are_loaded() {
    let dir = Dir::new();
    dir.plugin("plugins/1.so", "calculator", "1.0.0", "");
    dir.plugin("plugins/2.so", "filter", "1.0.0", "");
    dir.write("plugins/3.so", b"no plug-in");
    let text = "plugin-directory = 'plugins'\n[plugins]\norder = ['filtre', 'filter', 'other']\ndeny = ['absent']\n\
                [plugin.calcluator.options]\nx = 1\n[plugin.unlike]\n[plugin.filter]\n";
    let config = Config::from_bytes(text.as_bytes(), Some(dir.path())).unwrap();
    let registry = PluginRegistry::new(Policy::Any, Vec::new());
    let table = |name: &str, at: &str, hint: &str| {
        format!("{at}: no plug-in `{name}` is loaded or found, and its table has no effect{hint}")
    };
    let calculator = table("calcluator", "5:9", "; did you mean `calculator`?");
    let unlike = table("unlike", "7:9", "");
    let filter = "3:1: `order` has `filtre`, and no plug-in with that name is loaded or found; did you mean `filter`?";
    let wanted = expected(&[("calcluator", &calculator), ("unlike", &unlike), ("filtre", filter)]);

    let (report, result) = config.apply_and_report(&registry);
    result.unwrap();
    assert_eq!(warnings(&report), wanted);
    assert_eq!(report.lines().len(), 3, "what is wrong with files is for the load call to say");
    assert!(registry.plugins().is_empty());

    let (report, result) = registry.load_with_default_paths();
    let error = result.unwrap_err();
    assert!(error.message().starts_with("1 of 3 plug-ins in the default directories did not load: "), "{}", error.message());
    assert_eq!(warnings(&report), wanted);
    assert_eq!(registry.plugins().len(), 2);
}

#[test]
fn names_that_are_right_are_no_matter() {
    let dir = Dir::new();
    dir.plugin("plugins/1.so", "calculator", "1.0.0", "");
    dir.plugin("plugins/2.so", "unwanted", "1.0.0", "");
    let text = "plugin-directory = 'plugins'\n[plugins]\nallow = ['calculator']\n[plugin.calculator]\n[plugin.unwanted]\n";
    let registry = PluginRegistry::new(Policy::Any, Vec::new());
    let config = Config::from_bytes(text.as_bytes(), Some(dir.path())).unwrap();
    assert!(warnings(&config.apply_and_report(&registry).0).is_empty());
    // One that is refused has a line of its own, with the reason.
    let (report, _) = registry.load_with_default_paths();
    assert!(warnings(&report).is_empty());
}

#[test]
fn the_directories_that_were_searched_are_told_with_what_was_there() {
    let dir = Dir::new();
    dir.plugin("one/1.so", "one", "1.0.0", "");
    dir.join("empty/x");
    let file = dir.write("file", b"");
    let paths = ["one", "empty", "missing", "one"].map(|name| dir.path().join(name));
    let registry = PluginRegistry::new(Policy::Any, [&paths[..], std::slice::from_ref(&file)].concat());
    assert!(registry.searched().is_empty());
    let (report, result) = registry.load_with_default_paths();
    result.unwrap();
    let found = ["1 file", "no plug-ins", "no such directory", "already searched", "not a directory"];
    let all = paths.iter().chain([&file]);
    let wanted: Vec<_> = all.clone().zip(found).map(|(path, found)| format!("{} ({found})", path.display())).collect();
    assert_eq!(registry.searched()[..5], wanted);
    for (path, found) in all.zip(found).skip(1) {
        let line = report.lines().iter().find(|line| line.path() == path && line.message().starts_with(found));
        assert!(line.is_some_and(|line| line.message() == format!("{found} (of the registry)")), "{report:?}");
    }
}
