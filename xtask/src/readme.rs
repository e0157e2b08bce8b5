//! The README: its programs and commands, extracted and run as by a newcomer, with the library that the demo has built.
use crate::cmake::Build;
use crate::{Result, command, read, root, target, write};
use std::path::Path;
use std::process::Command;

/// The README's build commands. The demo has run them: only the installation is repeated.
const BUILD: &str =
    "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release\ncmake --build build\ncmake --install build --prefix \"$HOME/libvm\"\n";

/// A fenced block: its language and its text.
type Block = (String, String);

/// Writes the programs into an empty folder and runs the commands there, which have to print what the README says.
pub fn test() -> Result<String> {
    let folder = target().join("readme");
    // It may not exist.
    let _ = std::fs::remove_dir_all(&folder);
    let blocks = blocks(&read("README.md")?);
    for (_, text) in &blocks {
        if let Some(name) = file_name(text) {
            write(&folder.join(name), text)?;
        }
    }
    write(&folder.join("tool.c"), "#include <stdio.h>\nint main(void) { puts(\"a tool\"); }\n")?;
    write(&folder.join("tool.rs"), "fn main() { println!(\"a tool\"); }\n")?;

    let said = blocks.iter().find(|(language, _)| language == "text").ok_or("the README does not say what is printed")?;
    let (mut script, mut note) = ("set -e\n".to_owned(), String::new());
    for (_, text) in blocks.iter().filter(|(language, _)| language == "sh") {
        if let Some(rest) = text.strip_prefix(BUILD) {
            script +=
                &format!("cmake --install '{}' --prefix \"$HOME/libvm\" >&2\n{rest}", Build::new("release").folder().display());
            continue;
        }
        if text.starts_with("cargo xtask") {
            continue;
        }
        for line in text.lines() {
            match line.split_whitespace().skip_while(|word| *word != "--target").nth(1) {
                Some(rust) if line.starts_with("rustc") && !has_target(rust) => {
                    note += &format!("SKIPPED: this Rust has no target {rust}: {line}\n");
                }
                _ => script += &format!("{line}\n"),
            }
        }
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("cd \"$0\"\n{script}")]).arg(&folder).env("HOME", folder.join("home"));
    // cargo and rustup keep their files in the real home directory.
    if let Some(home) = std::env::var_os("HOME") {
        for (name, below) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
            if std::env::var_os(name).is_none() {
                shell.env(name, Path::new(&home).join(below));
            }
        }
    }
    let output = command::output(&mut shell)?;
    let runs = script.lines().filter(|line| line.contains("app.wasm") && line.contains("host ")).count();
    let found = output.matches(said.1.as_str()).count();
    if found != runs {
        return Err(format!("{output}\n{found} of {runs} runs printed what the README says:\n{}", said.1));
    }
    Ok(format!("{note}{runs} runs as the README says"))
}

fn blocks(text: &str) -> Vec<Block> {
    let parts: Vec<&str> = text.split("```").collect();
    let fenced = parts.iter().skip(1).step_by(2).filter_map(|part| part.split_once('\n'));
    fenced.map(|(language, text)| (language.to_owned(), text.to_owned())).collect()
}

/// Returns the name in the comment at the beginning, as in `/* host.c: what it is`.
fn file_name(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let comment = ["/* ", "// ", "# "].iter().find_map(|mark| line.strip_prefix(mark))?;
    let name = comment.split([':', ' ']).next()?;
    name.contains('.').then_some(name)
}

fn has_target(name: &str) -> bool {
    let folder = command::capture(Command::new("rustc").args(["--print", "target-libdir", "--target", name]));
    folder.is_ok_and(|path| root().join(path.trim()).is_dir())
}
