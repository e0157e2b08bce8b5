//! Signals and broken pipes while a guest runs.
#![cfg(unix)]

mod common;
use common::{Scratch, guest};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Writes a line and then computes, or waits for input, for ever.
fn endless(wait: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\06\00\00\00") (data (i32.const 16) "begun\n")
        (func (export "_start")
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            {wait}))"#
    )
}

const COMPUTE: &str = "(loop $l (br $l))";
const READ: &str = "(loop $l (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l))";

/// Starts a guest, and returns when it runs.
fn start(scratch: &Scratch, arguments: &[&str]) -> Child {
    let mut command = scratch.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    assert_eq!(&line, b"begun\n");
    child
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits for the end, and returns the exit code and standard error.
fn end(mut child: Child) -> (Option<i32>, String) {
    let limit = Instant::now() + Duration::from_secs(60);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > limit {
            child.kill().unwrap();
            panic!("it has not ended");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    (status.code(), text)
}

#[test]
fn a_signal_cancels_the_guest() {
    let scratch = Scratch::new();
    for (name, wait) in [("compute.wat", COMPUTE), ("read.wat", READ)] {
        scratch.file(name, endless(wait));
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
            let child = start(&scratch, &["run", name]);
            send(&child, signal);
            assert_eq!(end(child), (Some(code), String::new()), "{name} {signal:?}");
        }
    }
    // A time-out ends a guest that waits for input, too; it is long enough to begin on a slow machine.
    let child = start(&scratch, &["run", "--timeout", "600ms", "read.wat"]);
    let (code, text) = end(child);
    assert!(code == Some(124) && text.starts_with("error: the guest was stopped after 600 ms (limit --timeout)\n"), "{text}");
}

#[test]
fn plugins_end_after_ctrl_c() {
    let scratch = Scratch::new();
    let text = endless(COMPUTE).replace("(memory", "(import \"looper\" \"loop\" (func $loop)) (memory");
    let source = scratch.file("bye.c", BYE);
    scratch.compile(source.to_str().unwrap(), &[], "bye.so");
    scratch.file("app.wat", text.replace("\"looper\" \"loop\"", "\"bye\" \"nothing\""));
    let child = start(&scratch, &["run", "--plugin", "./bye.so", "app.wat"]);
    send(&child, Signal::INT);
    assert_eq!(end(child), (Some(130), "bye\n".to_owned()));

    // A host function that does not return keeps the first one waiting; the second one ends the process at once.
    scratch.file("hang.wat", endless("(call $loop)").replace("(memory", "(import \"bye\" \"hang\" (func $loop)) (memory"));
    let mut child = start(&scratch, &["run", "--plugin", "./bye.so", "hang.wat"]);
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert_eq!(line, "hangs\n");
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none());
    send(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Writes a line when it ends, and has a function that never returns.
const BYE: &str = r#"
#define VM_PLUGIN_MODULES "bye"
#include <libvm/plugin.h>
#include <stdio.h>
#include <unistd.h>
static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance) { return VM_STATUS_OK; }
static void destroy(void *instance) { fputs("bye\n", stderr); }
static VM_Status nothing(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results) { return VM_STATUS_OK; }
static VM_Status hang(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    fputs("hangs\n", stderr);
    for (;;)
        sleep(1000);
}
static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("nothing", "()", nothing), VM_FUNCTION("hang", "()", hang) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("bye", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("bye", "1.0.0", "Ends", descriptor);
"#;

#[test]
fn a_reader_that_leaves_ends_the_guest() {
    let scratch = Scratch::new();
    scratch.file("pour.wat", guest("pour"));
    let mut child = scratch.command(&["run", "pour.wat"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "line\n");
    drop(out);
    assert_eq!(end(child), (Some(141), String::new()));
    // Other commands end quietly, too.
    let mut child = scratch.command(&["inspect", "pour.wat"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let (code, text) = end(child);
    assert!(text.is_empty() && [Some(0), Some(141)].contains(&code), "{code:?} {text}");
}

/// As `nohup` and shells do for what they start in the background.
#[cfg(target_os = "linux")]
#[test]
fn signals_that_are_ignored_stay_ignored() {
    let scratch = Scratch::new();
    scratch.file("endless.wat", endless(COMPUTE));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' HUP INT; exec \"$0\" run endless.wat", env!("CARGO_BIN_EXE_libvm")]);
    command.current_dir(scratch.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    send(&child, Signal::HUP);
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    send(&child, Signal::TERM);
    assert_eq!(end(child).0, Some(143));
}
