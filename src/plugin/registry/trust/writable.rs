//! Who may change a file? One that every user of the machine may change is nobody's word.
#![forbid(unsafe_code)]

#[cfg(unix)]
use crate::status::Error;
use crate::status::Result;
#[cfg(unix)]
use libvm_abi as abi;
use std::fs::File;
use std::path::Path;

/// How many symbolic links are followed, which is more than the system does.
#[cfg(unix)]
const MOST_LINKS: usize = 64;

/// Checks that neither the open file nor a directory that holds it, or a link that leads to it, is world-writable; `what` is
/// how the message begins.
///
/// # Errors
/// `STATUS_PLUGIN_WORLD_WRITABLE`, `STATUS_IO` and its like.
#[cfg(unix)]
pub fn require_private(path: &Path, file: &File, what: &str) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let refused = |kind: &str, remedy: String| {
        let message = format!("{what} may be changed by every user of this machine: {kind} is world-writable; {remedy}");
        Err(Error::new(abi::STATUS_PLUGIN_WORLD_WRITABLE, message).at_path(path))
    };
    let failed = |error| Error::io("find out who may change", path, &error);
    let chmod = |path: &Path| format!("if it is as it should be, run `chmod o-w {}`", quoted(path));
    if file.metadata().map_err(failed)?.mode() & 0o002 != 0 {
        return refused("the file", chmod(path));
    }
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        let directory = at.parent().unwrap_or(Path::new("/"));
        let mode = std::fs::metadata(directory).map_err(failed)?.mode();
        let kind = format!("its directory {}", directory.display());
        match mode & 0o1002 {
            0o002 => return refused(&kind, chmod(directory)),
            // Closing /tmp to others would break what else uses it.
            0o1002 => return refused(&kind, "move it into a directory of its own, to which not everyone can write".to_owned()),
            _ => {}
        }
        match std::fs::read_link(&at) {
            Ok(target) => at = directory.join(target),
            Err(_) => break,
        }
    }
    Ok(())
}

/// Checks nothing: there are no permissions of this kind here.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn require_private(_: &Path, _: &File, _: &str) -> Result<()> {
    Ok(())
}

/// A path as a shell takes it.
#[cfg(unix)]
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|letter| letter.is_alphanumeric() || "/._-+@%=:,".contains(letter)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_a_shell() {
        assert_eq!(quoted(Path::new("/a/b-1.0@x.so")), "/a/b-1.0@x.so");
        assert_eq!(quoted(Path::new("/a b/$(c).so")), "'/a b/$(c).so'");
        assert_eq!(quoted(Path::new("/it's")), r"'/it'\''s'");
    }
}
