//! Unsafe code: the files that may contain it, and why; all others forbid it.
use super::{files, none, short};
use crate::{Result, read};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A file, or a folder with a trailing slash, and the reason why it contains unsafe code.
type Entry = (&'static str, &'static str);

const LIST: &[Entry] = &[
    ("src/capi/", "each function is exported by name, and takes C pointers"),
    ("src/api/builtin.rs", "describes a plug-in that is linked in by pointers"),
    ("src/api/caller.rs", "uses the caller that a callback is passed, and lends the guest's memory"),
    ("src/api/event.rs", "the event that a callback is passed"),
    ("src/api/function.rs", "callbacks that are closures"),
    ("src/api/future.rs", "reads the arguments of a callback, and writes its results later"),
    ("src/api/hook_future.rs", "the C functions of a hook, and of its suspension, that go on in a future"),
    ("src/api/hooks.rs", "callbacks that are closures"),
    ("src/api/memory.rs", "lends the memory of a guest as bytes"),
    ("src/api/owned.rs", "owns contexts, which C has by pointer"),
    ("src/api/params.rs", "reads the arguments of a callback"),
    ("src/api/pool.rs", "owns contexts of a pool, which has them by pointer"),
    ("src/api/resume.rs", "the C functions of a suspension that goes on in a closure"),
    ("src/api/results.rs", "writes the results of a callback"),
    ("src/api/stream/event.rs", "events that C passes, and those that C is passed"),
    ("src/api/stream/opened.rs", "callbacks that are methods of sources and sinks"),
    ("src/api/stream/part.rs", "calls the functions of a part"),
    ("src/api/stream/sink.rs", "callbacks that are methods of sinks"),
    ("src/api/stream/source.rs", "callbacks that are methods of sources"),
    ("src/api/stream/stage.rs", "lends the event of a stage"),
    ("src/api/suspension.rs", "the C function of a suspension that is cancelled"),
    ("src/api/taken.rs", "the C functions of a suspension that free what it has"),
    ("src/engine/mod.rs", "passes pointers of C callbacks to callers"),
    ("src/engine/bound.rs", "binds a C callback to its function"),
    ("src/engine/buffers.rs", "passes ranges of guest memory to C callbacks"),
    ("src/engine/call.rs", "calls C callbacks"),
    ("src/engine/caller.rs", "is passed to C callbacks, and comes back as a pointer"),
    ("src/engine/lent.rs", "takes the store of a host call from its frame"),
    ("src/engine/compiled/compiler/library.rs", "opens the compiler and calls its C functions"),
    ("src/engine/frame.rs", "keeps what callers point to, from one call to the next"),
    ("src/engine/suspend.rs", "calls the C functions of a suspension"),
    ("src/engine/either.rs", "makes of a caller's pointer the store of the engine that its context has"),
    ("src/engine/refusal.rs", "a callback that fails, with the reason behind its pointer"),
    ("src/engine/compiled/call.rs", "calls compiled code with values on the stack"),
    ("src/engine/compiled/code.rs", "loads code, which is trusting it"),
    ("src/engine/compiled/fiber.rs", "runs calls on stacks of their own, with the store that they are of"),
    ("src/engine/compiled/suspended.rs", "the store that suspended calls are of, which other threads may go on with"),
    ("src/engine/compiled/host/", "the path of a host call: arguments as compiled code has written them"),
    ("src/engine/invoke.rs", "the path of a host call that needs preparation"),
    ("src/engine/compiled/lent.rs", "lends the store to a C callback that calls back"),
    ("src/engine/compiled/values.rs", "reads values as compiled code has written them"),
    ("src/engine/interpreter/code.rs", "translates a module again without validating it again"),
    ("src/engine/interpreter/lent.rs", "lends the store to a C callback that calls back"),
    ("src/engine/interpreter/trampoline/", "the path of a host call: no allocation, no repeated checks"),
    ("src/engine/raw.rs", "calls a C callback with numbers, for which it has been registered"),
    ("src/execution/freeable.rs", "objects of C that the last call that uses them frees"),
    ("src/execution/pool.rs", "contexts that the pool or the host has"),
    ("src/execution/shared.rs", "a context that one thread at a time uses, without a lock"),
    ("src/execution/signal.rs", "event descriptors and pipes, which only libc offers"),
    ("src/event_loop/alarm.rs", "the poller knows descriptors by their numbers"),
    ("src/event_loop/poll.rs", "the poller knows descriptors by their numbers"),
    ("src/recording/stand_in.rs", "a C callback that does what a recording says"),
    ("src/plugin/compiled/value.rs", "what a plug-in has compiled, and its function that releases it"),
    ("src/hooks/handle.rs", "is passed to hooks, and comes back as a pointer"),
    ("src/hooks/call.rs", "calls hooks"),
    ("src/hooks/suspension.rs", "calls the C functions of a suspension"),
    ("src/hooks/table.rs", "the functions that hooks call with pointers"),
    ("src/plugin/host/", "the functions that plug-ins call with pointers"),
    ("src/plugin/native/", "opens libraries, reads the descriptors of plug-ins and calls their functions"),
    ("src/plugin/stream/", "calls the functions of sources and sinks, and is called by them with pointers"),
    ("src/stream/guest.rs", "the functions that guests call, with their arguments"),
    ("src/sized.rs", "reads and writes structs of programs of any age"),
    ("src/stack.rs", "calls functions on another stack"),
    ("src/system.rs", "functions that only libc offers"),
    ("src/thread.rs", "the identity of a thread from libc"),
    ("src/user_data.rs", "the pointers of hosts, and the functions that free them"),
    ("crates/libvm-plugin/", "the plug-in ABI, for plug-ins without unsafe code"),
    ("crates/libvm-plugin-macros/src/plugin.rs", "the two symbols of a plug-in"),
    ("crates/libvm-check/src/host/", "calls the C API as a C program does"),
    ("crates/libvm-check/src/meter.rs", "a function of the C library that only some have"),
    ("crates/libvm-compiler/src/lib.rs", "C functions, called with pointers by libvm"),
    ("crates/libvm-compiler/src/tests.rs", "calls the C functions"),
    ("crates/libvm-compiler/src/threads.rs", "functions that only libc offers"),
    ("crates/libvm-abi/", "the types of the ABI, shared with C"),
    ("crates/libvm-guest/", "names the section of a constant, and imports and exports of a guest"),
    ("plugins/process/src/system/spawn.rs", "functions that only libc offers"),
    ("bindings/python/wat/", "two functions for the Python package, with C pointers"),
    ("benches/", "calls the C APIs of libvm and of others as a C program does"),
    ("fuzz/targets/", "calls the C API with hostile arguments"),
    ("tests/plugins/", "creates plug-ins from bytes and sets environment variables"),
    ("tests/programs/", "calls the C API"),
    ("tests/spec/", "calls the C API"),
    ("tests/wasi/", "reads the state of files that the host has open"),
];

/// Compares the sources with the list, both ways.
pub fn check() -> Result<String> {
    let sources = files(&["src", "crates", "xtask", "tests", "benches", "fuzz", "plugins", "bindings"], ".rs");
    let mut complaints = Vec::new();
    let (mut used, mut holding) = (vec![false; LIST.len()], 0);
    for path in &sources {
        let path_text = short(path);
        let tokens: TokenStream = read(path)?.parse().map_err(|error| format!("cannot read {path_text}: {error}"))?;
        let entry = LIST.iter().position(|(listed, _)| covers(listed, &path_text));
        match (holds_unsafe(tokens.clone()), entry) {
            (true, Some(index)) => {
                used[index] = true;
                holding += 1;
            }
            (true, None) => complaints
                .push(format!("{path_text} contains unsafe code: add it to xtask/src/check/unsafe_code.rs with the reason")),
            (false, Some(_)) => {}
            (false, None) if path_text.starts_with("src/") && !is_above_listed(&path_text) && !forbids(tokens) => {
                complaints.push(format!("{path_text} is not in the list of files with unsafe code: add #![forbid(unsafe_code)]"));
            }
            (false, None) => {}
        }
    }
    for ((listed, _), _) in LIST.iter().zip(used).filter(|(_, used)| !used) {
        complaints.push(format!("{listed} contains no unsafe code: remove it from xtask/src/check/unsafe_code.rs"));
    }
    none(complaints).map(|_| format!("{holding} of {} files contain unsafe code", sources.len()))
}

fn covers(listed: &str, path: &str) -> bool {
    if listed.ends_with('/') { path.starts_with(listed) } else { path == listed }
}

/// Returns whether a module in the list is below the module of this file, so that the file cannot forbid it for all of it.
fn is_above_listed(path: &str) -> bool {
    let below = match path.rsplit_once('/') {
        Some((folder, "lib.rs" | "mod.rs")) => format!("{folder}/"),
        _ => path.trim_end_matches(".rs").to_owned() + "/",
    };
    LIST.iter().any(|(listed, _)| listed.starts_with(&below))
}

/// Returns whether there is an `unsafe` that is not part of a function's type.
fn holds_unsafe(tokens: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => holds_unsafe(group.stream()),
        TokenTree::Ident(word) => word == "unsafe" && !is_type(&tokens[index + 1..]),
        _ => false,
    })
}

/// Returns whether `extern "C" fn (…)` follows, or `fn (…)`.
fn is_type(after: &[TokenTree]) -> bool {
    let mut rest = after.iter().skip_while(|token| match token {
        TokenTree::Ident(word) => word == "extern",
        TokenTree::Literal(_) => true,
        _ => false,
    });
    let is_fn = matches!(rest.next(), Some(TokenTree::Ident(word)) if word == "fn");
    is_fn && matches!(rest.next(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

fn forbids(tokens: TokenStream) -> bool {
    let text = tokens.to_string();
    ["#![forbid(unsafe_code)]", "# ! [forbid (unsafe_code)]", "#! [forbid (unsafe_code)]"].iter().any(|form| text.contains(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(source: &str) -> bool {
        holds_unsafe(source.parse().unwrap())
    }

    #[test]
    fn unsafe_code_is_found() {
        for source in
            ["fn f() { unsafe { g() } }", "unsafe extern \"C\" fn f() {}", "#[unsafe(no_mangle)] fn f() {}", "m!(unsafe {})"]
        {
            assert!(holds(source), "{source}");
        }
        for source in ["type F = unsafe extern \"C\" fn(i32);", "#![forbid(unsafe_code)]", "// unsafe\nfn f() { \"unsafe\"; }"] {
            assert!(!holds(source), "{source}");
        }
    }

    #[test]
    fn parents_of_listed_modules_cannot_forbid() {
        assert!(is_above_listed("src/lib.rs") && is_above_listed("src/engine/mod.rs"));
        assert!(!is_above_listed("src/wasi.rs") && !is_above_listed("src/config/mod.rs"));
    }

    #[test]
    fn forbidding_is_seen() {
        assert!(forbids("//! A module.\n#![forbid(unsafe_code)]\nfn f() {}".parse().unwrap()));
        assert!(!forbids("fn f() {}".parse().unwrap()));
    }
}
