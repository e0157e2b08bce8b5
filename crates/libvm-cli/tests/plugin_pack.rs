//! `libvm plugin pack`.
#![cfg(target_os = "linux")]

mod common;
use common::Scratch;
use std::fs;

/// Returns the names of the files of a package.
fn files(scratch: &Scratch, archive: &str) -> Vec<String> {
    let document = scratch.run(&["plugin", "describe", "--json", archive]).json();
    document["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_directory_is_packed_as_it_is() {
    let scratch = Scratch::new();
    scratch.plugin("build/libcalc.so", "calc", "1.2.0", "");
    scratch.file("build/data/table.txt", "1 2 3");
    scratch.file("build/.hidden", "");
    let text = scratch.ok(&["plugin", "pack", "build"]);
    assert!(text.starts_with("packed calc 1.2.0: calc-1.2.0.zip (4 files, "), "{text}");
    assert_eq!(files(&scratch, "calc-1.2.0.zip"), ["SHA256SUMS", "calc.json", "calc.so", "data/table.txt"]);
    scratch.ok(&["plugin", "verify", "calc-1.2.0.zip"]);
    // The same files give the same bytes.
    scratch.ok(&["plugin", "pack", "build", "--output", "again.zip"]);
    let read = |file: &str| fs::read(scratch.path().join(file)).unwrap();
    assert!(read("calc-1.2.0.zip") == read("again.zip"));
    // In the directory itself, the package would be a file of the next one.
    let mut inside = scratch.command(&["plugin", "pack"]);
    let inside = inside.current_dir(scratch.path().join("build")).output().unwrap();
    let text = String::from_utf8(inside.stderr).unwrap();
    assert!(inside.status.code() == Some(2) && text.contains("would be one of the files") && text.contains("hint: "), "{text}");
}

#[test]
fn a_plugin_is_packed_alone() {
    let scratch = Scratch::new();
    scratch.plugin("target/libmy-calc.v2.so", "my-calc.v2", "1.0.0", "");
    let document = scratch.run(&["plugin", "pack", "target/libmy-calc.v2.so", "--json"]).json();
    assert_eq!((&document["name"], &document["path"]), (&"my-calc.v2".into(), &"my-calc.v2-1.0.0.zip".into()));
    assert_eq!(files(&scratch, "my-calc.v2-1.0.0.zip"), ["SHA256SUMS", "my-calc.v2.json", "my-calc.v2.so"]);
}

#[test]
fn a_list_names_the_files() {
    let scratch = Scratch::new();
    scratch.plugin("build/libcalc.so", "calc", "1.0.0", "");
    scratch.file("about.json", r#"{ "author": "Example Ltd" }"#);
    scratch.file("defaults.toml", "");
    scratch.file("README.md", "# calc");
    scratch.file("data/deep/a.txt", "a");
    scratch.file("data/.hidden", "");
    scratch.file("secret.txt", "not packed");
    let list = "library = \"build/libcalc.so\"\ndescription = \"about.json\"\noptions = \"defaults.toml\"\nfiles = [\"README.md\", \"./data\"]\n";
    scratch.file("package.toml", list);
    scratch.ok(&["plugin", "pack"]);
    let expected = ["README.md", "SHA256SUMS", "calc.json", "calc.so", "calc.toml", "data/deep/a.txt"];
    assert_eq!(files(&scratch, "calc-1.0.0.zip"), expected);
    assert!(scratch.ok(&["plugin", "describe", "calc-1.0.0.zip"]).contains("author:       Example Ltd"));
    // From another directory, and for a named platform.
    let platform = format!("linux-{}", std::env::consts::ARCH);
    scratch.file("other/list.toml", format!("[library]\n{platform} = \"../build/libcalc.so\"\n"));
    scratch.ok(&["plugin", "pack", "other/list.toml", "-o", "platforms.zip"]);
    assert_eq!(
        files(&scratch, "platforms.zip"),
        ["SHA256SUMS".to_owned(), format!("calc-{platform}.so"), "calc.json".to_owned()]
    );
}

#[test]
fn a_wrong_list_is_refused_with_its_line() {
    let scratch = Scratch::new();
    scratch.plugin("calc.so", "calc", "1.0.0", "");
    let wrong = |list: &str, code: i32, parts: &[&str]| {
        scratch.file("package.toml", list);
        scratch.fails(&["plugin", "pack"], code, parts);
    };
    wrong("librari = \"calc.so\"\n", 2, &["package.toml:1:1: unknown key `librari`", "did you mean `library`?"]);
    wrong("library = 3\n", 2, &["package.toml:1:11: `library` must be a string"]);
    wrong("files = []\n", 2, &["has no `library`", "hint: "]);
    wrong("library = \"calc.so\"\nfiles = [\"../../etc/passwd\"]\n", 2, &["package.toml:2:10: `../../etc/passwd` is not below"]);
    wrong("library = \"calc.so\"\nfiles = [\"/etc/passwd\"]\n", 2, &["is not below the directory of the list"]);
    wrong("library = \"calc.so\"\nfiles = [\"none\"]\n", 127, &["none: No such file"]);
    wrong("library = \"calc.so\"\nfiles = [\"calc.so\"]\n", 125, &["has `calc.so` twice"]);
    wrong("library = \"build/none.so\"\n", 127, &["the library ./build/none.so does not exist", "hint: build the plug-in first"]);
    scratch.file("text.so", "not a library");
    wrong("library = \"text.so\"\n", 126, &["text.so is not a plug-in"]);
    wrong("library = \"calc.so\"\ndescription = \"package.toml\"\n", 125, &["package.toml"]);
    assert!(!scratch.path().join("calc-1.0.0.zip").exists());
}

#[test]
fn what_is_no_plugin_is_not_packed() {
    let scratch = Scratch::new();
    scratch.file("empty/README.md", "");
    scratch.fails(&["plugin", "pack", "empty"], 125, &["cannot build a package: the directory empty"]);
    scratch.fails(&["plugin", "pack", "none"], 127, &["cannot pack none: No such file"]);
    scratch.file("app.wasm", b"\0asm\x01\0\0\0");
    scratch.fails(&["plugin", "pack", "app.wasm"], 126, &["app.wasm is not a plug-in", "which `libvm run` runs"]);
    scratch.plugin("calc.so", "calc", "1.0.0", "");
    scratch.fails(&["plugin", "pack", "calc.so", "-o", "none/calc.zip"], 127, &["none/calc.zip"]);
}
