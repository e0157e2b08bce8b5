//! `libvm completions`, and the manual pages.

mod common;

use common::{Ran, Scratch};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Returns whether a program is installed; if not, says that what it would check is skipped.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|directory| directory.join(program).is_file());
    if !found {
        // Not by a macro, whose output only a failing test shows.
        let _ = writeln!(std::io::stderr(), "SKIPPED: what {program} would check: it is not installed");
    }
    found
}

fn check(program: &str, arguments: &[&str], file: &Path) -> Ran {
    let ran: Ran = Command::new(program).args(arguments).arg(file).env("LC_ALL", "C.UTF-8").output().unwrap().into();
    assert!(ran.code == Some(0) && ran.err.is_empty(), "{program} on {}: {ran:?}", file.display());
    ran
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let scratch = Scratch::new();
    for (shell, check_only) in
        [("bash", Some("-n")), ("zsh", Some("-n")), ("fish", Some("-n")), ("powershell", None), ("elvish", None)]
    {
        let ran = scratch.run(&["completions", shell]);
        assert!(ran.code == Some(0) && ran.err.is_empty(), "{ran:?}");
        for word in ["completions", "plugin", "new", "lang", "validate", "compile"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
        // Only builds use it.
        assert!(!ran.out.contains("manual"), "{shell}");
        if let Some(option) = check_only.filter(|_| is_installed(shell)) {
            check(shell, &[option], &scratch.file(shell, &ran.out));
        }
    }
    let ran = scratch.run(&["completions", "cmd"]);
    assert!(ran.code == Some(2) && ran.err.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{ran:?}");
}

#[test]
fn bash_completes_subcommands_and_options() {
    if !is_installed("bash") {
        return;
    }
    let scratch = Scratch::new();
    let script = scratch.file("libvm.bash", scratch.run(&["completions", "bash"]).out);
    let complete = |words: &str, index: &str| {
        let program = "source \"$1\"; COMP_WORDS=($2); COMP_CWORD=$3; _libvm libvm \"${COMP_WORDS[$3]}\" \"${COMP_WORDS[$3-1]}\"; echo \"${COMPREPLY[@]}\"";
        let output = Command::new("bash").args(["-c", program, "bash"]).arg(&script).args([words, index]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete("libvm vali", "1"), "validate\n");
    assert_eq!(complete("libvm run --tier c", "3"), "compiled\n");
    assert_eq!(complete("libvm plugin ne", "2"), "new\n");
    assert_eq!(complete("libvm plugin new --la", "3"), "--lang\n");
    assert_eq!(complete("libvm plugin new --lang ru", "4"), "rust\n");
}

#[test]
fn manual_pages_have_no_faults() {
    let scratch = Scratch::new();
    let ran = scratch.run(&["manual", "pages/man1"]);
    assert_eq!((ran.code, ran.out, ran.err), (Some(0), String::new(), String::new()));
    let pages = scratch.path().join("pages/man1");
    for page in ["libvm.1", "libvm-validate.1", "libvm-compile.1", "libvm-plugin.1", "libvm-plugin-new.1", "libvm-completions.1"]
    {
        assert!(pages.join(page).is_file(), "{page}");
    }
    let groff = is_installed("groff");
    for entry in std::fs::read_dir(&pages).unwrap() {
        let page = entry.unwrap().path();
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains(&format!("\"libvm {}\"", env!("CARGO_PKG_VERSION"))), "{}", page.display());
        if groff {
            check("groff", &["-man", "-Tutf8", "-Kutf8", "-wall", "-b"], &page);
        }
    }
    // It is no part of the command line.
    let help = scratch.run(&["--help"]);
    assert!(!help.out.contains("manual"), "{}", help.out);
    scratch.file("taken", "");
    let ran = scratch.run(&["manual", "taken"]);
    assert!(ran.code == Some(126) && ran.err.starts_with("error: cannot write to taken: "), "{ran:?}");
}
