//! Standard input, standard output and standard error.

use crate::guest::{BADF, Guest, IO, NOSPC, SPIPE, Scratch};
use libvm_abi as abi;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use vm::status::Error;
use vm::wasi::{Rights, Stream, Wasi};

#[test]
fn output_and_errors_are_captured_apart() {
    let wasi = Wasi::new();
    wasi.capture(Stream::Output, None);
    wasi.capture(Stream::Errors, None);
    let mut guest = Guest::new(&wasi);
    assert_eq!(guest.write(1, &[b"one ", b"", b"two"]), Ok(7));
    assert_eq!(guest.write(2, &[b"oops"]), Ok(4));
    assert_eq!(guest.write(1, &[]), Ok(0));
    assert_eq!(guest.write(1, &[b"!"]), Ok(1));
    assert_eq!((wasi.output(), wasi.errors()), (b"one two!".to_vec(), b"oops".to_vec()));
    // They are not files: a C library asks for the type to find that out.
    assert_eq!(guest.call("fd_seek", &[1, 0, 1, 0]), SPIPE);
    assert_eq!(guest.read(1, 1), Err(BADF));
    assert_eq!(guest.write(0, &[b"x"]), Err(BADF));
    assert_eq!(guest.call("fd_fdstat_get", &[1, 0]), 0);
    assert_eq!(guest.get(0, 1), [0], "no terminal");
}

#[test]
fn captured_output_is_capped() {
    let wasi = Wasi::new();
    wasi.capture(Stream::Output, Some(6));
    let mut guest = Guest::new(&wasi);
    assert_eq!(guest.write(1, &[b"abcd"]), Ok(4));
    assert!(!wasi.is_truncated(Stream::Output));
    assert_eq!(guest.write(1, &[b"efgh"]), Ok(2));
    assert!(wasi.is_truncated(Stream::Output));
    assert_eq!(guest.write(1, &[b"ij"]), Err(NOSPC));
    assert_eq!(guest.write(1, &[b""]), Ok(0));
    assert_eq!(wasi.output(), b"abcdef");
    assert!(!wasi.is_truncated(Stream::Errors));
}

#[test]
fn contexts_share_what_is_captured_and_read_for_themselves() {
    let wasi = Wasi::new();
    wasi.set_input(b"same").unwrap();
    wasi.capture(Stream::Output, None);
    let (mut first, mut second) = (Guest::new(&wasi), Guest::new(&wasi));
    assert_eq!(first.write(1, &[b"1"]), Ok(1));
    assert_eq!(second.write(1, &[b"2"]), Ok(1));
    assert_eq!(first.write(1, &[b"3"]), Ok(1));
    assert_eq!(wasi.output(), b"123");
    assert_eq!(first.read(0, 10), Ok(b"same".to_vec()));
    assert_eq!(second.read(0, 10), Ok(b"same".to_vec()));
    // A later change is for later contexts.
    wasi.discard(Stream::Output);
    assert_eq!(first.write(1, &[b"4"]), Ok(1));
    assert_eq!(Guest::new(&wasi).write(1, &[b"5"]), Ok(1));
    assert_eq!(wasi.output(), b"1234");
}

#[test]
fn captured_output_can_be_read_while_the_guest_runs() {
    let wasi = Arc::new(Wasi::new());
    let (asked, ask) = channel();
    let (answer, answered) = channel::<u8>();
    let answered = Mutex::new(answered);
    wasi.capture(Stream::Output, None);
    wasi.set_input_callback(Arc::new(move |buffer| {
        asked.send(()).unwrap();
        buffer[0] = answered.lock().unwrap().recv().unwrap();
        Ok(Some(1))
    }));
    let theirs = wasi.clone();
    let guest = std::thread::spawn(move || {
        let mut guest = Guest::new(&theirs);
        assert_eq!(guest.write(1, &[b"ready? "]), Ok(7));
        let input = guest.read(0, 100).unwrap();
        guest.write(1, &[&input]).unwrap();
    });
    ask.recv().unwrap();
    assert_eq!(wasi.output(), b"ready? ");
    answer.send(b'y').unwrap();
    guest.join().unwrap();
    assert_eq!(wasi.output(), b"ready? y");
}

#[test]
fn input_comes_from_nothing_bytes_or_a_file() {
    let wasi = Wasi::new();
    assert_eq!(Guest::new(&wasi).read(0, 10), Ok(vec![]));
    let scratch = Scratch::new("input");
    wasi.set_input_file(&scratch.file("input", "first second")).unwrap();
    let file = Guest::new(&wasi);
    wasi.set_input(b"first second").unwrap();
    let bytes = Guest::new(&wasi);
    for mut guest in [file, bytes] {
        assert_eq!(guest.read(0, 6), Ok(b"first ".to_vec()));
        assert_eq!(guest.read(0, 0), Ok(vec![]));
        assert_eq!(guest.read(0, 100), Ok(b"second".to_vec()));
        assert_eq!(guest.read(0, 100), Ok(vec![]));
        assert_eq!(guest.call("fd_close", &[0]), 0);
        assert_eq!(guest.read(0, 1), Err(BADF));
    }
    wasi.discard_input();
    assert_eq!(Guest::new(&wasi).read(0, 10), Ok(vec![]));
}

#[test]
fn callbacks_read_and_write() {
    let wasi = Wasi::new();
    let written = Arc::new(Mutex::new(Vec::new()));
    let sink = written.clone();
    wasi.set_input_callback(Arc::new(|buffer| {
        buffer[..2].copy_from_slice(b"in");
        Ok(Some(2))
    }));
    wasi.write_to_callback(
        Stream::Output,
        Arc::new(move |bytes| {
            let taken = bytes.len().min(3);
            sink.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(Some(taken))
        }),
    );
    let mut guest = Guest::new(&wasi);
    assert_eq!(guest.read(0, 10), Ok(b"in".to_vec()));
    assert_eq!(guest.write(1, &[b"ab", b"cdef", b"gh"]), Ok(5));
    assert_eq!(*written.lock().unwrap(), b"abcde");
}

#[test]
fn errors_of_callbacks_have_numbers() {
    let wasi = Wasi::new();
    wasi.set_input_callback(Arc::new(|_| Err(Error::new(abi::STATUS_IO, "broken"))));
    wasi.write_to_callback(Stream::Output, Arc::new(|_| Err(Error::new(abi::STATUS_LIMIT, "full"))));
    wasi.write_to_callback(
        Stream::Errors,
        Arc::new(|bytes| match bytes {
            b"good" => Ok(Some(4)),
            _ => Err(Error::new(abi::STATUS_IO, "broken")),
        }),
    );
    let mut guest = Guest::new(&wasi);
    assert_eq!(guest.read(0, 10), Err(IO));
    assert_eq!(guest.write(1, &[b"x"]), Err(NOSPC));
    assert_eq!(guest.write(2, &[b"good", b"bad"]), Ok(4));
    assert_eq!(guest.write(2, &[b"bad"]), Err(IO));
}

#[test]
fn a_callback_that_claims_too_much_traps() {
    let wasi = Wasi::new();
    wasi.set_input_callback(Arc::new(|buffer| Ok(Some(buffer.len() + 1))));
    wasi.write_to_callback(Stream::Output, Arc::new(|_| Ok(Some(usize::MAX))));
    let mut guest = Guest::new(&wasi);
    guest.put(0, &[16, 0, 0, 0, 4, 0, 0, 0]);
    let message = guest.trap("fd_read", &[0, 0, 1, 8]);
    assert!(message.contains("fd_read` failed: the callback claims that it read 5 bytes, but was passed 4"), "{message}");
    let message = guest.trap("fd_write", &[1, 0, 1, 8]);
    assert!(message.contains("claims that it wrote 18446744073709551615 bytes, but was passed 4"), "{message}");
}

#[test]
fn output_goes_to_files() {
    let wasi = Wasi::new();
    let scratch = Scratch::new("output");
    let log = scratch.file("log", "old");
    wasi.write_to_file(Stream::Output, &log).unwrap();
    wasi.write_to_file(Stream::Errors, &log).unwrap();
    let (mut first, mut second) = (Guest::new(&wasi), Guest::new(&wasi));
    assert_eq!(first.write(1, &[b"out ", b"1 "]), Ok(6));
    assert_eq!(first.write(2, &[b"err "]), Ok(4));
    assert_eq!(second.write(1, &[b"out 2"]), Ok(5));
    assert_eq!(scratch.read("log"), "out 1 err out 2");
    assert_eq!(first.read(1, 1), Err(BADF));
}

#[test]
fn freeing_a_callback_may_use_the_description() {
    struct Free(Arc<Wasi>);
    impl Drop for Free {
        fn drop(&mut self) {
            self.0.capture(Stream::Output, None);
        }
    }
    let wasi = Arc::new(Wasi::new());
    let free = Free(wasi.clone());
    wasi.write_to_callback(
        Stream::Output,
        Arc::new(move |bytes| {
            free.0.discard(Stream::Errors);
            Ok(Some(bytes.len()))
        }),
    );
    wasi.discard(Stream::Output);
    Guest::new(&wasi).write(1, &[b"captured"]).unwrap();
    assert_eq!(wasi.output(), b"captured");
}

#[test]
fn a_closed_stream_frees_its_callback_with_the_context() {
    let wasi = Wasi::new();
    let owned = Arc::new(());
    let watch = Arc::downgrade(&owned);
    wasi.set_input_callback(Arc::new(move |_| {
        let _ = &owned;
        Ok(Some(0))
    }));
    let scratch = Scratch::new("close");
    wasi.add_directory(scratch.path(), "/", Rights::READ).unwrap();
    let mut guest = Guest::new(&wasi);
    drop(wasi);
    assert_eq!(guest.call("fd_close", &[0]), 0);
    assert!(watch.upgrade().is_some());
    drop(guest);
    assert!(watch.upgrade().is_none());
}

/// The function of the process of the next test.
#[test]
#[ignore = "needs standard streams of its own: inherited_streams_are_those_of_the_process runs it"]
fn inherited_streams() {
    let wasi = Wasi::new();
    wasi.inherit_input();
    wasi.discard(Stream::Output);
    wasi.inherit(Stream::Output);
    let mut guest = Guest::new(&wasi);
    let input = guest.read(0, 100).unwrap();
    assert_eq!(guest.write(1, &[b"<", &input, b">"]), Ok(7));
    assert_eq!(guest.write(2, &[b"<errors>"]), Ok(8));
    assert_eq!(guest.read(0, 100), Ok(vec![]));
}

#[test]
fn inherited_streams_are_those_of_the_process() {
    let scratch = Scratch::new("inherit");
    let input = std::fs::File::open(scratch.file("input", "typed")).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "streams::inherited_streams", "--include-ignored", "--nocapture"])
        .stdin(input)
        .output()
        .unwrap();
    let (output, errors) = (String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success(), "{output}{errors}");
    assert!(output.contains("<typed>"), "{output}");
    assert!(errors.contains("<errors>"), "{errors}");
}
