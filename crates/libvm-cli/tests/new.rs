//! `libvm plugin new`.

mod common;

use common::Scratch;
use std::path::{Path, PathBuf};

/// Returns the files below a directory, as paths in it.
fn files(directory: &Path) -> Vec<String> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(directory, &mut found);
    let mut names: Vec<String> =
        found.iter().map(|path| path.strip_prefix(directory).unwrap().to_str().unwrap().into()).collect();
    names.sort();
    names
}

#[test]
fn paths_in_commands_are_quoted() {
    let scratch = Scratch::new();
    let ran = scratch.run(&["plugin", "new", "greet", "--lang", "c", "--dir", "my plug-in"]);
    assert!(ran.code == Some(0) && ran.out.contains("\n  cd 'my plug-in'\n"), "{ran:?}");
}

#[test]
fn a_plugin_is_made_in_each_language() {
    let scratch = Scratch::new();
    let common = [".gitignore", "README.md", "package.json", "package.toml", "tests/guest.wat", "tests/tests.toml"];
    for (lang, language, own) in [
        ("c", "C", &["CMakeLists.txt", "my-plug.c"][..]),
        ("cpp", "C++", &["CMakeLists.txt", "exports.map", "my-plug.cpp"]),
        ("rust", "Rust", &["Cargo.toml", "src/lib.rs"]),
    ] {
        let ran = scratch.run(&["plugin", "new", "my-plug", "--lang", lang, "--dir", lang]);
        let expected = format!(
            "created {lang}, a plug-in in {language}\n  cd {lang}\n  libvm plugin test      # builds it, runs its tests, and checks it\n"
        );
        assert_eq!((ran.code, ran.out, ran.err), (Some(0), expected, String::new()));
        let mut expected: Vec<&str> = common.iter().chain(own).copied().collect();
        expected.sort_unstable();
        assert_eq!(files(&scratch.path().join(lang)), expected);
        let read = |file: &str| std::fs::read_to_string(scratch.path().join(lang).join(file)).unwrap();
        assert!(read("README.md").starts_with("# my-plug\n"));
        assert!(read("tests/guest.wat").contains("(import \"my-plug\" \"add\""));
        let library = if lang == "rust" { "target/release/libmy_plug.so" } else { "build/my-plug.so" };
        #[cfg(target_os = "linux")]
        assert!(read("package.toml").contains(&format!("library = \"{library}\"\n")));
        let description: serde_json::Value = serde_json::from_str(&read("package.json")).unwrap();
        assert_eq!(description["modules"][0]["name"], "my-plug");
    }

    let made = scratch.run(&["plugin", "new", "greet", "--lang", "c++", "--json"]).json();
    assert_eq!((&made["name"], &made["language"], &made["directory"]), (&"greet".into(), &"C++".into(), &"greet".into()));
    let listed: Vec<&str> = made["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert_eq!(listed, files(&scratch.path().join("greet")));
}

#[test]
fn names_are_checked() {
    let scratch = Scratch::new();
    for (name, why) in [
        ("2d", "a name consists of letters, digits, `-` and `_`, and begins with a letter"),
        ("../up", "a name consists of letters"),
        ("fn", "`fn` is a word of Rust"),
        ("build", "`build` is a target or directory of build tools"),
        ("process", "`process` is a plug-in that is shipped with libvm"),
        ("libvm-x", "names that begin with `libvm` are libvm's own"),
    ] {
        let ran = scratch.run(&["plugin", "new", name, "--lang", "c"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(why), "{}", ran.err);
    }
    let ran = scratch.run(&["plugin", "new", "greet"]);
    assert!(ran.code == Some(2) && ran.err.contains("--lang <LANGUAGE>"), "{ran:?}");
    let ran = scratch.run(&["plugin", "new", "greet", "--lang", "java"]);
    assert!(ran.code == Some(2) && ran.err.contains("[possible values: c, cpp, rust]"), "{ran:?}");
    assert_eq!(files(scratch.path()), Vec::<String>::new());
}

#[test]
fn what_exists_is_not_changed() {
    let scratch = Scratch::new();
    scratch.file("greet/kept", "text");
    scratch.file("file", "text");
    for directory in ["greet", "file"] {
        let ran = scratch.run(&["plugin", "new", "greet", "--lang", "c", "--dir", directory]);
        let message = format!(
            "error: {directory} exists already, and nothing was changed\nhint: choose another name, or another directory with --dir\n"
        );
        assert_eq!((ran.code, ran.out, ran.err), (Some(125), String::new(), message));
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", scratch.path().join("link")).unwrap();
        let ran = scratch.run(&["plugin", "new", "greet", "--lang", "c", "--dir", "link"]);
        assert!(ran.code == Some(125) && ran.err.contains("link exists already"), "{ran:?}");
        std::fs::remove_file(scratch.path().join("link")).unwrap();
    }
    let ran = scratch.run(&["plugin", "new", "greet", "--lang", "c", "--dir", "missing/greet"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(127), "error: the directory missing does not exist\nhint: create it first\n"));
    let error = scratch.run(&["plugin", "new", "greet", "--lang", "c", "--json"]).json_error();
    assert_eq!((&error["exit_code"], &error["message"]), (&125.into(), &"greet exists already, and nothing was changed".into()));
    assert_eq!(files(scratch.path()), ["file", "greet/kept"]);
}

#[test]
fn what_is_missing_is_named() {
    let scratch = Scratch::new();
    // No programs: the plug-in is made nevertheless.
    let ran = scratch.command(&["plugin", "new", "greet", "--lang", "rust"]).env("PATH", "").output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(
        out.contains("  cargo is needed to build it, and was not found: install Rust 1.86 or later from https://rustup.rs\n"),
        "{out}"
    );

    // An SDK that is not there, and one without the part for the language.
    let with = |sdk: &Path, lang: &str| {
        let mut command = scratch.command(&["plugin", "new", "other", "--lang", lang]);
        common::Ran::from(command.env("LIBVM_SDK", sdk).output().unwrap())
    };
    let ran = with(Path::new("/nowhere"), "c");
    assert_eq!(ran.code, Some(127));
    let message = "error: /nowhere (environment variable LIBVM_SDK) contains no SDK of libvm\nhint: set LIBVM_SDK to the prefix";
    assert!(ran.err.starts_with(message), "{}", ran.err);
    scratch.file("prefix/include/libvm/plugin.h", "");
    let ran = with(&scratch.path().join("prefix"), "rust");
    assert!(
        ran.code == Some(127)
            && ran.err.contains("prefix/share/libvm/rust/crates/libvm-plugin\nhint: install the component `tools`"),
        "{ran:?}"
    );
    // A command that was moved away from its SDK.
    let alone = scratch.path().join("libvm");
    std::fs::copy(env!("CARGO_BIN_EXE_libvm"), &alone).unwrap();
    let ran =
        std::process::Command::new(&alone).args(["plugin", "new", "other", "--lang", "c"]).current_dir(scratch.path()).output();
    let ran = common::Ran::from(ran.unwrap());
    assert!(
        ran.code == Some(127) && ran.err.contains("is not installed beside this command\nhint: install libvm with its headers"),
        "{ran:?}"
    );
    assert!(!scratch.path().join("other").exists());
}

#[test]
fn paths_of_an_installation_are_written_into_the_files() {
    let scratch = Scratch::new();
    scratch.file("pre fix/include/libvm/plugin.h", "");
    scratch.file("pre fix/share/libvm/rust/crates/libvm-plugin/Cargo.toml", "");
    let prefix = scratch.path().join("pre fix");
    for lang in ["c", "rust"] {
        let mut command = scratch.command(&["plugin", "new", "greet", "--lang", lang, "--dir", lang]);
        assert!(command.env("LIBVM_SDK", &prefix).status().unwrap().success());
    }
    let read = |file: &str| std::fs::read_to_string(scratch.path().join(file)).unwrap();
    let prefix = prefix.to_str().unwrap();
    assert!(read("c/README.md").contains(&format!("-B build '-DCMAKE_PREFIX_PATH={prefix}'")), "{}", read("c/README.md"));
    assert!(read("c/README.md").contains(&format!("greet.so '-I{prefix}/include'")), "{}", read("c/README.md"));
    assert!(
        read("rust/Cargo.toml")
            .contains(&format!("libvm-plugin = {{ path = \"{prefix}/share/libvm/rust/crates/libvm-plugin\" }}"))
    );
    assert!(read("rust/.cargo/config.toml").contains(&format!("directory = \"{prefix}/share/libvm/rust/vendor\"")));
    assert!(read("rust/README.md").contains("`Cargo.toml, .cargo/config.toml`"));
}
