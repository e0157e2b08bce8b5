//! Directories and their rights.

use crate::guest::*;
use std::fs;
use vm::wasi::{Rights, Wasi};

const BOTH: i64 = FD_READ | FD_WRITE;

/// Returns directories as file descriptors 3, 4, … with these rights.
fn guest_with(directories: &[(&Scratch, Rights)]) -> Guest {
    let wasi = Wasi::new();
    for (index, (scratch, rights)) in directories.iter().enumerate() {
        wasi.add_directory(scratch.path(), &format!("/{index}"), *rights).unwrap();
    }
    Guest::new(&wasi)
}

fn both() -> Rights {
    Rights::READ | Rights::WRITE
}

#[test]
fn the_guest_finds_its_directories() {
    let scratch = Scratch::new("preopen");
    let mut guest = guest_with(&[(&scratch, Rights::READ), (&Scratch::new("preopen2"), both())]);
    for (fd, name) in [(3, b"/0"), (4, b"/1")] {
        assert_eq!(guest.call("fd_prestat_get", &[fd, 0]), SUCCESS);
        assert_eq!((guest.get(0, 1), guest.u32_at(4)), (vec![0], 2));
        assert_eq!(guest.call("fd_prestat_dir_name", &[fd, 100, 2]), SUCCESS);
        assert_eq!(guest.get(100, 2), name);
    }
    assert_eq!(guest.call("fd_prestat_get", &[5, 0]), BADF);
}

#[test]
fn both_rights_allow_everything() {
    let scratch = Scratch::new("both");
    let mut guest = guest_with(&[(&scratch, both())]);
    let file = guest.open(3, "new", CREATE | EXCLUSIVE, BOTH).unwrap();
    assert_eq!(guest.write(file, &[b"hello"]), Ok(5));
    assert_eq!(guest.call("fd_seek", &[file.into(), 0, 0, 0]), SUCCESS);
    assert_eq!(guest.read(file, 10), Ok(b"hello".to_vec()));
    assert_eq!(guest.call("fd_filestat_set_size", &[file.into(), 4]), SUCCESS);
    assert_eq!(guest.call("fd_filestat_set_times", &[file.into(), 0, 1_000_000_000, 4]), SUCCESS);
    assert_eq!(guest.call("fd_fdstat_set_flags", &[file.into(), 1]), SUCCESS);
    assert_eq!(guest.write(file, &[b"!"]), Ok(1));
    assert_eq!(guest.call("fd_close", &[file.into()]), SUCCESS);
    assert_eq!(scratch.read("new"), "hell!");
    assert_eq!(guest.path("path_create_directory", 3, "sub", &[]), SUCCESS);
    assert_eq!(guest.path("path_create_directory", 3, "sub", &[]), EXIST);
    assert_eq!(guest.two_paths("path_rename", (3, "new"), (3, "sub/moved")), SUCCESS);
    assert_eq!(guest.two_paths("path_link", (3, "sub/moved"), (3, "link")), SUCCESS);
    assert_eq!(scratch.read("link"), "hell!");
    let sub = guest.open(3, "sub", DIRECTORY, FD_READ).unwrap();
    assert_eq!(guest.path("path_unlink_file", sub, "moved", &[]), SUCCESS);
    assert_eq!(guest.path("path_remove_directory", 3, "sub", &[]), SUCCESS);
    assert_eq!(guest.open(3, "sub", 0, FD_READ), Err(NOENT));
    assert_eq!(guest.open(3, "link/x", 0, FD_READ), Err(NOTDIR));
}

#[test]
fn a_read_only_directory_is_read() {
    let scratch = Scratch::new("read");
    scratch.file("file", "content");
    fs::create_dir(scratch.path().join("sub")).unwrap();
    scratch.file("sub/inner", "deep");
    let mut guest = guest_with(&[(&scratch, Rights::READ)]);
    let file = guest.open(3, "file", 0, FD_READ).unwrap();
    assert_eq!(guest.read(file, 100), Ok(b"content".to_vec()));
    let inner = guest.open(3, "sub/inner", 0, FD_READ).unwrap();
    assert_eq!(guest.read(inner, 100), Ok(b"deep".to_vec()));
    assert_eq!(guest.open(3, "missing", 0, FD_READ), Err(NOENT));
    // Creating an existing file is opening it.
    assert!(guest.open(3, "file", CREATE, FD_READ).is_ok());
    assert_eq!(guest.size(3, "sub/inner"), Ok(4));
    assert_eq!(guest.size(3, "missing"), Err(NOENT));
    assert_eq!(guest.call("fd_readdir", &[3, 8192, 4096, 0, 0]), SUCCESS);
    let size = guest.u32_at(0) as usize;
    let listed = guest.get(8192, size);
    let listed = String::from_utf8_lossy(&listed);
    assert!(listed.contains("file") && listed.contains("sub"), "{listed}");
}

#[test]
fn a_read_only_directory_refuses_every_change() {
    let scratch = Scratch::new("refuse");
    scratch.file("file", "content");
    fs::create_dir(scratch.path().join("sub")).unwrap();
    let other = Scratch::new("refuse-other");
    other.file("theirs", "x");
    let mut guest = guest_with(&[(&scratch, Rights::READ), (&other, both())]);
    let sub = guest.open(3, "sub", DIRECTORY, FD_READ).unwrap();
    let modified = fs::metadata(scratch.path().join("file")).unwrap().modified().unwrap();
    for (fd, file) in [(3, "file"), (sub, "new"), (3, "new")] {
        assert_eq!(guest.open(fd, file, 0, FD_WRITE), Err(ROFS), "{file}");
        assert_eq!(guest.open(fd, file, 0, BOTH), Err(ROFS), "{file}");
        assert_eq!(guest.open(fd, file, TRUNCATE, FD_READ), Err(ROFS), "{file}");
        assert_eq!(guest.open(fd, file, CREATE, FD_WRITE), Err(ROFS), "{file}");
        assert_eq!(guest.path("path_unlink_file", fd, file, &[]), ROFS, "{file}");
        assert_eq!(guest.two_paths("path_rename", (fd, file), (fd, "other")), ROFS, "{file}");
        assert_eq!(guest.two_paths("path_rename", (fd, file), (4, "other")), ROFS, "{file}");
        assert_eq!(guest.two_paths("path_rename", (4, "theirs"), (fd, file)), ROFS, "{file}");
        assert_eq!(guest.two_paths("path_link", (fd, file), (4, "other")), ROFS, "{file}");
        assert_eq!(guest.two_paths("path_link", (4, "theirs"), (fd, "linked")), ROFS, "{file}");
    }
    for fd in [3, sub] {
        assert_eq!(guest.open(fd, "new", CREATE, FD_READ), Err(ROFS));
        assert_eq!(guest.open(fd, "new", CREATE | EXCLUSIVE, FD_READ), Err(ROFS));
        assert_eq!(guest.path("path_create_directory", fd, "new", &[]), ROFS);
        assert_eq!(guest.symlink(fd, "file", "new"), ROFS);
        assert_eq!(guest.path("path_remove_directory", fd, "sub", &[]), ROFS);
        assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 0, 10]), ROFS);
    }
    // An existing name is reported as existing, as `mkdir -p` expects.
    assert_eq!(guest.path("path_create_directory", 3, "sub", &[]), EXIST);
    assert_eq!(guest.open(3, "file", CREATE | EXCLUSIVE, FD_READ), Err(EXIST));
    assert_eq!(guest.open(3, "file", CREATE | EXCLUSIVE, FD_WRITE), Err(EXIST));

    let file = guest.open(3, "file", 0, FD_READ).unwrap();
    assert_eq!(guest.write(file, &[b"x"]), Err(BADF));
    assert_eq!(guest.call("fd_filestat_set_size", &[file.into(), 0]), ROFS);
    assert_eq!(guest.call("fd_filestat_set_times", &[file.into(), 0, 0, 10]), ROFS);
    assert_eq!(scratch.read("file"), "content");
    assert_eq!(fs::metadata(scratch.path().join("file")).unwrap().modified().unwrap(), modified);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 2);
}

#[test]
fn a_write_only_directory_is_a_drop_box() {
    let scratch = Scratch::new("drop");
    scratch.file("secret", "secret");
    fs::create_dir(scratch.path().join("sub")).unwrap();
    let readable = Scratch::new("drop-other");
    let mut guest = guest_with(&[(&scratch, Rights::WRITE), (&readable, both())]);
    let file = guest.open(3, "new", CREATE, FD_WRITE).unwrap();
    assert_eq!(guest.write(file, &[b"dropped"]), Ok(7));
    assert_eq!(guest.read(file, 1), Err(BADF));
    assert_eq!(scratch.read("new"), "dropped");
    assert_eq!(guest.path("path_create_directory", 3, "made", &[]), SUCCESS);
    assert_eq!(guest.symlink(3, "secret", "link"), SUCCESS);

    let sub = guest.open(3, "sub", DIRECTORY, FD_READ).unwrap();
    for fd in [3, sub] {
        assert_eq!(guest.call("fd_readdir", &[fd.into(), 8192, 4096, 0, 0]), ACCES);
        assert_eq!(guest.open(fd, "truncated", CREATE | TRUNCATE, BOTH), Err(ACCES));
    }
    assert!(!scratch.path().join("truncated").exists());
    assert_eq!(guest.open(3, "secret", 0, FD_READ), Err(ACCES));
    assert_eq!(guest.open(3, "secret", TRUNCATE, BOTH), Err(ACCES));
    assert_eq!(guest.open(3, "link", 0, FD_READ), Err(ACCES));
    assert_eq!(guest.path("path_readlink", 3, "link", &[8192, 100, 0]), ACCES);
    // Opened without rights, it cannot be read either.
    let nothing = guest.open(3, "secret", 0, 0).unwrap();
    assert_eq!(guest.read(nothing, 10), Err(BADF));
    assert_eq!(guest.size(3, "secret"), Ok(6));
    // Nothing can be moved to where it can be read.
    assert_eq!(guest.two_paths("path_rename", (3, "secret"), (4, "mine")), XDEV);
    assert_eq!(guest.two_paths("path_link", (3, "secret"), (4, "mine")), XDEV);
    assert_eq!(scratch.read("secret"), "secret");
    assert_eq!(guest.path("path_unlink_file", 3, "secret", &[]), SUCCESS);
}

#[cfg(unix)]
#[test]
fn nothing_leads_out() {
    use std::os::unix::fs::symlink;

    let outer = Scratch::new("outer");
    outer.file("secret", "secret");
    let path = outer.path().join("inner");
    fs::create_dir_all(path.join("sub")).unwrap();
    symlink(outer.path(), path.join("absolute")).unwrap();
    symlink("../secret", path.join("relative")).unwrap();
    symlink("sub/../fine", path.join("inside")).unwrap();
    outer.file("inner/fine", "fine");
    let wasi = Wasi::new();
    wasi.add_directory(&path, ".", both()).unwrap();
    let mut guest = Guest::new(&wasi);
    let absolute = outer.path().join("secret");
    for out in ["..", "../secret", "sub/../../secret", "/", absolute.to_str().unwrap(), "absolute/secret", "relative"] {
        assert_eq!(guest.open(3, out, 0, FD_READ), Err(PERM), "{out}");
        assert_eq!(guest.open(3, out, 0, FD_WRITE), Err(PERM), "{out}");
    }
    for out in ["../new", "/tmp/new", "absolute/new", "sub/../../new"] {
        assert_eq!(guest.open(3, out, CREATE, FD_WRITE), Err(PERM), "{out}");
        assert_eq!(guest.path("path_create_directory", 3, out, &[]), PERM, "{out}");
        assert_eq!(guest.path("path_unlink_file", 3, out, &[]), PERM, "{out}");
        assert_eq!(guest.two_paths("path_rename", (3, "fine"), (3, out)), PERM, "{out}");
        assert_eq!(guest.two_paths("path_link", (3, "fine"), (3, out)), PERM, "{out}");
    }
    assert_eq!(guest.symlink(3, "/etc/passwd", "passwd"), PERM);
    assert_eq!(guest.symlink(3, "../secret", "up"), SUCCESS);
    assert_eq!(guest.open(3, "up", 0, FD_READ), Err(PERM));
    let sub = guest.open(3, "sub", DIRECTORY, FD_READ).unwrap();
    assert_eq!(guest.open(sub, "../fine", 0, FD_READ), Err(PERM));
    let fine = guest.open(3, "inside", 0, FD_READ).unwrap();
    assert_eq!(guest.read(fine, 10), Ok(b"fine".to_vec()));
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 2);
}

#[test]
fn open_files_are_limited_for_each_context() {
    let scratch = Scratch::new("limit");
    scratch.file("file", "");
    let mut guest = guest_with(&[(&scratch, Rights::READ)]);
    let opened: Vec<u32> = std::iter::from_fn(|| guest.open(3, "file", 0, FD_READ).ok()).collect();
    assert_eq!(opened.len(), 512);
    assert_eq!(guest.open(3, ".", DIRECTORY, FD_READ), Err(MFILE));
    assert_eq!(guest.call("fd_close", &[opened[100].into()]), SUCCESS);
    assert!(guest.open(3, ".", DIRECTORY, FD_READ).is_ok());
    assert_eq!(guest.open(3, "file", 0, FD_READ), Err(MFILE));
    assert!(guest_with(&[(&scratch, Rights::READ)]).open(3, "file", 0, FD_READ).is_ok());
}
