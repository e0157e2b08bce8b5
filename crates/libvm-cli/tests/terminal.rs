//! What the command does on a terminal only: colours and progress.
#![cfg(target_os = "linux")]

mod common;
use common::Scratch;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs a command whose standard error is a terminal, with this input after a pause, and returns what the terminal received.
fn on_terminal(mut command: Command, pause: Duration, input: &[u8]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(slave);
    let mut child = command.spawn().unwrap();
    // Only the child has the terminal now; when it has ended, reading fails.
    drop(command);
    std::thread::sleep(pause);
    // A command that has ended does not read it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let (mut text, mut part, mut master) = (Vec::new(), [0; 4096], File::from(master));
    while let Ok(count @ 1..) = master.read(&mut part) {
        text.extend_from_slice(&part[..count]);
    }
    child.wait().unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn colours_are_for_terminals() {
    let scratch = Scratch::new();
    let missing = || scratch.command(&["validate", "missing.wasm"]);
    let colored = on_terminal(missing(), Duration::ZERO, b"");
    assert!(colored.starts_with("\x1b[1m\x1b[31merror\x1b[0m: cannot read missing.wasm"), "{colored:?}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = missing();
        command.env(name, value);
        let plain = on_terminal(command, Duration::ZERO, b"");
        assert!(plain.starts_with("error: cannot read missing.wasm"), "{plain:?}");
    }
}

#[test]
fn progress_is_for_terminals_and_for_what_takes_longer_than_a_second() {
    let scratch = Scratch::new();
    let quick = on_terminal(scratch.command(&["validate", "-"]), Duration::ZERO, b"(module)");
    assert_eq!(quick, "");
    let slow = on_terminal(scratch.command(&["validate", "-"]), Duration::from_millis(2500), b"(module)");
    assert!(slow.contains("\rreading standard input 1 s\x1b[K") && slow.ends_with("\r\x1b[K"), "{slow:?}");
    // A guest that takes long is no work of the command.
    scratch.file("spin.wat", common::guest("stopped"));
    let run = on_terminal(scratch.command(&["run", "--timeout", "1500ms", "spin.wat"]), Duration::ZERO, b"");
    assert!(!run.contains('\r') || run.matches('\r').count() == run.matches("\r\n").count(), "{run:?}");
}
