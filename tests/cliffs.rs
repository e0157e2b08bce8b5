//! Input of unbounded length is processed in less than quadratic time. The bounds are generous: a test build on a busy machine
//! takes a tenth of them.

use libvm_abi as abi;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use vm::config::Config;
use vm::plugin::{PluginRegistry, Policy};
use vm::wasi::Wasi;

const MANY: usize = 100_000;

/// Runs something that must end soon.
#[track_caller]
fn soon<T>(action: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = action();
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(15), "it took {taken:?}");
    made
}

fn config(text: &str) -> Config {
    assert!(text.len() <= vm::limits::MAX_CONFIG_FILE, "{}", text.len());
    soon(|| Config::from_bytes(text.as_bytes(), None)).unwrap()
}

/// Returns a list of `count` of these items with their numbers.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

#[test]
fn a_configuration_may_have_many_options_and_names() {
    let registry = PluginRegistry::new(Policy::Any, Vec::new());
    let on_one_line = format!("plugin.p.options = {{{}}}", list(MANY, |i| format!("a{i:x}=1")));
    let on_lines = (0..MANY).fold("[plugin.p.options]\n".to_owned(), |text, i| text + &format!("a{i:x}=1\n"));
    for text in [on_one_line, on_lines] {
        let made = config(&text);
        assert_eq!(made.plugins.tables["p"].options.len(), MANY);
        soon(|| made.apply_to_registry(&registry)).unwrap();
    }
    let names = |key: &str| format!("plugins.{key} = [{}]", list(MANY, |i| format!("'{i:x}'")));
    for key in ["allow", "deny", "order"] {
        let made = config(&names(key));
        soon(|| made.apply_to_registry(&registry)).unwrap();
    }
    let half = |key: &str, from: usize| format!("{key} = [{}]\n", list(MANY / 2, |i| format!("'{:x}'", i + from)));
    let both = config(&format!("[plugins]\n{}{}", half("allow", 0), half("deny", MANY)));
    assert_eq!(both.plugins.deny.unwrap().items.len(), MANY / 2);
    let directories = config(&format!("plugin-directory = [{}]", list(MANY, |i| format!("'{i:x}'"))));
    soon(|| directories.apply_to_registry(&registry)).unwrap();
    let tables = config(&(0..MANY / 2).fold(String::new(), |text, i| text + &format!("[plugin.p{i:x}]\n")));
    soon(|| tables.apply_to_registry(&registry)).unwrap();
    let permissions = config(&format!("plugin.p.permissions = [{}]", list(MANY, |i| format!("'{i:x}'"))));
    soon(|| permissions.apply_to_registry(&registry)).unwrap();
}

#[test]
fn a_lock_may_have_many_entries() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cliffs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("libvm.lock");
    let mut text = "version = 1\n".to_owned();
    for i in 0..32_000 {
        let _ = write!(text, "[[plugin]]\nname='p{i}'\nversion='1'\npath='p{i}'\nsha256='{i:064x}'\n");
    }
    assert!(text.len() as u64 <= vm::limits::MAX_LOCK_FILE, "{}", text.len());
    std::fs::write(&path, text).unwrap();
    let registry = PluginRegistry::new(Policy::Any, Vec::new());
    registry.set_file_checks(false);
    soon(|| registry.set_lock(&path)).unwrap();
    let (report, result) = soon(|| registry.load_from_path(&folder));
    assert_eq!(result.unwrap_err().status(), abi::STATUS_PLUGIN_NOT_FOUND);
    // One for each entry, and one for the directory, which has no plug-in.
    assert_eq!(report.lines().len(), 32_001);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_guest_is_given_so_many_arguments_and_variables_and_no_more() {
    let most = vm::limits::MAX_WASI_STRINGS;
    let wasi = Wasi::new();
    let variables: Vec<_> = (0..MANY).map(|i| (format!("v{i}"), String::new())).collect();
    let refused = |result: vm::status::Result<()>, what: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.status(), abi::STATUS_LIMIT);
        assert!(error.message().contains(what) && error.message().contains(&most.to_string()), "{error}");
    };
    refused(soon(|| wasi.set_environment(&variables)), "100000 environment variables are too many");
    refused(soon(|| wasi.set_arguments(&vec!["a"; MANY])), "100000 arguments are too many");
    soon(|| wasi.set_environment(&variables[..most])).unwrap();
    refused(wasi.add_environment("one more", ""), "environment variables are too many");
    wasi.add_environment("v7", "another value").unwrap();
    wasi.set_arguments(&vec!["a"; most]).unwrap();
}
