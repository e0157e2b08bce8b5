//! Tests for state in memory and in a file alike.
#![forbid(unsafe_code)]

use super::*;
use crate::files::Trusted;
use crate::status::Status;
use std::thread;

/// Runs a test with an empty registry's states in memory and in a file.
fn in_each_place(test: impl Fn(&States)) {
    test(&States::default());
    #[cfg(feature = "state-file")]
    {
        let scratch = in_file::Scratch::new();
        let states = States::default();
        states.set_file(&scratch.path("state.db"), &Trusted::default()).unwrap();
        test(&states);
    }
}

fn status<T>(outcome: Outcome<T>) -> Status {
    outcome.err().map_or(abi::STATUS_OK, |failure| failure.status)
}

#[test]
fn values_and_counters_are_kept_apart() {
    in_each_place(|states| {
        let state = states.of("p", Some("s"));
        state.put("a", b"1").unwrap();
        assert_eq!(state.increment("a", 3), Ok(3));
        assert_eq!((&*state.get("a").unwrap(), state.counter("a")), (&b"1"[..], Ok(3)));
        state.put("a", b"other").unwrap();
        state.increment("ab", -1).unwrap();
        assert_eq!((&*state.get("a").unwrap(), state.counter("ab")), (&b"other"[..], Ok(-1)));
        assert_eq!((status(state.get("ab")), state.counter("b")), (abi::STATUS_NOT_FOUND, Ok(0)));
        state.remove("a").unwrap();
        assert_eq!((status(state.get("a")), state.counter("a")), (abi::STATUS_NOT_FOUND, Ok(0)));
        assert_eq!(status(state.remove("a")), abi::STATUS_NOT_FOUND);
        state.remove("ab").unwrap();
        assert_eq!(state.keys("").unwrap(), [""; 0]);
    });
}

#[test]
fn what_is_too_much_changes_nothing() {
    in_each_place(|states| {
        let state = states.of("p", Some("s"));
        for (key, limit, by) in [("most", i64::MAX, 1), ("most", 0, i64::MAX), ("least", i64::MIN, -1), ("least", 0, i64::MIN)] {
            state.increment(key, limit).unwrap();
            let before = state.counter(key);
            assert_eq!((status(state.increment(key, by)), state.counter(key)), (abi::STATUS_LIMIT, before));
        }
        assert_eq!((state.increment("most", i64::MIN), state.increment("least", i64::MAX)), (Ok(-1), Ok(-1)));
        assert_eq!(status(state.put("v", &vec![0; MAX_STATE_VALUE + 1])), abi::STATUS_LIMIT);
        for key in ["", &"k".repeat(MAX_STATE_KEY + 1)] {
            assert_eq!(status(state.put(key, b"")), abi::STATUS_INVALID_ARGUMENT);
            assert_eq!(status(state.get(key)), abi::STATUS_INVALID_ARGUMENT);
            assert_eq!(status(state.remove(key)), abi::STATUS_INVALID_ARGUMENT);
            assert_eq!(status(state.increment(key, 1)), abi::STATUS_INVALID_ARGUMENT);
            assert_eq!(status(state.counter(key)), abi::STATUS_INVALID_ARGUMENT);
        }
        assert_eq!(state.keys("").unwrap(), ["least", "most"]);
    });
}

#[test]
fn what_is_just_within_the_limits_is_kept() {
    in_each_place(|states| {
        let state = states.of("p", Some("s"));
        let (key, large) = ("k".repeat(MAX_STATE_KEY), vec![7; MAX_STATE_VALUE]);
        state.put(&key, &large).unwrap();
        state.put("empty", b"").unwrap();
        state.put("zeros", &[0; 3]).unwrap();
        assert!(*state.get(&key).unwrap() == *large);
        assert_eq!((&*state.get("empty").unwrap(), &*state.get("zeros").unwrap()), (&b""[..], &[0; 3][..]));
        assert_eq!(state.keys("k").unwrap(), [key]);
    });
}

#[test]
fn keys_are_in_order_each_once() {
    in_each_place(|states| {
        let state = states.of("p", Some("s"));
        for key in ["b", "a%", "a_b", "a", "ä", "z", "aa", "\u{10ffff}"] {
            state.put(key, b"").unwrap();
            state.increment(key, 1).unwrap();
        }
        state.increment("ab", 1).unwrap();
        assert_eq!(state.keys("").unwrap(), ["a", "a%", "a_b", "aa", "ab", "b", "z", "ä", "\u{10ffff}"]);
        assert_eq!(state.keys("a").unwrap(), ["a", "a%", "a_b", "aa", "ab"]);
        assert_eq!((state.keys("a%").unwrap(), state.keys("a_").unwrap()), (vec!["a%".to_owned()], vec!["a_b".to_owned()]));
        assert_eq!(state.keys("c").unwrap(), [""; 0]);
        assert_eq!(state.keys("\u{10ffff}").unwrap(), ["\u{10ffff}"]);
    });
}

#[test]
fn scopes_of_one_name_share_and_those_without_do_not() {
    in_each_place(|states| {
        states.of("p", Some("s")).increment("n", 1).unwrap();
        assert_eq!(states.of("p", Some("s")).counter("n"), Ok(1));
        for (plugin, scope) in [("p", Some("t")), ("p", Some("")), ("q", Some("s")), ("p", None)] {
            assert_eq!(states.of(plugin, scope).counter("n"), Ok(0));
        }
        let alone = states.of("p", None);
        alone.increment("n", 5).unwrap();
        assert_eq!((alone.clone().counter("n"), states.of("p", None).counter("n")), (Ok(5), Ok(0)));
    });
}

#[test]
fn threads_share_a_scope() {
    in_each_place(|states| {
        thread::scope(|threads| {
            for index in 0..8 {
                let state = states.of("p", Some(if index % 2 == 0 { "even" } else { "odd" }));
                threads.spawn(move || (0..250).for_each(|_| assert!(state.increment("n", 1).is_ok())));
            }
        });
        for name in ["even", "odd"] {
            assert_eq!(states.of("p", Some(name)).counter("n"), Ok(1000));
        }
    });
}

#[cfg(not(feature = "state-file"))]
#[test]
fn a_build_without_state_files_names_the_feature() {
    let error = States::default().set_file(Path::new("/tmp/state.db"), &Trusted::default()).unwrap_err();
    assert_eq!(error.status(), abi::STATUS_UNSUPPORTED);
    assert!(error.message().contains("build it with the cargo feature `state-file`"), "{}", error.message());
}

#[cfg(feature = "state-file")]
mod in_file;
