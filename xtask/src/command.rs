//! Running other programs.
use crate::{Result, root, target};
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs a program in the top folder, without the library paths that cargo adds: a libvm in them would be
/// loaded in place of the one that is tested or measured.
fn placed(command: &mut Command) -> &mut Command {
    for name in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
        let Some(list) = std::env::var_os(name) else { continue };
        let others = std::env::split_paths(&list).filter(|path| !path.starts_with(target()));
        match std::env::join_paths(others) {
            Ok(list) if !list.is_empty() => command.env(name, list),
            _ => command.env_remove(name),
        };
    }
    command.current_dir(root()).stdin(Stdio::null())
}

/// Runs a program in the top folder, with its output on the screen.
pub fn show(command: &mut Command) -> Result {
    let status = placed(command).status();
    let status = status.map_err(|error| cannot_run(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command))) }
}

/// Runs a program in the top folder and returns its output; if it fails, the output is the error.
pub fn capture(command: &mut Command) -> Result<String> {
    // A file, because it keeps both streams in order.
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = target().join("xtask");
    let path = folder.join(format!("output-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
    let made = fs::create_dir_all(&folder).and_then(|()| File::create(&path)).and_then(|file| Ok((file.try_clone()?, file)));
    let (stdout, stderr) = made.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    let status = placed(command).stdout(stdout).stderr(stderr).status();
    let output = fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    // A file left behind does no harm.
    let _ = fs::remove_file(&path);
    let status = status.map_err(|error| cannot_run(command, &error))?;
    if status.success() { Ok(output) } else { Err(format!("{output}\n{} ended with {status}", line(command))) }
}

/// Runs a program in the top folder and returns its standard output; standard error is shown on the screen.
pub fn output(command: &mut Command) -> Result<String> {
    let output = placed(command).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| cannot_run(command, &error))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{text}\n{} ended with {}", line(command), output.status)) }
}

/// Returns whether a program is installed.
pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)).is_file())
}

/// Formats the command as it would be typed.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run {}: {error}", command.get_program().to_string_lossy())
}
