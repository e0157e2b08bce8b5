//! Who could have put a file in its place?
//!
//! The check that ssh calls StrictModes: the file, and every directory and every link on the way from the root, must belong to
//! root or to this user, and only they may have write access. As in Debian's ssh, the user's private group counts as the user. In a directory with the sticky bit, such as `/tmp`, nobody can
//! replace the directories of others: such a directory is accepted for what is below these, and not for the files and links in
//! it.
//!
//! The path is walked from the root by name. That is free of races: a name is looked up only in a directory that was checked, and
//! if the check succeeded nobody else can change what a name in it refers to. The file that was opened before is then compared
//! with the one at the end of the walk.
#![forbid(unsafe_code)]

use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Whose changes to files are accepted, besides those of root and of this user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    everyone: bool,
    groups: BTreeSet<u32>,
}

impl Trusted {
    /// Accepts changes by everyone, for file systems without permissions; or reverses that.
    pub fn set_everyone(&mut self, on: bool) {
        self.everyone = on;
    }

    /// Accepts changes by the members of a group.
    pub fn add_group(&mut self, group: u32) {
        self.groups.insert(group);
    }

    /// Refuses an open file that others could have put in its place; `what` begins the message.
    ///
    /// # Errors
    /// Those of [`Provenance::of_file`] and [`Provenance::require`].
    pub fn require(&self, path: &Path, file: &Metadata, what: &str) -> Result<()> {
        if self.everyone {
            return Ok(());
        }
        Provenance::of_file(path, file)?.require(self, what).map_err(|error| error.at_path(path))
    }

    /// Refuses a directory that others can change, or could have put where it is; `what` begins the message.
    ///
    /// # Errors
    /// Those of [`Provenance::of_path`] and [`Provenance::require`].
    pub fn require_directory(&self, path: &Path, what: &str) -> Result<()> {
        if self.everyone {
            return Ok(());
        }
        Provenance::of_path(path)?.require(self, what).map_err(|error| error.at_path(path))
    }
}

/// What the system's messages are about.
const LOOK: &str = "determine who can change";

/// Returns a path without links; the file need not exist, its directory has to.
///
/// # Errors
/// Those of the system.
pub fn real_path(path: &Path) -> std::io::Result<PathBuf> {
    walk(path, false).map(|found| found.real)
}

/// Who can change a component of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    /// The user who owns it.
    Owner(u32),
    /// The members of its group.
    Group(u32),
    /// All users; also the members of its group if this is set.
    Everyone { group_too: bool },
}

/// A component of a path that others can change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    path: PathBuf,
    /// What it is: "the file", "the directory", "the link".
    kind: &'static str,
    writer: Writer,
    /// Whether the fault is that it is in a directory with the sticky bit.
    sticky: bool,
}

/// What a path refers to, and who else could have decided that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    real: PathBuf,
    faults: Vec<Fault>,
}

impl Provenance {
    /// Walks the path of an open file.
    ///
    /// # Errors
    /// `STATUS_IO` and similar, also if the path refers to another file by now.
    pub fn of_file(path: &Path, file: &Metadata) -> Result<Self> {
        let made = Self::of_path(path)?;
        let same = super::is_at(file, &made.real).map_err(|error| Error::io(LOOK, path, &error))?;
        if same {
            return Ok(made);
        }
        let message = format!("cannot open {}: it has been replaced by another file meanwhile; try again", path.display());
        Err(Error::new(abi::STATUS_IO, message).at_path(path))
    }

    /// Walks the path of a file that need not exist; its directory has to.
    ///
    /// # Errors
    /// `STATUS_IO` and similar.
    pub fn of_path(path: &Path) -> Result<Self> {
        walk(path, false).map_err(|error| Error::io(LOOK, path, &error))
    }

    /// Walks the path of a directory in which this user is about to create another one.
    ///
    /// # Errors
    /// `STATUS_IO` and similar.
    pub fn of_directory(path: &Path) -> Result<Self> {
        walk(path, true).map_err(|error| Error::io(LOOK, path, &error))
    }

    /// Returns the path without links.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// Refuses a file that untrusted users could have put in its place; `what` begins the message.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`, naming the component of the path and what to do.
    pub fn require(&self, trusted: &Trusted, what: &str) -> Result<()> {
        let accepted = |fault: &&Fault| matches!(fault.writer, Writer::Group(group) if trusted.groups.contains(&group));
        match self.faults.iter().find(|fault| !trusted.everyone && !accepted(fault)) {
            None => Ok(()),
            Some(fault) => {
                let accept = ", or accept the group with VM_PluginRegistryAddTrustedGroup";
                Err(Error::new(abi::STATUS_UNTRUSTED_PATH, format!("{what} {}", fault.explain(accept))))
            }
        }
    }

    /// Like [`Provenance::require`], for a file that no host can accept from others.
    ///
    /// # Errors
    /// `STATUS_UNTRUSTED_PATH`, naming the component of the path and what to do.
    pub fn require_own(&self, what: &str) -> Result<()> {
        match self.faults.first() {
            None => Ok(()),
            Some(fault) => Err(Error::new(abi::STATUS_UNTRUSTED_PATH, format!("{what} {}", fault.explain("")))),
        }
    }
}

impl Fault {
    /// Formats who can change what, and what to do; `accept` is what else can be done about a group.
    fn explain(&self, accept: &str) -> String {
        let (kind, at, quoted) = (self.kind, self.path.display(), quoted(&self.path));
        let good = if kind == "the directory" { "if its contents are right" } else { "if it is right" };
        match self.writer {
            Writer::Owner(user) => {
                let link = if self.kind == "the link" { "-h " } else { "" };
                format!(
                    "may be changed by another user: {kind} {at} is owned by the user {user}, and neither by root nor by the user \
                     {0} of this process; {good}, run `chown {link}{0} {quoted}` as root, or use a copy of your own",
                    crate::system::effective_user()
                )
            }
            // Closing /tmp to others would break its other uses.
            Writer::Group(group) if self.sticky => format!(
                "may be changed by other users: {at} is open to the group {group}; move it into a directory of its own{accept}"
            ),
            Writer::Everyone { .. } if self.sticky => format!(
                "may be changed by other users: {at} is open to every user of this machine; move it into a directory of its own, \
                 to which not everyone can write"
            ),
            Writer::Group(group) => format!(
                "may be changed by other users: {kind} {at} is writable by the group {group}; {good}, run `chmod g-w {quoted}`{accept}"
            ),
            Writer::Everyone { group_too } => {
                let all = if group_too { "go" } else { "o" };
                format!(
                    "may be changed by every user of this machine: {kind} {at} is world-writable; {good}, run `chmod {all}-w {quoted}`"
                )
            }
        }
    }
}

/// Quotes a path for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|letter| letter.is_alphanumeric() || "/._-+@%=:,".contains(letter)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(unix)]
use unix::walk;

/// This system has no permissions of this kind.
#[cfg(not(unix))]
fn walk(path: &Path, _: bool) -> std::io::Result<Provenance> {
    Ok(Provenance { real: std::path::absolute(path)?, faults: Vec::new() })
}

#[cfg(unix)]
mod unix {
    use super::{Fault, Provenance, Writer};
    use crate::system::{effective_user, private_group};
    use std::cell::LazyCell;
    use std::ffi::OsString;
    use std::fs::{self, Metadata};
    use std::io::{Error, ErrorKind, Result};
    use std::os::unix::fs::MetadataExt;
    use std::path::{Component, Path, PathBuf};

    /// Number of links that are followed, as by Linux.
    const MOST_LINKS: usize = 40;

    /// Follows a path from the root, and checks each component. `for_directory` tells that a directory is looked for, or about to be created,
    /// in the last one.
    pub fn walk(path: &Path, for_directory: bool) -> Result<Provenance> {
        let mut way = Way {
            user: effective_user(),
            private_group: LazyCell::new(private_group),
            at: PathBuf::new(),
            directory: fs::symlink_metadata("/")?,
            faults: Vec::new(),
        };
        let mut steps = Vec::new();
        way.turn(&std::path::absolute(path)?, &mut steps)?;
        let mut links = 0;
        while let Some(step) = steps.pop() {
            if step == ".." {
                // The current directory was checked on the way.
                way.at.pop();
                way.directory = fs::symlink_metadata(&way.at)?;
                continue;
            }
            let next = way.at.join(&step);
            let found = match fs::symlink_metadata(&next) {
                Err(error) if error.kind() == ErrorKind::NotFound && steps.is_empty() => {
                    way.judge_contents(false);
                    return Ok(Provenance { real: next, faults: way.faults });
                }
                found => found?,
            };
            way.judge_contents(found.is_dir());
            if found.is_symlink() {
                way.judge_owner(&next, "the link", &found);
                links += 1;
                if links > MOST_LINKS {
                    return Err(Error::from_raw_os_error(libc::ELOOP));
                }
                way.turn(&fs::read_link(&next)?, &mut steps)?;
            } else if found.is_dir() {
                way.judge_owner(&next, "the directory", &found);
                (way.at, way.directory) = (next, found);
            } else if steps.is_empty() {
                way.judge_owner(&next, "the file", &found);
                way.judge_mode(&next, "the file", &found);
                return Ok(Provenance { real: next, faults: way.faults });
            } else {
                return Err(Error::from_raw_os_error(libc::ENOTDIR));
            }
        }
        way.judge_contents(for_directory);
        Ok(Provenance { real: way.at, faults: way.faults })
    }

    /// The state of the walk: a directory without links on its path.
    struct Way {
        user: u32,
        private_group: LazyCell<Option<u32>>,
        at: PathBuf,
        directory: Metadata,
        faults: Vec<Fault>,
    }

    impl Way {
        /// Continues with the components of another path, from the root if it is absolute.
        fn turn(&mut self, path: &Path, steps: &mut Vec<OsString>) -> Result<()> {
            if path.is_absolute() {
                self.at = PathBuf::from("/");
                self.directory = fs::symlink_metadata("/")?;
                let root = self.directory.clone();
                self.judge_owner(Path::new("/"), "the directory", &root);
            }
            let parts = path.components().rev().filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_owned()),
                Component::ParentDir => Some("..".into()),
                _ => None,
            });
            steps.extend(parts);
            Ok(())
        }

        fn judge_owner(&mut self, path: &Path, kind: &'static str, found: &Metadata) {
            if found.uid() != 0 && found.uid() != self.user {
                self.fault(path, kind, Writer::Owner(found.uid()), false);
            }
        }

        fn judge_mode(&mut self, path: &Path, kind: &'static str, found: &Metadata) {
            if found.mode() & 0o002 != 0 {
                self.fault(path, kind, Writer::Everyone { group_too: found.mode() & 0o020 != 0 }, false);
            } else if found.mode() & 0o020 != 0 && *self.private_group != Some(found.gid()) {
                self.fault(path, kind, Writer::Group(found.gid()), false);
            }
        }

        /// Checks who can change what a name in the directory refers to.
        fn judge_contents(&mut self, name_is_of_directory: bool) {
            let (path, found) = (self.at.clone(), self.directory.clone());
            let before = self.faults.len();
            if found.mode() & 0o1000 == 0 || !name_is_of_directory {
                self.judge_mode(&path, "the directory", &found);
            }
            self.faults[before..].iter_mut().for_each(|fault| fault.sticky = found.mode() & 0o1000 != 0);
        }

        fn fault(&mut self, path: &Path, kind: &'static str, writer: Writer, sticky: bool) {
            self.faults.push(Fault { path: path.to_owned(), kind, writer, sticky });
        }
    }
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

    #[test]
    fn a_walk_ends_where_the_system_ends() {
        use std::os::unix::fs::symlink;
        let folder = std::env::temp_dir().join(format!("libvm-walk-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/b")).unwrap();
        let folder = folder.canonicalize().unwrap();
        std::fs::write(folder.join("a/file"), "").unwrap();
        for (name, target) in
            [("up", "a/b/.."), ("absolute", folder.join("up").to_str().unwrap()), ("loop", "loop"), ("gone", "no/x")]
        {
            symlink(target, folder.join(name)).unwrap();
        }
        for path in
            ["a/file", "a/./b/../file", "up/file", "absolute/file", "up/b/../../absolute/file", "a/b", "absolute", "up/.."]
        {
            let path = folder.join(path);
            assert_eq!(walk(&path, false).unwrap().real(), path.canonicalize().unwrap(), "{}", path.display());
        }
        assert_eq!(walk(&folder.join("up/new"), false).unwrap().real(), folder.join("a/new"));
        for path in ["loop", "loop/x", "gone", "a/file/x", "no/x"] {
            let path = folder.join(path);
            let expected = path.canonicalize().unwrap_err().raw_os_error();
            assert_eq!(walk(&path, false).unwrap_err().raw_os_error(), expected, "{}", path.display());
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
