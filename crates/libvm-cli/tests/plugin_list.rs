//! `libvm plugin list`: every candidate, or the reason why it is not loaded.
#![cfg(target_os = "linux")]

mod common;
use common::Scratch;
use serde_json::Value;

/// Returns the row of a file in the document of `list`.
#[track_caller]
fn row<'a>(document: &'a Value, file: &str) -> &'a Value {
    let rows = document["plugins"].as_array().unwrap();
    let found: Vec<_> = rows.iter().filter(|row| row["path"].as_str().unwrap().ends_with(file)).collect();
    assert_eq!(found.len(), 1, "{file} in {document:#}");
    found[0]
}

#[test]
fn each_candidate_is_listed_with_its_reason() {
    let scratch = Scratch::new();
    scratch.plugin("plugins/good.so", "good", "1.2.0", "");
    scratch.plugin("plugins/old/good.so", "good", "1.0.0", "");
    scratch.plugin("plugins/needy.so", "needy", "1.0.0", "nowhere >=2");
    scratch.file("plugins/text.so", "not a library");
    let (ran, has_run) = scratch.run_marked(&["plugin", "list", "--plugin-dir", "plugins"]);
    let at = scratch.path().join("plugins").display().to_string();
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((ran.code, has_run), (Some(0), false), "{ran:?}");
    assert_eq!(lines[0], "NAME   VERSION  MODULES  FROM");
    assert_eq!(lines[1], format!("good   1.2.0    –        {at}/good.so"));
    let needs = format!(
        "needy  1.0.0    –        {at}/needy.so: not loaded: it needs the plug-in `nowhere` >=2, but that is not loaded; "
    );
    assert!(lines[2].starts_with(&needs), "{ran:?}");
    assert!(lines[3].starts_with(&format!("–      –        –        {at}/text.so: not loaded: ")), "{ran:?}");
    let old = format!("good   1.0.0    –        {at}/old/good.so: not loaded: it is superseded by version 1.2.0 in {at}/good.so");
    assert_eq!(&lines[4..], [old]);

    let document = scratch.run(&["plugin", "list", "--json", "--plugin-dir", "plugins"]).json();
    let good = row(&document, "plugins/good.so");
    assert_eq!((&good["state"], &good["status"], &good["message"]), (&"loadable".into(), &Value::Null, &"can be loaded".into()));
    assert_eq!(good["description"], "Gives back what it gets");
    assert_eq!(row(&document, "old/good.so")["status"], "VM_STATUS_PLUGIN_SUPERSEDED");
    assert_eq!(row(&document, "text.so")["state"], "refused");
    let directories = document["directories"].as_array().unwrap();
    assert!(
        directories.iter().any(|directory| directory["message"] == "no such directory (packages of the user)"),
        "{document:#}"
    );
}

#[test]
fn loading_runs_the_code() {
    let scratch = Scratch::new();
    scratch.plugin("plugins/good.so", "good", "1.0.0", "");
    scratch.compile(
        "capi-tests/plugins/failing_initialize.c",
        &["-DNAME=\"failing\"", "-DVERSION=\"1.0.0\""],
        "plugins/failing.so",
    );
    let arguments = ["plugin", "list", "--json", "--plugin-dir", "plugins"];
    let (ran, has_run) = scratch.run_marked(&arguments);
    assert_eq!((has_run, &row(&ran.json(), "failing.so")["state"]), (false, &"loadable".into()));
    let (ran, has_run) = scratch.run_marked(&[&arguments[..], &["--load"]].concat());
    let document = ran.json();
    assert_eq!((ran.code, has_run), (Some(0), true));
    assert_eq!(row(&document, "failing.so")["status"], "VM_STATUS_PLUGIN_INITIALIZE");
    let good = row(&document, "good.so");
    assert_eq!((&good["state"], &good["modules"]), (&"loaded".into(), &serde_json::json!(["good"])));
}

#[test]
fn names_are_a_question() {
    let scratch = Scratch::new();
    scratch.plugin("plugins/calc.so", "calc", "1.0.0", "");
    scratch.plugin("plugins/needy.so", "needy", "1.0.0", "nowhere");
    let list = |names: &[&str]| scratch.run(&[&["plugin", "list", "--plugin-dir", "plugins"], names].concat());
    let calc = list(&["calc"]);
    assert_eq!((calc.code, calc.out.lines().count()), (Some(0), 2), "{calc:?}");
    assert_eq!(list(&["calc", "needy"]).code, Some(1));
    let wrong = list(&["clac"]);
    assert_eq!((wrong.code, &*wrong.out), (Some(1), ""));
    assert!(wrong.err.contains("no plug-in `clac` is installed; there are `calc`, `needy`; did you mean `calc`?"), "{wrong:?}");
    scratch.fails(&["plugin", "list", "--plugin-dir", "nowhere"], 127, &["cannot search nowhere: No such file"]);
    scratch.fails(&["plugin", "list", "--plugin-dir", "plugins/calc.so"], 2, &["plugins/calc.so is not a directory", "hint: "]);
}

#[test]
fn without_plugins_the_directories_are_shown() {
    let scratch = Scratch::new();
    let text = scratch.ok(&["plugin", "list"]);
    let packages = scratch.path().join("data/libvm/packages");
    assert!(text.starts_with("no plug-ins\n") && text.contains(&format!("{}: no such directory", packages.display())), "{text}");
    // The program is named like a directory of plug-ins beside it, which is no reason for a warning.
    assert!(!text.contains("cannot"), "{text}");
    scratch.plugin("plugins/calc.so", "calc", "1.0.0", "");
    let text = scratch.ok(&["plugin", "list", "--directories", "--plugin-dir", "plugins"]);
    assert!(text.starts_with("NAME") && text.contains(": no such directory"), "{text}");
    let other = scratch.command(&["plugin", "list", "--directories"]).env("LIBVM_PACKAGE_DIR", "elsewhere").output().unwrap();
    let text = String::from_utf8(other.stdout).unwrap();
    assert!(text.contains(&format!("{}: no such", scratch.path().join("elsewhere").display())), "{text}");
}

#[test]
fn installed_versions_are_active_or_not() {
    let scratch = Scratch::new();
    for version in ["1.0.0", "1.1.0"] {
        let archive = scratch.package("calc", version);
        scratch.ok(&["plugin", "install", &archive]);
    }
    let text = scratch.ok(&["plugin", "list"]);
    let at = scratch.path().join("data/libvm/packages/calc").display().to_string();
    let expected = format!(
        "NAME  VERSION  MODULES  FROM\n\
         calc  1.0.0    –        {at}/1.0.0: installed, and not the active version of its package\n\
         calc  1.1.0    –        {at}/1.1.0/calc.so\n"
    );
    assert_eq!(text, expected);
    let document = scratch.run(&["plugin", "list", "--json"]).json();
    assert_eq!(row(&document, "calc/1.0.0")["state"], "inactive");
    assert_eq!(row(&document, "calc/1.1.0/calc.so")["state"], "loadable");
    // The manifest does not have the module, but the description of the package may.
    scratch.file("made/calc-1.2.0/calc.json", r#"{ "modules": ["calc"] }"#);
    scratch.package("calc", "1.2.0");
    scratch.ok(&["plugin", "pack", "made/calc-1.2.0", "--output", "described.zip"]);
    scratch.ok(&["plugin", "install", "described.zip"]);
    assert!(scratch.ok(&["plugin", "list"]).contains(&format!("calc  1.2.0    calc     {at}/1.2.0/calc.so\n")));
    scratch.ok(&["plugin", "remove", "calc", "1.2.0"]);
    scratch.ok(&["plugin", "remove", "calc", "1.1.0"]);
    let text = scratch.ok(&["plugin", "list"]);
    assert!(text.contains("but no version of its package is active; make one active with `libvm plugin use`"), "{text}");
    assert_eq!(scratch.run(&["plugin", "list", "calc"]).code, Some(1));
}

#[test]
fn conditions_of_a_configuration_hold() {
    let scratch = Scratch::new();
    scratch.plugin("plugins/calc.so", "calc", "1.0.0", "");
    scratch.plugin("plugins/other.so", "other", "1.0.0", "");
    let config = "plugin-directory = \"plugins\"\nstate-file = \"state/kept.sqlite\"\n[plugins]\nallow = [\"other\"]\n";
    scratch.file("app.toml", config);
    let ran = scratch.run(&["plugin", "list", "--json", "--config", "app.toml"]);
    let document = ran.json();
    assert_eq!(row(&document, "calc.so")["status"], "VM_STATUS_PLUGIN_NOT_ALLOWED");
    assert_eq!(row(&document, "other.so")["state"], "loadable");
    assert!(!scratch.path().join("state").exists());
    scratch.fails(&["plugin", "list", "--config", "none.toml"], 127, &["none.toml"]);
}

#[test]
fn names_of_others_do_not_control_the_terminal() {
    let scratch = Scratch::new();
    scratch.file("plugins/a\u{1b}[31m\nb.so", "not a library");
    let text = scratch.ok(&["plugin", "list", "--plugin-dir", "plugins"]);
    assert!(
        !text.contains('\u{1b}') && text.contains("a\\u{1b}[31m\\u{a}b.so: not loaded: ") && text.lines().count() == 2,
        "{text}"
    );
    scratch.file("plugins/c\u{9b}31m.so", "not a library");
    let json = scratch.ok(&["plugin", "list", "--json", "--plugin-dir", "plugins"]);
    assert!(!json.contains(['\u{1b}', '\u{9b}']) && json.contains("c\\u009b31m.so"), "{json}");
    let wrong = scratch.run(&["plugin", "list", "\u{1b}[31m"]);
    assert!(wrong.code == Some(1) && !wrong.err.contains('\u{1b}'), "{wrong:?}");
}
