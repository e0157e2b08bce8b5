//! The command line: help, errors, colours, JSON.

mod common;
use common::Scratch;

#[test]
fn help_and_version_go_to_standard_output() {
    let scratch = Scratch::new();
    let help = scratch.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    assert!(help.out.contains("Usage: libvm") && help.out.contains("124  the guest was stopped by --timeout"), "{help:?}");
    let version = scratch.run(&["--version"]);
    assert_eq!((version.code, version.out), (Some(0), format!("libvm {}\n", env!("CARGO_PKG_VERSION"))));
    let nothing = scratch.run(&[]);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(2), ""));
    assert!(nothing.err.contains("Usage: libvm"), "{nothing:?}");
}

#[test]
fn wrong_command_lines_exit_with_2() {
    let scratch = Scratch::new();
    let wrong = scratch.run(&["validat"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    assert!(wrong.err.contains("unrecognized subcommand 'validat'") && wrong.err.contains("'validate'"), "{wrong:?}");
    let wrong = scratch.run(&["validate", "--json", "--frob"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    let error = wrong.json_error();
    assert_eq!((&error["exit_code"], &error["status"]), (&2.into(), &serde_json::Value::Null));
    assert!(error["message"].as_str().unwrap().starts_with("unexpected argument '--frob'"), "{error}");
}

#[test]
fn arguments_are_repeated_without_control_characters() {
    let scratch = Scratch::new();
    for color in ["always", "never"] {
        let wrong = scratch.run(&["--color", color, "\x1b[2Jfrob\u{9b}\x07"]);
        assert_eq!(wrong.code, Some(2), "{wrong:?}");
        let message = wrong.err.replace("\x1b[1m\x1b[31merror\x1b[0m", "error");
        assert!(message.contains("frob") && !message.contains(['\x1b', '\u{9b}', '\x07']), "{wrong:?}");
    }
}

#[test]
fn colours_only_if_asked_for_or_on_a_terminal() {
    let scratch = Scratch::new();
    let plain = scratch.run(&["validate", "missing.wasm"]);
    assert_eq!((plain.code, plain.out.as_str()), (Some(127), ""));
    assert_eq!(plain.err, "error: cannot read missing.wasm: No such file or directory (os error 2)\n");
    let colored = scratch.run(&["validate", "--color", "always", "missing.wasm"]);
    assert!(colored.err.starts_with("\x1b[1m\x1b[31merror\x1b[0m: cannot read"), "{colored:?}");
    let colored = scratch.run(&["--color=always", "--help"]);
    assert!(colored.out.contains("\x1b["), "{colored:?}");
    let plain = scratch.run(&["--color=never", "validate"]);
    assert!(plain.code == Some(2) && !plain.err.contains('\x1b'), "{plain:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let scratch = Scratch::new();
    scratch.file("a.wat", "(module)");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = scratch.command(&["validate", "a.wat"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: standard output cannot be written: No space left on device (os error 28)\n"
    );
}
