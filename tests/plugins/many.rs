//! Many plug-ins at once: order, versions, duplicates, dependencies, policies, default directories.
use crate::fixture::{Dir, has_run, line, names, ok, registry};
use libvm_abi as abi;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use vm::plugin::{PluginRegistry, Policy};

#[test]
fn a_directory_loads_in_order() {
    let dir = Dir::new();
    // (file, name), in the expected order; created in another one.
    let expected = [
        ("0-zero.so", "zero"),
        ("1-one@1.0.0.so", "one"),
        ("002-two.so", "two"),
        ("9-a.so", "nine-a"),
        ("09-b.so", "nine-b"),
        ("10-b.so", "ten-b"),
        ("10-c.so", "ten-c"),
        ("99999999999999999999-large.so", "large"),
        ("100000000000000000000-larger.so", "larger"),
        ("10.so", "10"),
        ("Upper.so", "Upper"),
        ("a-b.so", "a-b"),
        ("a.so", "a"),
        ("a10.so", "a10"),
        ("a2.so", "a2"),
        ("libnamed@v1.0.0.so", "named"),
        ("z.so", "z"),
        ("2-sub/9-x.so", "sub-nine"),
        ("2-sub/x.so", "sub-x"),
        ("2-sub/deeper/0-y.so", "deeper"),
        ("10-sub/0-w.so", "ten-sub"),
        ("Sub/v.so", "upper-sub"),
        ("asub/u.so", "lower-sub"),
    ];
    for (file, name) in expected.iter().rev() {
        dir.plugin(file, name, "1.0.0", "");
    }
    dir.write("README.txt", b"no candidate");
    dir.write(".hidden.so", b"no candidate");
    dir.write(".staging/broken.so", b"no candidate");
    std::os::unix::fs::symlink(dir.path(), dir.join("asub/loop")).unwrap();
    let registry = registry();
    let report = ok(registry.load_from_path(dir.path()));
    assert_eq!(names(&registry), expected.map(|(_, name)| name));
    let found: Vec<_> = report.lines().iter().map(|line| (line.path().to_owned(), line.name().unwrap().to_owned())).collect();
    assert_eq!(found, expected.map(|(file, name)| (dir.path().join(file), name.to_owned())));
    assert!(report.lines().iter().all(|line| line.loaded() && line.version() == Some("1.0.0") && line.message() == "loaded"));
}

#[test]
fn loading_again_changes_nothing() {
    let dir = Dir::new();
    let file = dir.plugin("a.so", "a", "1.0.0", "");
    let registry = registry();
    ok(registry.load_from_path(&file));
    let before = registry.find("a").unwrap();
    for path in [&*file, dir.path(), &dir.path().join("a")] {
        let report = ok(registry.load_from_path(path));
        assert_eq!(line(&report, &file).message(), "already loaded");
        assert!(line(&report, &file).loaded());
    }
    assert!(std::sync::Arc::ptr_eq(&before, &registry.find("a").unwrap()));
    assert_eq!(registry.plugins().len(), 1);
}

#[test]
fn one_file_by_several_paths_is_loaded_once() {
    let dir = Dir::new();
    let file = dir.plugin("a.so", "a", "1.0.0", "");
    let (hard, soft) = (dir.join("b-hard.so"), dir.join("sub/c-soft.so"));
    fs::hard_link(&file, &hard).unwrap();
    std::os::unix::fs::symlink(&file, &soft).unwrap();
    let registry = registry();
    let report = ok(registry.load_from_path(dir.path()));
    assert_eq!(line(&report, &file).message(), "loaded");
    for path in [&hard, &soft] {
        assert_eq!(line(&report, path).message(), format!("the same file as {}", file.display()));
        assert_eq!(line(&report, path).same_as(), Some(file.as_path()));
        assert!(line(&report, path).loaded());
    }
    assert_eq!(line(&report, &file).same_as(), None);
    assert_eq!(names(&registry), ["a"]);
    let report = ok(registry.load_from_path(&soft));
    assert_eq!(line(&report, &soft).message(), "already loaded");
}

#[test]
fn the_highest_version_is_loaded() {
    let dir = Dir::new();
    let low = dir.plugin("one/a@1.9.0.so", "a", "1.9.0", "");
    let pre = dir.plugin("one/b.so", "a", "1.10.0-rc.1", "");
    let high = dir.plugin("two/a@v1.10.0.so", "a", "1.10.0", "");
    let odd = dir.plugin("two/z.so", "a", "2024-10", "");
    let registry = registry();
    let report = ok(registry.load_from_path(dir.path()));
    assert_eq!(registry.find("a").unwrap().version().as_str(), "1.10.0");
    assert!(line(&report, &high).loaded());
    for path in [&low, &pre, &odd] {
        let line = line(&report, path);
        assert_eq!(line.status(), abi::STATUS_PLUGIN_SUPERSEDED);
        assert!(line.message().contains(&format!("superseded by version 1.10.0 in {}", high.display())), "{}", line.message());
        assert!(!line.is_failure());
    }
    // One that comes in a later call is refused by the same rules.
    let (_, result) = registry.load_from_path(&low);
    assert_eq!(result.unwrap_err().status(), abi::STATUS_PLUGIN_SUPERSEDED);
    let higher = dir.plugin("late/a.so", "a", "2.0.0", "");
    let error = registry.load_from_path(&higher).1.unwrap_err();
    assert_eq!(error.status(), abi::STATUS_ALREADY_EXISTS);
    assert!(error.message().contains("comes too late") && error.message().contains("1.10.0"), "{error}");
}

#[test]
fn an_incompatible_version_does_not_compete() {
    let dir = Dir::new();
    let good = dir.plugin("good.so", "other_major", "1.0.0", "");
    let newer = dir.compile("other_major", &[], "newer.so");
    let registry = registry();
    // One of another ABI is not a failure of a call that finds it in a directory.
    let report = ok(registry.load_from_path(dir.path()));
    assert!(line(&report, &good).loaded());
    assert_eq!(line(&report, &newer).status(), abi::STATUS_PLUGIN_INCOMPATIBLE);
    assert!(line(&report, &newer).message().contains("was built with ABI 2."));
    assert_eq!(line(&report, &newer).name(), Some("other_major"));
    assert_eq!(line(&report, &newer).version(), Some("2.0.0"));
}

#[test]
fn the_same_name_and_version_twice_is_an_error() {
    let dir = Dir::new();
    let first = dir.plugin("a.so", "a", "1.0.0", "");
    let second = dir.plugin("b.so", "a", "1.0.0", "");
    let registry = registry();
    let (report, result) = registry.load_from_path(dir.path());
    let error = result.unwrap_err();
    assert_eq!(error.status(), abi::STATUS_PLUGIN_DUPLICATE);
    assert_eq!((error.plugin(), error.path()), (Some("a"), Some(&*second)));
    assert!(error.message().contains(first.to_str().unwrap()), "{error}");
    assert!(line(&report, &first).loaded() && !line(&report, &second).loaded());
    assert_eq!(line(&report, &second).status(), abi::STATUS_PLUGIN_DUPLICATE);
    assert_eq!(registry.load_from_path(&second).1.unwrap_err().status(), abi::STATUS_PLUGIN_DUPLICATE);
}

#[test]
fn a_file_name_with_a_version_must_be_right() {
    let dir = Dir::new();
    for name in ["a@2.0.0.so", "b@1.0.0.so"] {
        let path = dir.plugin(name, "a", "1.0.0", "");
        let error = crate::fixture::refused(&path);
        assert_eq!(error.status(), abi::STATUS_PLUGIN_BAD_MANIFEST);
        assert!(error.message().contains("rename it to `a@1.0.0`"), "{error}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_bad_one_does_not_keep_the_others_away() {
    let dir = Dir::new();
    dir.plugin("1-a.so", "a", "1.0.0", "");
    let text = dir.write("2-b.so", b"text");
    dir.compile("failing_initialize", &[], "3-c.so");
    dir.plugin("4-d.so", "d", "1.0.0", "");
    let registry = registry();
    let (report, result) = registry.load_from_path(dir.path());
    let error = result.unwrap_err();
    assert_eq!((error.status(), error.path()), (abi::STATUS_PLUGIN_BAD_FILE, Some(&*text)));
    let start = format!("2 of 4 plug-ins in {} did not load: {} is not", dir.path().display(), text.display());
    assert!(error.message().starts_with(&start) && error.message().ends_with("and 1 more, see the report"), "{error}");
    assert_eq!(report.status(), error.status());
    let statuses: Vec<_> = report.lines().iter().map(|line| line.status()).collect();
    assert_eq!(statuses, [0, abi::STATUS_PLUGIN_BAD_FILE, abi::STATUS_PLUGIN_INITIALIZE, 0]);
    assert_eq!(names(&registry), ["a", "d"]);
}

#[test]
fn dependencies_come_first() {
    let dir = Dir::new();
    dir.plugin("1-app.so", "app", "1.0.0", "store >=1.2 <2, log");
    dir.plugin("2-log.so", "log", "0.3.0", "");
    dir.plugin("3-store.so", "store", "1.5.0", "log");
    let registry = registry();
    ok(registry.load_from_path(dir.path()));
    assert_eq!(names(&registry), ["log", "store", "app"]);
}

#[test]
fn missing_dependencies_and_cycles_are_named() {
    let dir = Dir::new();
    let alone = dir.plugin("alone.so", "alone", "1.0.0", "nobody");
    let picky = dir.plugin("picky.so", "picky", "1.0.0", "fine >=2");
    let chicken = dir.plugin("chicken.so", "chicken", "1.0.0", "egg");
    let egg = dir.plugin("egg.so", "egg", "1.0.0", "chicken");
    let nest = dir.plugin("nest.so", "nest", "1.0.0", "egg");
    let second = dir.plugin("second.so", "second", "1.0.0", "alone");
    dir.plugin("fine.so", "fine", "1.0.0", "");
    let registry = registry();
    let (report, result) = registry.load_from_path(dir.path());
    assert_eq!(result.unwrap_err().status(), abi::STATUS_PLUGIN_DEPENDENCY);
    assert_eq!(names(&registry), ["fine"]);
    let expected = [
        (&alone, "needs the plug-in `nobody`, but that is not loaded"),
        (&picky, "needs the plug-in `fine` >=2, but version 1.0.0 is loaded"),
        (&chicken, "`chicken` → `egg` → `chicken`"),
        (&egg, "`egg` → `chicken` → `egg`"),
        (&nest, "`egg` → `chicken` → `egg`"),
        (&second, "needs the plug-in `alone`"),
    ];
    for (path, part) in expected {
        assert_eq!(line(&report, path).status(), abi::STATUS_PLUGIN_DEPENDENCY);
        assert!(line(&report, path).message().contains(part), "{}", line(&report, path).message());
    }
}

#[test]
fn a_policy_of_names_keeps_others_from_running() {
    let dir = Dir::new();
    let good = dir.compile("named", &["NAME=\"trusted\"", "VERSION=\"1.0.0\""], "a.so");
    let bad = dir.compile("named", &["NAME=\"stranger\"", "VERSION=\"1.0.0\""], "trusted@1.0.0.so.not");
    let bad = {
        fs::rename(&bad, dir.join("b.so")).unwrap();
        dir.join("b.so")
    };
    let registry = PluginRegistry::new(Policy::Named(BTreeSet::from(["trusted".to_owned()])), Vec::new());
    let (report, result) = registry.load_from_path(dir.path());
    let error = result.unwrap_err();
    assert_eq!((error.status(), error.plugin()), (abi::STATUS_PLUGIN_NOT_ALLOWED, Some("stranger")));
    assert!(
        line(&report, &bad).message().contains("plug-in `stranger` 1.0.0")
            && line(&report, &bad).message().contains("allows trusted")
    );
    assert!(line(&report, &good).loaded());
    assert!(has_run("trusted") && !has_run("stranger"));
    registry.set_policy(Policy::Any);
    ok(registry.load_from_path(&bad));
    assert!(has_run("stranger"));
}

#[test]
fn a_path_without_an_ending_finds_the_library() {
    let dir = Dir::new();
    let (plain, prefixed) = (dir.plugin("calc.so", "calc", "1.0.0", ""), dir.plugin("libzip@1.0.0.so", "zip", "1.0.0", ""));
    let registry = registry();
    assert!(line(&ok(registry.load_from_path(&dir.path().join("calc"))), &plain).loaded());
    assert!(line(&ok(registry.load_from_path(&dir.path().join("zip@1.0.0"))), &prefixed).loaded());
    let missing = dir.path().join("nothing");
    let (report, result) = registry.load_from_path(&missing);
    let error = result.unwrap_err();
    assert_eq!(error.status(), abi::STATUS_PLUGIN_NOT_FOUND);
    for tried in ["nothing", "nothing.so", "libnothing.so"] {
        assert!(error.message().contains(dir.path().join(tried).to_str().unwrap()), "{error}");
    }
    assert_eq!(line(&report, &missing).status(), abi::STATUS_PLUGIN_NOT_FOUND);
    assert_eq!(registry.load_from_path(Path::new("")).1.unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
}

#[test]
fn an_empty_directory_is_no_error() {
    let dir = Dir::new();
    let report = ok(registry().load_from_path(dir.path()));
    assert_eq!(line(&report, dir.path()).message(), "no plug-ins");
    assert_eq!((report.lines().len(), line(&report, dir.path()).status()), (1, abi::STATUS_OK));
}

#[test]
fn nothing_is_searched_too_deeply() {
    let dir = Dir::new();
    let deep: PathBuf = std::iter::repeat_n("d", vm::limits::MAX_PLUGIN_DEPTH + 1).collect();
    dir.plugin("a.so", "a", "1.0.0", "");
    dir.plugin(deep.join("b.so").to_str().unwrap(), "b", "1.0.0", "");
    let registry = registry();
    let (report, result) = registry.load_from_path(dir.path());
    assert_eq!(result.unwrap_err().status(), abi::STATUS_LIMIT);
    assert_eq!(line(&report, &dir.path().join(deep)).status(), abi::STATUS_LIMIT);
    assert_eq!(names(&registry), ["a"]);
}

#[test]
fn threads_load_the_same_plugins_once() {
    let dir = Dir::new();
    for name in ["a", "b", "c"] {
        dir.plugin(&format!("{name}.so"), name, "1.0.0", "");
    }
    let registry = registry();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ok(registry.load_from_path(dir.path())));
        }
    });
    assert_eq!(names(&registry), ["a", "b", "c"]);
}

/// The part of the next test that runs in a process of its own, with its environment; it does nothing otherwise.
#[test]
fn default_directories_child() {
    let Some(dir) = std::env::var_os("LIBVM_TEST_DIRECTORY").map(PathBuf::from) else { return };
    let registry = PluginRegistry::new(Policy::Any, vec![dir.join("own"), dir.join("missing")]);
    let report = ok(registry.load_with_default_paths());
    for (name, _) in registry.plugins().iter().map(|plugin| (plugin.name().to_owned(), plugin.version())) {
        println!("loaded {name}");
    }
    for line in report.lines() {
        println!("line {} {} {}", line.status(), line.path().display(), line.message());
    }
}

#[test]
fn default_directories_are_searched_in_order() {
    let dir = Dir::new();
    // The test's own executable stands for a program with libvm inside.
    let program = dir.join("prefix/bin/program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    dir.plugin("own/z.so", "own", "1.0.0", "");
    dir.plugin("env1/y.so", "env1", "1.0.0", "");
    dir.plugin("env2/x.so", "env2", "1.0.0", "");
    dir.plugin("prefix/plugin/w.so", "beside", "1.0.0", "");
    let own = format!("libvm/{}.{}", abi::ABI_MAJOR, abi::ABI_MINOR);
    dir.plugin(&format!("prefix/bin/{own}/v.so"), "below", "1.0.0", "");
    dir.plugin(&format!("prefix/lib/{own}/u.so"), "installed", "1.0.0", "");
    // Of a libvm with another ABI.
    dir.plugin("prefix/lib/libvm/0.0/s.so", "other", "1.0.0", "");
    dir.plugin("data/libvm/plugins/t.so", "user", "1.0.0", "");
    let superseded = dir.plugin("own/zz.so", "user", "0.9.0", "");
    let list = std::env::join_paths([dir.path().join("env1"), PathBuf::new(), dir.path().join("env2")]).unwrap();
    let output = Command::new(&program)
        .args(["--exact", "many::default_directories_child", "--nocapture"])
        .env("LIBVM_TEST_DIRECTORY", dir.path())
        .env("LIBVM_PLUGIN_PATH", list)
        .env("XDG_DATA_HOME", dir.path().join("data"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let loaded: Vec<_> =
        text.lines().filter_map(|line| line.split("loaded ").nth(1).filter(|_| !line.contains("line "))).collect();
    assert_eq!(loaded, ["own", "env1", "env2", "beside", "below", "installed", "user"]);
    let missing = format!("line 0 {} no such directory (of the registry)", dir.path().join("missing").display());
    assert!(text.contains(&missing), "{text}");
    assert!(text.contains(&format!("line {} {}", abi::STATUS_PLUGIN_SUPERSEDED, superseded.display())), "{text}");
}
