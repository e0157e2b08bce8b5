//! Two builds in two folders make the same bytes.
use super::{empty, files_below, name};
use crate::{Result, command, root, target};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Clones what is committed into two folders, makes a release in each with its own cargo folder and umask, and compares the files.
pub fn test() -> Result<String> {
    let folder = target().join("reproduce");
    empty(&folder)?;
    let (one, another) = (folder.join("one"), folder.join("another folder"));
    clone(root(), &one)?;
    // Of the first, because something may be committed meanwhile.
    clone(&one, &another)?;
    // At the same time: link-time optimization keeps one core busy.
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| release(&one, None, "022"));
        let second = release(&another, Some(folder.join("cargo")), "077");
        (first.join().unwrap_or_else(|_| Err("the first build panicked".to_owned())), second)
    });
    let (first, second) = (first?, second?);
    let found = differences(&first, &second, &folder.join("unpacked"))?;
    if !found.is_empty() {
        return Err(format!("two builds differ; they are left in {}\n{}", folder.display(), found.join("\n")));
    }
    let count = files_below(&first)?.len();
    let removed = fs::remove_dir_all(&folder);
    removed.map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    Ok(format!("{count} files, twice the same"))
}

fn clone(from: &Path, to: &Path) -> Result {
    command::capture(Command::new("git").args(["clone", "--quiet"]).arg(from).arg(to)).map(drop)
}

/// Makes a release in a clone, and returns the folder of its files.
fn release(clone: &Path, cargo_home: Option<PathBuf>, umask: &str) -> Result<PathBuf> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask \"$1\" && cd \"$0\" && exec cargo xtask dist"]).arg(clone).arg(umask);
    shell.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_MANIFEST_DIR");
    if let Some(home) = cargo_home {
        let made = fs::create_dir_all(&home);
        made.map_err(|error| format!("cannot create {}: {error}", home.display()))?;
        shell.env("CARGO_HOME", home);
    }
    command::capture(&mut shell)?;
    Ok(clone.join("target/dist"))
}

/// Returns a line for each file that differs between two folders, or is in one of them only. Archives that differ are unpacked below
/// a folder, and the files in them compared.
fn differences(first: &Path, second: &Path, work: &Path) -> Result<Vec<String>> {
    let below = |folder: &Path| -> Result<BTreeSet<PathBuf>> {
        let files = files_below(folder)?;
        Ok(files.iter().filter_map(|file| file.strip_prefix(folder).ok()).map(PathBuf::from).collect())
    };
    let (one, other) = (below(first)?, below(second)?);
    let mut lines = Vec::new();
    for path in one.union(&other) {
        let shown = path.display();
        if !other.contains(path) {
            lines.push(format!("{shown}: only the first build has it"));
        } else if !one.contains(path) {
            lines.push(format!("{shown}: only the second build has it"));
        } else if let Some(what) = difference(&first.join(path), &second.join(path))? {
            lines.push(format!("{shown}: {what}"));
            let folders = ["first", "second"].map(|build| work.join(build).join(path));
            if unpack(&first.join(path), &folders[0])? && unpack(&second.join(path), &folders[1])? {
                let inside = differences(&folders[0], &folders[1], &work.join("inside").join(path))?;
                if inside.is_empty() {
                    lines.push(format!("{shown}: the files in it are equal; their order, times, owners or modes are not"));
                }
                lines.extend(inside.iter().map(|line| format!("{shown}: {line}")));
            }
        }
    }
    Ok(lines)
}

/// Returns how two files differ, of which links are not followed.
fn difference(one: &Path, other: &Path) -> Result<Option<String>> {
    let bytes = |path: &Path| {
        let read = if path.is_symlink() {
            fs::read_link(path).map(|to| to.into_os_string().into_encoded_bytes())
        } else {
            fs::read(path)
        };
        read.map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let (left, right) = (bytes(one)?, bytes(other)?);
    if left == right {
        return Ok(None);
    }
    let same = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    Ok(Some(format!("differs from byte {same} on ({} and {} bytes)", left.len(), right.len())))
}

/// Unpacks an archive into an empty folder. Returns false for other files.
fn unpack(file: &Path, folder: &Path) -> Result<bool> {
    let program = |program: &str, options: &[&str]| {
        let mut command = Command::new(program);
        command.args(options);
        command
    };
    let mut unpack = match name(file) {
        name if name.ends_with(".deb") => program("dpkg-deb", &["--raw-extract"]),
        name if name.ends_with(".tar.gz") => program("sh", &["-c", "tar -xzf \"$0\" --directory \"$1\""]),
        name if name.ends_with(".a") => program("sh", &["-c", "ar x --output \"$1\" \"$0\""]),
        _ => return Ok(false),
    };
    empty(folder)?;
    command::capture(unpack.arg(file).arg(folder)).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a folder with a text, an archive and a link.
    fn build(folder: &Path, member: &str, time: &str, link: &str) {
        let content = folder.join("content");
        empty(&content).unwrap();
        crate::write(&content.join("lib/member.so"), member).unwrap();
        crate::write(&content.join("same"), "the same").unwrap();
        let mut tar = Command::new("tar");
        tar.arg(format!("--mtime=@{time}")).arg("-czf").arg(folder.join("all.tar.gz")).arg("--directory").arg(&content).arg(".");
        command::capture(&mut tar).unwrap();
        fs::remove_dir_all(&content).unwrap();
        std::os::unix::fs::symlink(link, folder.join("link")).unwrap();
    }

    #[test]
    fn files_that_differ_are_named_also_in_archives() {
        let work = target().join("xtask").join(format!("differences-{}", std::process::id()));
        let compare = |name: &str, member: &str, time: &str, link: &str| {
            let (one, other) = (work.join(name).join("one"), work.join(name).join("other"));
            build(&one, "12345678", "1", "a");
            build(&other, member, time, link);
            if name == "further" {
                crate::write(&other.join("new"), "").unwrap();
                crate::write(&one.join("old"), "").unwrap();
            }
            let lines = differences(&one, &other, &work.join(name).join("work")).unwrap();
            // The compressed sizes depend on the version of gzip.
            lines.into_iter().filter(|line| !line.starts_with("all.tar.gz: differs")).collect::<Vec<_>>()
        };
        assert_eq!(compare("equal", "12345678", "1", "a"), [""; 0]);
        assert_eq!(
            compare("member", "12345x789", "1", "b"),
            ["all.tar.gz: lib/member.so: differs from byte 5 on (8 and 9 bytes)", "link: differs from byte 0 on (1 and 1 bytes)"]
        );
        let times = ["all.tar.gz: the files in it are equal; their order, times, owners or modes are not"];
        assert_eq!(compare("time", "12345678", "2", "a"), times);
        assert_eq!(
            compare("further", "12345678", "1", "a"),
            ["new: only the second build has it", "old: only the first build has it"]
        );
        fs::remove_dir_all(&work).unwrap();
    }
}
