//! Writing a directory in one step.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::text;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes files into a new directory. Until all are written they are in a directory beside it, which is removed on failure.
///
/// # Errors
/// The directory exists, its parent does not, or a file cannot be written.
pub fn write(directory: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    let shown = text::path(directory);
    let exists = || {
        Failure::new(Exit::FAILED, format!("{shown} exists already, and nothing was changed"))
            .hint("choose another name, or another directory with --dir")
    };
    if fs::symlink_metadata(directory).is_ok() {
        return Err(exists());
    }
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let staging = Staging::create(parent)?;
    for (path, content) in files {
        let file = staging.0.join(path);
        let folder = file.parent().unwrap_or(&staging.0);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&file, content));
        written.map_err(|error| Failure::file("cannot write", &directory.join(path), &error))?;
    }
    fs::rename(&staging.0, directory).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => exists(),
        _ => Failure::file("cannot create", directory, &error),
    })
}

/// A directory that is removed unless it is renamed.
struct Staging(PathBuf);

impl Staging {
    fn create(parent: &Path) -> Result<Self, Failure> {
        for number in 0..100 {
            let path = parent.join(format!(".libvm-new-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && !parent.is_dir() => {
                    let failure = Failure::new(Exit::NOT_FOUND, format!("the directory {} does not exist", text::path(parent)));
                    return Err(failure.hint("create it first"));
                }
                Err(error) => return Err(Failure::file("cannot write to", parent, &error)),
            }
        }
        let message = format!("{} contains a hundred directories `.libvm-new-…` that commands have left", text::path(parent));
        Err(Failure::new(Exit::FAILED, message).hint("remove them"))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After the rename it is not there.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_half_written() {
        let parent = std::env::temp_dir().join(format!("libvm-scaffold-{}", std::process::id()));
        fs::create_dir_all(&parent).unwrap();
        let (good, bad) = (parent.join("good"), parent.join("bad"));
        write(&good, &[("a/b".to_owned(), "text".to_owned())]).unwrap();
        assert_eq!(fs::read_to_string(good.join("a/b")).unwrap(), "text");

        let failure = write(&good, &[]).unwrap_err();
        assert!(failure.message().ends_with("good exists already, and nothing was changed"), "{}", failure.message());
        // A file cannot have files: the second cannot be written.
        let failure = write(&bad, &[("a".to_owned(), String::new()), ("a/b".to_owned(), String::new())]).unwrap_err();
        assert!(failure.message().contains("bad/a/b"), "{}", failure.message());
        let failure = write(&parent.join("missing/x"), &[]).unwrap_err();
        assert_eq!((failure.exit(), failure.what_to_do()), (Exit::NOT_FOUND, Some("create it first")));

        let left: Vec<_> = fs::read_dir(&parent).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["good"]);
        fs::remove_dir_all(&parent).unwrap();
    }
}
