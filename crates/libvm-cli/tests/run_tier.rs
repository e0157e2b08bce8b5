//! `libvm run --tier`: how guests run, and what is said where that is not possible.

mod common;

use common::{Ran, Scratch, guest};
use serde_json::json;

/// Returns why guests cannot be compiled here.
fn refusal(scratch: &Scratch) -> Option<Ran> {
    let ran = scratch.run(&["run", "--json", "--tier", "compiled", "--invoke", "sum", "f.wat", "20", "22"]);
    (ran.code != Some(0)).then_some(ran)
}

fn prepared() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("f.wat", guest("stopped"));
    scratch
}

#[test]
fn a_tier_is_that_of_the_command_line() {
    let scratch = prepared();
    scratch.file("tier.toml", "[engine]\ntier = \"compiled\"\ncache-directory = false\n");
    let sum = ["--invoke", "sum", "f.wat", "20", "22"];
    // It has precedence over the configuration, and that over the environment.
    let run = |arguments: &[&str]| {
        Ran::from(scratch.command(&[arguments, &sum[..]].concat()).env("LIBVM_TIER", "none").output().unwrap())
    };
    let ran = run(&["run", "--tier", "interpreter", "--config", "tier.toml"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""));
    let ran = run(&["run"]);
    let expected = "error: the environment variable LIBVM_TIER is \"none\"; set it to interpreter, compiled or auto\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(125), expected));
    let ran = run(&["run", "--config", "tier.toml"]);
    match refusal(&scratch) {
        None => assert_eq!((ran.code, ran.out.as_str()), (Some(0), "42\n"), "{ran:?}"),
        Some(_) => assert!(ran.code == Some(125) && ran.err.starts_with("error: an engine of the tier `compiled` "), "{ran:?}"),
    }
    let ran = run(&["run", "--tier", "native"]);
    assert!(ran.code == Some(2) && ran.err.contains("[possible values: interpreter, compiled, auto]"), "{ran:?}");
    // What only reads modules does not ask for the tier.
    for command in ["validate", "inspect"] {
        let ran = Ran::from(scratch.command(&[command, "f.wat"]).env("LIBVM_TIER", "compiled").output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{command}");
    }
}

#[test]
fn a_tier_that_is_not_possible_has_a_reason_and_a_hint() {
    let scratch = prepared();
    let ran = scratch.run(&["run", "--tier", "auto", "--fuel", "1000", "f.wat"]);
    let expected = "error: --fuel needs a guest that always runs the same code, and with --tier auto it does not\n\
                    hint: choose --tier interpreter or --tier compiled\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), expected));
    let Some(ran) = refusal(&scratch) else { return };
    let error = ran.json_error();
    assert_eq!((ran.code, ran.out.as_str(), &error["status"]), (Some(125), "", &json!("VM_STATUS_UNSUPPORTED")));
    assert_eq!(error["hint"], json!("--tier interpreter, the default, runs modules everywhere"));
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("an engine of the tier `compiled` is not possible: "), "{message}");
    if !cfg!(feature = "compiled") {
        assert!(
            message.ends_with(": this build of libvm has no compiled engine; build it with the cargo feature `compiled`"),
            "{message}"
        );
    }
}

#[test]
fn an_option_of_the_configuration_that_is_not_possible_is_named_by_its_key() {
    let scratch = prepared();
    for (option, expected) in [
        (
            "canonical-nans = true",
            "interpreted code does not have canonical NaNs; turn them off (`canonical-nans` in the configuration), or choose the tier \
             `compiled`",
        ),
        (
            "profiler = \"perf-map\"",
            "profilers see machine code only; set `profiler` in the configuration to \"none\", or choose another tier",
        ),
    ] {
        scratch.file("options.toml", format!("[engine]\n{option}\n"));
        let ran = scratch.run(&["run", "--config", "options.toml", "--invoke", "sum", "f.wat", "20", "22"]);
        let expected = format!("error: an engine of the tier `interpreter` is not possible: {expected}\n");
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(125), "", expected.as_str()));
    }
}

#[cfg(all(unix, feature = "compiled"))]
#[test]
fn without_a_compiler_and_code_in_the_cache_the_tier_is_not_possible() {
    let scratch = prepared();
    // There is no compiler beside this copy, nor in the folders above.
    let alone = scratch.path().join("bin/libvm");
    std::fs::create_dir(alone.parent().unwrap()).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_libvm"), &alone).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&alone);
        command.args(arguments).args(["--invoke", "sum", "f.wat", "20", "22"]).current_dir(scratch.path());
        Ran::from(command.env_clear().env("HOME", scratch.path()).output().unwrap())
    };
    let ran = run(&["run", "--tier", "compiled"]);
    assert!(ran.err.starts_with("error: f.wat: the compiler is not available: there is no libvm-compiler"), "{ran:?}");
    assert!(ran.err.ends_with("\nhint: --tier interpreter, the default, runs modules everywhere\n"), "{ran:?}");
    assert_eq!((ran.code, ran.out.as_str()), (Some(125), ""));
    let ran = run(&["run", "--tier", "auto"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "42\n", ""));
    // Without a cache there is no other way to get code than the other tier.
    scratch.file("none.toml", "[engine]\ncache-directory = false\n");
    let ran = run(&["run", "--tier", "compiled", "--config", "none.toml"]);
    assert!(
        ran.err.starts_with("error: an engine of the tier `compiled` is not possible: the compiler is not available: "),
        "{ran:?}"
    );
    assert!(ran.err.contains("the tier `auto` needs no compiler: it runs code that was compiled before"), "{ran:?}");
    assert_eq!((ran.code, ran.out.as_str()), (Some(125), ""));
}

#[test]
fn compiled_guests_do_the_same() {
    let scratch = prepared();
    if refusal(&scratch).is_some() {
        return;
    }
    scratch.file("words.wat", guest("words"));
    scratch.file("tier.toml", "[engine]\ncache-directory = \"code\"\ncache-bytes = 1_000_000_000\n");
    for tier in ["compiled", "auto"] {
        let ran = scratch.run(&["run", "--tier", tier, "--config", "tier.toml", "words.wat", "a"]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "words.wat\0a\0", ""), "{tier}");
    }
    // The secret, and the code of the module.
    assert!(std::fs::read_dir(scratch.path().join("code")).unwrap().count() >= 2);
}

#[test]
fn a_cache_that_cannot_be_used_is_a_warning() {
    let scratch = prepared();
    if refusal(&scratch).is_some() {
        return;
    }
    scratch.file("file", "");
    let mut command = scratch.command(&["run", "--tier", "compiled", "--invoke", "sum", "f.wat", "20", "22"]);
    let ran = Ran::from(command.env("HOME", scratch.path().join("file")).env_remove("XDG_CACHE_HOME").output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "42\n"), "{ran:?}");
    assert!(ran.err.starts_with("warning: compiled code is not kept: ") && ran.err.lines().count() == 1, "{ran:?}");
    let mut command = scratch.command(&["run", "--tier", "compiled", "--invoke", "sum", "f.wat", "20", "22"]);
    let ran = Ran::from(command.env_remove("HOME").env_remove("XDG_CACHE_HOME").output().unwrap());
    let expected = "warning: compiled code is not kept: the user has no directory for caches, since HOME is not set to an absolute path; set \
                    it, or choose a directory with `cache-directory` in the configuration\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), expected));
    // A secret that others may have read.
    let secret = scratch.path().join("cache/libvm/code/secret");
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let ran = scratch.run(&["run", "--tier", "compiled", "--invoke", "sum", "f.wat", "20", "22"]);
    assert!(ran.code == Some(0) && ran.err.starts_with("warning: the secret of the cache directory "), "{ran:?}");
    // Nothing is compiled, and nothing is to be kept.
    let mut command = scratch.command(&["run", "--tier", "interpreter", "--invoke", "sum", "f.wat", "20", "22"]);
    let ran = Ran::from(command.env("HOME", scratch.path().join("file")).env_remove("XDG_CACHE_HOME").output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn a_configuration_that_others_can_write_names_no_cache() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = prepared();
    scratch.file("open/tier.toml", "[engine]\ncache-directory = \"code\"\n");
    let open = scratch.path().join("open");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let ran = scratch.run(&["run", "--config", "open/tier.toml", "--invoke", "sum", "f.wat", "20", "22"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(125), "", 1), "{ran:?}");
    assert!(ran.err.starts_with("error: `cache-directory` in ") && ran.err.contains("run `chmod go-w "), "{ran:?}");
    let ran = scratch.run(&["run", "--json", "--config", "open/tier.toml", "--invoke", "sum", "f.wat", "20", "22"]);
    assert_eq!(ran.json_error()["status"], json!("VM_STATUS_UNTRUSTED_PATH"));
    assert!(!open.join("code").exists());
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = scratch.run(&["run", "--config", "open/tier.toml", "--invoke", "sum", "f.wat", "20", "22"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "42\n"), "{ran:?}");
}
