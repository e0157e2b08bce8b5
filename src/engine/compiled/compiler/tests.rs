//! Compilers that are not there, not whole, not trusted or not of this version; and the real one, where it was built.
#![forbid(unsafe_code)]

use super::{compile, file, open, place};
use crate::status::Error;
use libvm_abi as abi;
use libvm_codegen::Settings;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of a test, which only this user can change.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("libvm-compiler-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn compiler(&self) -> PathBuf {
        self.0.join(place::FILE)
    }

    /// Builds a compiler whose code is `code`.
    fn build(&self, code: &str) -> PathBuf {
        let source = self.0.join("compiler.c");
        fs::write(&source, format!("#include <stddef.h>\n#include <stdint.h>\n{code}")).unwrap();
        let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        let made = command.args(["-shared", "-fPIC", "-o"]).arg(self.compiler()).arg(source).status();
        assert!(made.unwrap().success());
        fs::set_permissions(self.compiler(), Permissions::from_mode(0o755)).unwrap();
        self.compiler()
    }

    fn refused(&self) -> Error {
        open(std::slice::from_ref(&self.0)).err().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The functions of a compiler with the identifier `id`, of which `compile` does what is in `body`.
fn functions(id: &str, body: &str) -> String {
    format!(
        "typedef struct {{ uint8_t *bytes; size_t size, capacity; }} Output;
        const char *libvm_compiler_id(size_t *size) {{ static const char id[] = {id:?}; *size = sizeof id - 1; return id; }}
        int32_t libvm_compiler_compile(const uint8_t *wasm, size_t wasm_size, const uint8_t *settings, size_t settings_size,
            size_t threads, Output *out) {{ {body} }}
        void libvm_compiler_free(Output *out) {{ out->bytes = NULL; }}"
    )
}

fn unsupported(error: &Error, path: Option<&Path>) -> String {
    assert_eq!((error.status(), error.path()), (abi::STATUS_UNSUPPORTED, path), "{}", error.message());
    let message = error.message().strip_prefix("the compiler is not available: ");
    message.unwrap_or_else(|| panic!("{}", error.message())).to_owned()
}

#[test]
fn what_to_install_has_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    let start = format!("install the compiler of libvm {version} (component `compiler`, package libvm-compiler");
    assert!(place::INSTALL.starts_with(&start) && version.starts_with(&place::INSTALL[start.len()..place::INSTALL.len() - 1]));
}

#[test]
fn without_a_compiler_the_folders_are_named() {
    let (one, two) = (Folder::new("absent-1"), Folder::new("absent-2"));
    let folders = [one.0.clone(), two.0.clone()];
    let expected = format!("there is no {} in {} or {}; {}", place::FILE, one.0.display(), two.0.display(), place::INSTALL);
    assert_eq!(unsupported(&open(&folders).err().unwrap(), None), expected);
    assert_eq!(
        unsupported(&open(&[]).err().unwrap(), None),
        "libvm does not know its own file, beside which the compiler would be"
    );
    // What is found first is taken, and what is wrong with it is said.
    two.build("");
    assert!(unsupported(&open(&folders).err().unwrap(), Some(&two.compiler())).contains("has no function libvm_compiler_id"));
}

/// This program contains the library: the compiler is looked for beside it, and then where libraries with its prefix are.
#[test]
fn a_static_library_looks_beside_the_program() {
    let program = std::env::current_exe().unwrap();
    let (folder, folders) = (program.parent().unwrap(), place::folders());
    let prefix = folder.parent().unwrap();
    assert_eq!(folders[..3], [folder.to_owned(), prefix.join("lib"), prefix.join("lib64")]);
    assert!(place::FILE.contains(concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"))));
}

#[test]
fn another_compiler_is_refused_with_both_identifiers() {
    let folder = Folder::new("other");
    let path = folder.build(&functions("libvm 0.0.1, wasmtime 1", "return 0;"));
    let own = libvm_codegen::id();
    assert_eq!(
        unsupported(&folder.refused(), Some(&path)),
        format!("{} is \"libvm 0.0.1, wasmtime 1\", and this library needs \"{own}\"; {}", path.display(), place::INSTALL)
    );
    // It was closed again: once the right one is there, it is opened.
    fs::remove_file(&path).unwrap();
    folder.build(&functions(own, "return 0;"));
    open(std::slice::from_ref(&folder.0)).unwrap();
}

#[test]
fn folders_and_files_that_others_may_write_are_refused() {
    let folder = Folder::new("writable");
    let path = folder.build(&functions(libvm_codegen::id(), "return 0;"));
    fs::set_permissions(&folder.0, Permissions::from_mode(0o757)).unwrap();
    let message = unsupported(&folder.refused(), Some(&path));
    assert_eq!(
        message,
        format!(
            "{} may be changed by every user of this machine: the directory {} is world-writable; if its contents are \
             right, run `chmod o-w {1}`",
            path.display(),
            folder.0.display()
        )
    );
    fs::set_permissions(&folder.0, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o757)).unwrap();
    assert!(unsupported(&folder.refused(), Some(&path)).contains("the file"));
    // No advice to accept a group, which is possible for plug-ins only.
    std::os::unix::fs::chown(&path, None, Some(12345)).ok();
    fs::set_permissions(&path, Permissions::from_mode(0o775)).unwrap();
    if crate::system::effective_user() == 0 {
        let message = unsupported(&folder.refused(), Some(&path));
        assert!(
            message.ends_with(&format!("is writable by the group 12345; if it is right, run `chmod g-w {}`", path.display()))
        );
    }
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    open(std::slice::from_ref(&folder.0)).unwrap();
}

#[test]
fn what_is_not_a_whole_library_is_not_opened() {
    let folder = Folder::new("truncated");
    let path = folder.build(&functions(libvm_codegen::id(), "return 0;"));
    let whole = fs::read(&path).unwrap();
    for size in [0, 1, 4, 63, 64, 100, whole.len() / 2, whole.len() - 1] {
        fs::remove_file(&path).unwrap();
        fs::write(&path, &whole[..size]).unwrap();
        let message = unsupported(&folder.refused(), Some(&path));
        let expected = if size < 200 { "is not a complete shared library" } else { "is truncated or damaged" };
        assert!(message.contains(expected) && message.ends_with("; install it again"), "{size}: {message}");
    }
    fs::write(&path, "text").unwrap();
    assert!(unsupported(&folder.refused(), Some(&path)).contains("is not a complete shared library"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(unsupported(&folder.refused(), Some(&path)).contains("it is a directory, and only regular files are opened"));
}

#[test]
fn answers_of_the_compiler_become_errors() {
    let answers = [
        (1, abi::STATUS_BAD_MODULE, "the compiler does not support the module: why\\u{1b}"),
        (2, abi::STATUS_INTERNAL, "the compiler failed: why\\u{1b}"),
        (3, abi::STATUS_LIMIT, "the module could not be compiled: why\\u{1b}"),
        (4, abi::STATUS_OUT_OF_MEMORY, "the module could not be compiled: why\\u{1b}"),
        (5, abi::STATUS_INTERNAL, "the compiler failed: why\\u{1b}"),
        (99, abi::STATUS_INTERNAL, "the compiler failed: why\\u{1b}"),
    ];
    let folder = Folder::new("answers");
    folder.build(&functions(
        libvm_codegen::id(),
        "static uint8_t text[] = \"why\\033\"; out->bytes = text; out->size = 4; return threads;",
    ));
    let compiler = open(std::slice::from_ref(&folder.0)).unwrap();
    assert_eq!(compiler.compile(b"", b"", 0).unwrap(), b"why\x1b");
    for (number, status, message) in answers {
        let (found, text) = compiler.compile(b"", b"", number).unwrap_err();
        let error = super::failed(found, &text);
        assert_eq!((error.status(), error.message()), (status, message), "{number}");
    }
}

/// The real compiler, where it is beside the tests: `cargo xtask compiler` puts it there.
fn real() -> bool {
    let there = place::find(&place::folders()).is_ok();
    if !there {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the real compiler: there is no {} beside the tests", place::FILE);
    }
    there
}

#[test]
fn threads_share_the_compiler() {
    if !real() {
        return;
    }
    let wasm = wat::parse_str("(module (func (export \"f\") (result i32) i32.const 7))").unwrap();
    let codes: Vec<_> = std::thread::scope(|scope| {
        let compiling: Vec<_> = (0..4)
            .map(|at| {
                scope.spawn({
                    let wasm = &wasm;
                    move || compile(wasm, &Settings::default(), at).unwrap()
                })
            })
            .collect();
        compiling.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(codes.iter().all(|code| code == &codes[0] && code.starts_with(b"\x7fELF")));
    let error = compile(b"\0asm\x01\0\0\0\x77", &Settings::default(), 1).unwrap_err();
    assert_eq!(error.status(), abi::STATUS_BAD_MODULE);
    assert!(error.message().starts_with("the compiler does not support the module: "), "{}", error.message());
    assert!(file::check(&place::find(&place::folders()).unwrap()).is_ok());
}
