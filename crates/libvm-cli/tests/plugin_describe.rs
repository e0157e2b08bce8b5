//! `libvm plugin describe`, `functions`, `sources` and `sinks`.
#![cfg(target_os = "linux")]

mod common;
use common::Scratch;
use serde_json::{Value, json};

const SIMPLE: &str = "capi-tests/plugins/named.c";

#[test]
fn a_description_runs_no_code() {
    let scratch = Scratch::new();
    let flags = ["-DNAME=\"calc\"", "-DVERSION=\"1.2.0\"", "-DVM_PLUGIN_LICENSE=\"MIT\"", "-DVM_PLUGIN_MODULES=\"calc\""];
    scratch.compile(SIMPLE, &flags, "calc.so");
    let (ran, has_run) = scratch.run_marked(&["plugin", "describe", "./calc.so"]);
    assert_eq!((ran.code, has_run), (Some(0), false), "{ran:?}");
    for line in ["name:         calc", "version:      1.2.0", "license:      MIT", "modules:      calc"] {
        assert!(ran.out.lines().any(|found| found == line), "{line} in {ran:?}");
    }
    assert!(ran.out.ends_with("not known:    options, hooks, sources, sinks (--load runs its code, which knows)\n"), "{ran:?}");
    let document = scratch.run(&["plugin", "describe", "calc.so", "--json"]).json();
    assert_eq!((&document["options"], &document["loadable"]), (&Value::Null, &true.into()));
    assert_eq!(document["modules"], json!([{ "name": "calc", "description": "", "functions": null }]));
    assert_eq!(document["abi"]["major"], 0);

    let (ran, has_run) = scratch.run_marked(&["plugin", "describe", "calc.so", "--load", "--json"]);
    let document = ran.json();
    assert!(has_run && document["options"] == json!([]) && document["modules"][0]["functions"].is_array(), "{document:#}");
}

#[test]
fn options_are_described() {
    let scratch = Scratch::new();
    scratch.compile("examples/c/plugin_options.c", &[], "greeter.so");
    let text = scratch.ok(&["plugin", "describe", "--load", "greeter.so"]);
    assert!(text.contains("options:      greeting (string, default \"Hello\")  what to say before the name\n"), "{text}");
    assert!(text.contains("              times (integer, default 1, from 1 to 9)  number of repetitions\n"), "{text}");
    let document = scratch.run(&["plugin", "describe", "--load", "greeter.so", "--json"]).json();
    let times = &document["options"][1];
    assert_eq!((&times["key"], &times["default"], &times["maximum"]), (&"times".into(), &1.into(), &9.into()));
}

#[test]
fn what_cannot_be_loaded_is_described_too() {
    let scratch = Scratch::new();
    scratch.compile("capi-tests/plugins/other_major.c", &["-DNAME=\"foreign\"", "-DVERSION=\"1.0.0\""], "foreign.so");
    let document = scratch.run(&["plugin", "describe", "foreign.so", "--json"]).json();
    assert_eq!((&document["loadable"], &document["refusal"]["status"]), (&false.into(), &"VM_STATUS_PLUGIN_INCOMPATIBLE".into()));
    scratch.fails(&["plugin", "functions", "foreign.so"], 125, &["ABI"]);
    scratch.file("text.so", "not a library");
    assert!(scratch.ok(&["plugin", "describe", "text.so"]).contains("not loadable: "));
    scratch.fails(&["plugin", "describe", "none.so"], 127, &["none.so not found"]);
}

#[test]
fn functions_are_those_of_the_running_plugin() {
    let scratch = Scratch::new();
    scratch.compile("capi-tests/plugins/permissions.c", &["-DNAME=\"permissions\""], "plugins/permissions.so");
    let text = scratch.ok(&["plugin", "functions", "permissions", "--plugin-dir", "plugins"]);
    assert!(text.starts_with("FUNCTION") && text.lines().count() > 1, "{text}");
    let document = scratch.run(&["plugin", "functions", "permissions", "--plugin-dir", "plugins", "--json"]).json();
    let functions = document["functions"].as_array().unwrap();
    assert!(
        functions.iter().any(|function| function["permission"].is_string() && function["module"] == "permissions"),
        "{document}"
    );
}

#[test]
fn only_a_plugin_and_its_needs_are_loaded() {
    let scratch = Scratch::new();
    let mark = |name: &str, depends: &str| {
        let mut flags = vec![format!("-DNAME=\"{name}\""), "-DVERSION=\"1.0.0\"".to_owned()];
        flags.extend((!depends.is_empty()).then(|| format!("-DVM_PLUGIN_DEPENDS=\"{depends}\"")));
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        scratch.compile(SIMPLE, &flags, &format!("plugins/{name}.so"));
    };
    mark("base", "");
    mark("middle", "base");
    mark("top", "middle >=1");
    mark("other", "");
    mark("lost", "nowhere");
    let (ran, _) = scratch.run_marked(&["plugin", "functions", "top", "--plugin-dir", "plugins"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let marks = std::fs::read_to_string(scratch.path().join("marks")).unwrap();
    assert_eq!(marks.lines().collect::<Vec<_>>(), ["base", "middle", "top"]);
    let lost = ["plugin", "functions", "lost", "--plugin-dir", "plugins"];
    scratch.fails(&lost, 125, &["needs the plug-in `nowhere`, but that is not loaded"]);
}

#[test]
fn sources_and_sinks_have_options() {
    let scratch = Scratch::new();
    scratch.compile("examples/c/plugin_reader.c", &[], "reader.so");
    scratch.compile("examples/c/plugin_writer.c", &[], "writer.so");
    assert_eq!(
        scratch.ok(&["plugin", "sources", "reader.so"]),
        "SOURCE  OPTIONS             DESCRIPTION\nfile    path format follow  Reads a file\n"
    );
    let document = scratch.run(&["plugin", "sources", "reader.so", "--json"]).json();
    let source = &document["sources"][0];
    assert_eq!(
        (&source["name"], &source["delivery"], &source["options"][0]["key"]),
        (&"file".into(), &"pull".into(), &"path".into())
    );
    let document = scratch.run(&["plugin", "sinks", "writer.so", "--json"]).json();
    assert_eq!(document["sinks"][0]["name"], "file");
    assert_eq!(scratch.ok(&["plugin", "sinks", "reader.so"]), "");
}

#[test]
fn a_package_says_what_its_description_says() {
    let scratch = Scratch::new();
    scratch.plugin("calc.so", "calc", "1.0.0", "");
    let described = r#"{ "author": "Example Ltd", "options": [{ "key": "token", "type": "string", "default": "hidden", "secret": true }],
        "modules": [{ "name": "calc", "functions": [{ "name": "add", "signature": "(ii)i", "description": "Adds" }] }],
        "sinks": [{ "name": "file", "description": "Appends" }] }"#;
    scratch.file("about.json", described);
    scratch.file("package.toml", "library = \"calc.so\"\ndescription = \"about.json\"\n");
    scratch.ok(&["plugin", "pack"]);
    let functions = "FUNCTION  SIGNATURE  PERMISSION  DESCRIPTION\ncalc.add  (ii)i      –           Adds\n";
    assert_eq!(scratch.ok(&["plugin", "functions", "calc-1.0.0.zip"]), functions);
    assert_eq!(scratch.ok(&["plugin", "sinks", "calc-1.0.0.zip"]), "SINK  OPTIONS  DESCRIPTION\nfile  –        Appends\n");
    scratch.fails(&["plugin", "sources", "calc-1.0.0.zip"], 126, &["is a package", "hint: install it with"]);
    scratch.fails(&["plugin", "describe", "--load", "calc-1.0.0.zip"], 126, &["runs only when it is installed"]);
    let text = scratch.ok(&["plugin", "describe", "calc-1.0.0.zip"]);
    assert!(
        text.contains("author:       Example Ltd\n") && text.contains("token (string, secret)") && !text.contains("hidden"),
        "{text}"
    );
    // Installed, by name and by version.
    scratch.ok(&["plugin", "install", "calc-1.0.0.zip"]);
    for target in ["calc", "calc@1.0.0"] {
        let document = scratch.run(&["plugin", "describe", target, "--json"]).json();
        assert_eq!(
            (&document["author"], &document["options"][0]["key"]),
            (&"Example Ltd".into(), &"token".into()),
            "{document:#}"
        );
        assert!(scratch.ok(&["plugin", "functions", target]).starts_with("FUNCTION"));
    }
    scratch.fails(
        &["plugin", "describe", "calc@2.0.0"],
        127,
        &["version 2.0.0 of the plug-in `calc`", "hint: installed are 1.0.0"],
    );
    scratch.fails(&["plugin", "describe", "clac@1.0.0"], 127, &["hint: did you mean `calc`?"]);
    scratch.file("tool", "");
    scratch.fails(&["plugin", "describe", "tool"], 127, &["hint: there is a file of that name: ./tool"]);
    scratch.fails(&["plugin", "describe", "clac"], 127, &["no plug-in `clac` is installed; there are `calc`", "hint: "]);
}
