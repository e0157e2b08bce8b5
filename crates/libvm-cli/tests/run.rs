//! `libvm run`: what the guest gets, what it gives, and how it ends.

mod common;
use common::{Scratch, guest};

#[test]
fn a_command_gets_words_and_gives_its_exit_code() {
    let scratch = Scratch::new();
    scratch.file("words.wat", guest("words"));
    let ran = scratch.run(&[
        "run",
        "--env",
        "A=b=c",
        "--env",
        "HOME",
        "--env",
        "NOTHING",
        "words.wat",
        "--verbose",
        "-x",
        "in.txt",
        "--",
        "y",
    ]);
    let home = format!("HOME={}", scratch.path().display());
    let expected = ["words.wat", "--verbose", "-x", "in.txt", "--", "y", "A=b=c", &home, ""];
    assert_eq!((ran.code, ran.out.split('\0').collect::<Vec<_>>(), ran.err.as_str()), (Some(0), expected.to_vec(), ""));
    // Neither variables of the host nor a `--` before the arguments.
    let ran = scratch.run(&["run", "words.wat", "--", "--json", "--help"]);
    assert_eq!(ran.out, "words.wat\0--json\0--help\0");

    scratch.file("copy.wat", guest("copy"));
    let ran = scratch.run_with_input(&["run", "copy.wat"], b"some\ninput");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(3), "some\ninput", ""));
    // From a binary module, and one that comes by a pipe.
    scratch.file("copy.wasm", wat::parse_str(guest("copy")).unwrap());
    assert_eq!(scratch.run_with_input(&["run", "./copy.wasm"], b"more").out, "more");
    assert_eq!(scratch.run_with_input(&["run", "-"], guest("copy").as_bytes()).code, Some(3));
}

#[test]
fn a_guest_has_the_directories_that_it_is_given() {
    let scratch = Scratch::new();
    scratch.file("files.wat", guest("files"));
    scratch.file("data/in.txt", "contents");
    let ran = scratch.run(&["run", "--dir", "./data:/d:ro", "files.wat"]);
    // EROFS of WASI is 69.
    assert_eq!((ran.code, ran.out.as_str()), (Some(69), "/dcontents"), "{ran:?}");
    assert!(!scratch.path().join("data/out.txt").exists());
    let ran = scratch.run(&["run", "--dir", "data", "files.wat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "datacontents"), "{ran:?}");
    assert!(scratch.path().join("data/out.txt").exists());
    assert_eq!(scratch.run(&["run", "files.wat"]).code, Some(99));
    let ran = scratch.run(&["run", "--dir", "nothing:/d", "files.wat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.starts_with("error: --dir nothing: "), "{ran:?}");
    let ran = scratch.run(&["run", "--dir", "data:/d:rx", "files.wat"]);
    assert!(ran.code == Some(2) && ran.err.contains("\"rx\" is neither ro nor rw"), "{ran:?}");
}

#[test]
fn results_of_a_function_go_to_standard_output() {
    let scratch = Scratch::new();
    scratch.file("f.wat", guest("stopped"));
    let ran = scratch.run(&["run", "--invoke", "sum", "f.wat", "20", "22"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""));
    let ran = scratch.run(&["run", "--invoke", "sum", "f.wat", "--", "-20", "0xffffffff"]);
    assert_eq!(ran.out, "-21\n");
    let ran = scratch.run(&["run", "--invoke", "all", "f.wat", "-1", "18446744073709551615", "1.5", "-inf"]);
    assert_eq!(ran.out, "-1\n-1\n1.5\n-inf\n");
    let ran = scratch.run(&["run", "--json", "--invoke", "all", "f.wat", "1", "2", "0.5", "nan"]);
    let expected = serde_json::json!({ "results": [
        { "type": "i32", "value": 1 }, { "type": "i64", "value": 2 }, { "type": "f32", "value": 0.5 }, { "type": "f64", "value": "NaN" },
    ] });
    assert_eq!(ran.json(), expected);
    assert_eq!(scratch.run(&["run", "--invoke", "none", "f.wat"]).out, "");
}

#[test]
fn arguments_of_a_function_are_checked() {
    let scratch = Scratch::new();
    scratch.file("f.wat", guest("stopped"));
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["sum", "f.wat", "1", "2x"],
            2,
            "error: argument 2 of `sum` is \"2x\", which is not an i32: an integer from -2147483648 to 4294967295, or 0x and up to 8 \
             hexadecimal digits\n",
        ),
        (&["sum", "f.wat", "1"], 2, "error: `sum` takes 2 arguments (i32 i32), and got 1\n"),
        (&["none", "f.wat", "1"], 2, "error: `none` takes no arguments, and got 1\n"),
        (&["sun", "f.wat"], 127, "error: f.wat exports no function `sun`\nhint: did you mean `sum`?\n"),
        (
            &["memory", "f.wat"],
            127,
            "error: f.wat exports no function `memory`\nhint: it exports `_start`, `deep`, `load`, `grow`, `sum`, `all`, `none`\n",
        ),
    ];
    for (arguments, code, expected) in cases {
        let ran = scratch.run(&[&["run", "--invoke"], *arguments].concat());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(*code), "", *expected));
    }
}

#[test]
fn limits_stop_a_guest_and_tell_where() {
    let scratch = Scratch::new();
    scratch.file("spin.wasm", wat::parse_str(guest("stopped")).unwrap());
    // Long enough to get to the inner function on a slow machine.
    let ran = scratch.run(&["run", "--timeout", "600ms", "--max-memory", "16MiB", "spin.wasm"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(124), ""));
    let (first, place) = ran.err.split_once('\n').unwrap();
    assert_eq!(first, "error: the guest was stopped after 600 ms (limit --timeout)");
    assert!(place.starts_with("  in spin.wasm, function `inner` (offset 0x"), "{place}");
    assert!(place.ends_with("), called by `main`, called by `_start`\n"), "{place}");
    let ran = scratch.run(&["run", "--json", "--fuel", "1000", "spin.wasm"]);
    let error = ran.json_error();
    assert_eq!((ran.code, &error["exit_code"], &error["status"]), (Some(124), &124.into(), &"VM_STATUS_OUT_OF_FUEL".into()));
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("the guest was stopped after 1000 units of fuel (limit --fuel)\n  in spin.wasm, "), "{message}");
    let ran = scratch.run(&["run", "--no-backtrace", "--timeout", "50ms", "spin.wasm"]);
    assert_eq!(ran.code, Some(124));
    // Memory that is refused is not the end of a guest.
    let ran = scratch.run(&["run", "--max-memory", "1MiB", "--invoke", "grow", "spin.wasm", "15"]);
    assert_eq!(ran.out, "1\n");
    let ran = scratch.run(&["run", "--max-memory", "1MiB", "--invoke", "grow", "spin.wasm", "16"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "-1\n"));
    let ran = scratch.run(&["run", "--max-memory", "1K", "--invoke", "none", "spin.wasm"]);
    assert_eq!(ran.code, Some(126), "{ran:?}");
    assert!(ran.err.contains("its limit is 1024 (--max-memory raises it)\n"), "{ran:?}");
}

#[test]
fn limits_are_told_in_words_of_the_command() {
    let scratch = Scratch::new();
    scratch.file("memory.wat", r#"(module (memory 2) (func (export "_start")))"#);
    let ran = scratch.run(&["run", "--max-memory", "64KiB", "memory.wat"]);
    assert_eq!(ran.code, Some(126), "{ran:?}");
    assert!(ran.err.contains("its limit is 65536 (--max-memory raises it)\n"), "{ran:?}");
    let blocks = 40_000;
    scratch.file("deep.wat", format!("(module (func {} {}))", "(block ".repeat(blocks), ")".repeat(blocks)));
    let ran = scratch.run(&["run", "deep.wat"]);
    assert_eq!(ran.code, Some(126), "{ran:?}");
    assert!(ran.err.contains("the engine's limit is 32768 (`nesting-depth` in the configuration changes it)"), "{ran:?}");
}

#[test]
fn an_option_that_does_not_exist_is_not_a_file() {
    let scratch = Scratch::new();
    scratch.file("empty.wat", r#"(module (func (export "_start")))"#);
    let ran = scratch.run(&["run", "--timeot=5s", "empty.wat"]);
    let expected = "error: `--timeot` is neither an option of `libvm run` nor a file\nhint: did you mean --timeout?\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), expected));
    let ran = scratch.run(&["run", "-x", "empty.wat"]);
    assert!(ran.code == Some(2) && ran.err.contains("hint: `libvm run --help` shows"), "{ran:?}");
    std::fs::rename(scratch.path().join("empty.wat"), scratch.path().join("-x")).unwrap();
    assert_eq!(scratch.run(&["run", "--", "-x"]).code, Some(0));
}

#[test]
fn a_trap_is_134_with_the_functions() {
    let scratch = Scratch::new();
    scratch.file("f.wat", guest("stopped"));
    let ran = scratch.run(&["run", "--invoke", "load", "f.wat", "65536"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(134), ""));
    assert!(ran.err.starts_with("error: the guest trapped: "), "{ran:?}");
    assert!(ran.err.contains("\n  in f.wat, function `load` (offset 0x"), "{ran:?}");
    let ran = scratch.run(&["run", "--invoke", "deep", "f.wat", "100"]);
    assert!(ran.err.contains("  called by `deep`,\n  … 80 more …,\n") && ran.err.lines().count() < 30, "{ran:?}");
}

#[test]
fn a_recursion_without_end_is_shown_in_part() {
    let scratch = Scratch::new();
    scratch.file("f.wat", r#"(module (func $f (export "_start") (call $f)))"#);
    let ran = scratch.run(&["run", "f.wat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(134), ""));
    assert!(ran.err.contains("raise `recursion-depth` and `stack-bytes` in the configuration\n"), "{ran:?}");
    assert_eq!(ran.err.matches("more …").count(), 1, "{ran:?}");
    assert!(ran.err.lines().count() < 25, "{ran:?}");
    // Units of fuel that are none.
    let ran = scratch.run(&["run", "--fuel=-1", "f.wat"]);
    assert!(ran.code == Some(2) && ran.err.contains("it is not a number of units"), "{ran:?}");
}

#[test]
fn files_that_cannot_be_run() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join("folder")).unwrap();
    scratch.file("text.txt", "hello");
    scratch.file("cut.wasm", b"\0asm\x01\0\0\0\x01");
    scratch.file("wrong.wat", "(module\n  (func (result i33)))");
    scratch.file("empty.wat", "(module)");
    scratch.file("library.wat", r#"(module (func (export "a\1b[31m")) (func (export "b")))"#);
    scratch.file("start.wat", r#"(module (func (export "_start") (param i32)))"#);
    let cases = [
        ("missing.wasm", 127, "error: cannot read missing.wasm: No such file or directory (os error 2)\n"),
        ("folder", 126, "error: folder is a directory, not a module\n"),
        (
            "empty.wat",
            126,
            "error: empty.wat is not a command: it exports no function\nhint: build it as a command: a program with a main function, for WASI preview 1\n",
        ),
        (
            "library.wat",
            126,
            "error: library.wat is not a command: it exports no function `_start`\nhint: call one of its functions with --invoke: `a\\u{1b}[31m`, `b`\n",
        ),
        (
            "start.wat",
            126,
            "error: start.wat is not a command: its `_start` is (i32) -> (), and that of a command is () -> ()\nhint: call it with --invoke _start\n",
        ),
    ];
    for (file, code, expected) in cases {
        let ran = scratch.run(&["run", file]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(code), "", expected));
    }
    for (file, part) in [
        ("text.txt", "error: text.txt: "),
        ("cut.wasm", "error: cut.wasm: the module is not valid: "),
        ("wrong.wat", "wrong.wat:2:17"),
    ] {
        let ran = scratch.run(&["run", file]);
        assert!(ran.code == Some(126) && ran.out.is_empty() && ran.err.contains(part), "{ran:?}");
    }
}

#[test]
fn a_file_without_a_name_is_named_all_the_same() {
    let ran = Scratch::new().run(&["run", ""]);
    let expected = "error: cannot read \"\": No such file or directory (os error 2)\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(127), expected));
}
