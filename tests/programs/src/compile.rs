//! Compiling a program for WASI and natively, once for each content.
use crate::guest::Tier;
use crate::sources;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The sources of a program.
pub struct Program {
    /// Its name; `c/<name>.c` is its `main`.
    pub name: &'static str,
    /// Files of crates: a crate and a path in it, whose last component may be `*.c`.
    pub sources: &'static [(&'static str, &'static str)],
    /// Folders of crates with headers.
    pub includes: &'static [(&'static str, &'static str)],
    /// Flags of both builds.
    pub flags: &'static [&'static str],
    /// Flags of the build for WASI.
    pub wasi_flags: &'static [&'static str],
}

/// Both builds of a program.
pub struct Built {
    /// The program's name.
    pub name: String,
    /// For WASI.
    pub wasm: PathBuf,
    /// Native.
    pub native: PathBuf,
    /// How the one for WASI runs.
    pub tier: Tier,
    /// The folder of its compiled code.
    pub cache: PathBuf,
}

/// The same optimization for both; warnings of the sources are ignored.
const FLAGS: &[&str] = &["-std=gnu11", "-O1", "-w"];

impl Program {
    /// Compiles it into a folder, unless it already exists there, to be run on an engine.
    pub fn build(&self, folder: &Path, tier: Tier) -> Built {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("c").join(format!("{}.c", self.name));
        let mut files = vec![driver];
        files.extend(self.sources.iter().flat_map(|(package, path)| expand(&sources::of(package).join(path))));
        let mut flags: Vec<String> = FLAGS.iter().chain(self.flags).map(|flag| (*flag).to_owned()).collect();
        flags.extend(self.includes.iter().map(|(package, path)| format!("-I{}", sources::of(package).join(path).display())));

        let mut wasi = Command::new("clang");
        wasi.arg("--target=wasm32-wasi").args(&flags).args(self.wasi_flags).args(&files).args(self.wasi_flags);
        let mut native = Command::new("cc");
        native.args(&flags).args(&files).arg("-lm");
        let built = Built {
            name: self.name.to_owned(),
            wasm: compile(wasi, &files, folder, &format!("{}.wasm", self.name)),
            native: compile(native, &files, folder, self.name),
            tier,
            cache: folder.join("programs").join("code"),
        };
        tier.load(&built.wasm, &built.cache);
        built
    }
}

/// Returns the file, or all files of a folder that end with `.c`, sorted.
fn expand(path: &Path) -> Vec<PathBuf> {
    if !path.ends_with("*.c") {
        return vec![path.to_owned()];
    }
    let folder = path.parent().expect("a file is in a folder");
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a folder can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "c"));
    files.sort();
    files
}

/// Runs the compiler, unless it ran with the same version, command and files before.
fn compile(mut command: Command, files: &[PathBuf], folder: &Path, name: &str) -> PathBuf {
    let mut hash = DefaultHasher::new();
    let version = Command::new(command.get_program()).arg("--version").output();
    let program = command.get_program().to_string_lossy().into_owned();
    let version = version.unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask test` installs what the tests need"));
    version.stdout.hash(&mut hash);
    command.get_args().for_each(|argument| argument.hash(&mut hash));
    for file in files {
        fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).hash(&mut hash);
    }
    let folder = folder.join("programs").join(format!("{:016x}", hash.finish()));
    let made = folder.join(name);
    if made.exists() {
        return made;
    }
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // Renamed when it is complete: tests run at the same time, and may be stopped.
    let part = folder.join(format!("{name}.{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
    let output = command.arg("-o").arg(&part).output().expect("it ran for its version");
    assert!(
        output.status.success(),
        "{command:?}\n{}\n`cargo xtask test` installs what the tests need",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::rename(&part, &made).unwrap_or_else(|error| panic!("{}: {error}", made.display()));
    made
}
