//! Compiles test plug-ins, and creates files from them.
use libvm_abi::{self as abi, PluginManifest};
use std::fs;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use vm::plugin::{Line, PluginRegistry, Policy, Report};
use vm::status::{Error, Result};

/// A directory that is deleted when this is dropped.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plugins-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns a path in it, and creates its directories.
    pub fn join(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// Compiles a source of `capi-tests/plugins` to a file in it.
    pub fn compile(&self, source: &str, defines: &[&str], file: &str) -> PathBuf {
        let defines: Vec<String> = defines.iter().map(|define| format!("-D{define}")).collect();
        self.compile_with(source, &defines.iter().map(String::as_str).collect::<Vec<_>>(), file)
    }

    /// Compiles a source of `capi-tests/plugins` with these flags to a file in it.
    pub fn compile_with(&self, source: &str, flags: &[&str], file: &str) -> PathBuf {
        marks();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let made = self.join(file);
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut command = Command::new(compiler);
        command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"]);
        command.arg("-I").arg(root.join("include")).args(flags);
        command.arg(root.join("capi-tests/plugins").join(source).with_extension("c")).arg("-o").arg(&made);
        let output = command.output().expect("a C compiler is needed: install one, or set CC");
        assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
        made
    }

    /// Builds a good plug-in with this name and version, and these dependencies.
    pub fn plugin(&self, file: &str, name: &str, version: &str, depends: &str) -> PathBuf {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let dir = Dir::new();
            let defines = ["NAME=\"template\"", "VERSION=\"1\"", "VM_PLUGIN_MODULES=\"template\""];
            fs::read(dir.compile("named", &defines, "template.so")).unwrap()
        });
        let made = self.join(file);
        fs::write(&made, rewritten(template, name, version, depends)).unwrap();
        made
    }

    /// Writes a file.
    pub fn write(&self, file: &str, bytes: &[u8]) -> PathBuf {
        let made = self.join(file);
        fs::write(&made, bytes).unwrap();
        made
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a plug-in's file with other strings in its manifest.
pub fn rewritten(file: &[u8], name: &str, version: &str, depends: &str) -> Vec<u8> {
    let mut made = file.to_vec();
    let found = made.windows(8).position(|bytes| bytes == abi::MAGIC).expect("a manifest");
    let start = found - offset_of!(PluginManifest, magic);
    let mut put = |offset: usize, size: usize, text: &str| {
        let field = &mut made[start + offset..start + offset + size];
        field.fill(0);
        field[..text.len()].copy_from_slice(text.as_bytes());
    };
    put(offset_of!(PluginManifest, name), 64, name);
    put(offset_of!(PluginManifest, version), 32, version);
    put(offset_of!(PluginManifest, depends), 256, depends);
    made
}

/// The file in which every opened library of `marked.h` leaves its mark.
fn marks() -> &'static Path {
    static MARKS: OnceLock<PathBuf> = OnceLock::new();
    MARKS.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("marks-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        // SAFETY: all tests run this before they open a library, and libraries only read the environment.
        unsafe { std::env::set_var("LIBVM_TEST_MARK", &path) };
        path
    })
}

/// Returns whether any code of the plug-in with this mark has run.
pub fn has_run(mark: &str) -> bool {
    times_run(mark) > 0
}

/// Returns how often a library with this mark was opened that was not open before.
pub fn times_run(mark: &str) -> usize {
    fs::read_to_string(marks()).unwrap_or_default().lines().filter(|line| *line == mark).count()
}

/// Creates an empty registry that allows everything.
pub fn registry() -> Arc<PluginRegistry> {
    PluginRegistry::new(Policy::Any, Vec::new())
}

/// Returns the names of its plug-ins in load order.
pub fn names(registry: &PluginRegistry) -> Vec<String> {
    registry.plugins().iter().map(|plugin| plugin.name().to_owned()).collect()
}

/// Loads a file that cannot be loaded, and returns the error, which the report must also have.
#[track_caller]
pub fn refused(path: &Path) -> Error {
    let registry = registry();
    let (report, result) = registry.load_from_path(path);
    let error = result.expect_err("it is not to load");
    let [line] = report.lines() else { panic!("one line for one file: {report:?}") };
    assert_eq!((line.path(), line.status(), line.message()), (path, error.status(), error.message()));
    assert!(!line.loaded() && line.error().is_some());
    assert_eq!(report.status(), error.status());
    assert!(registry.plugins().is_empty());
    assert!(error.message().contains(path.to_str().unwrap()), "no path in: {}", error.message());
    assert_eq!(error.path(), Some(path));
    error
}

/// Returns the only line about a file.
#[track_caller]
pub fn line<'a>(report: &'a Report, path: &Path) -> &'a Line {
    let lines: Vec<_> = report.lines().iter().filter(|line| line.path() == path).collect();
    assert_eq!(lines.len(), 1, "one line about {} in {report:#?}", path.display());
    lines[0]
}

/// Asserts that a call succeeded.
#[track_caller]
pub fn ok((report, result): (Report, Result<()>)) -> Report {
    assert!(result.is_ok(), "{:?}\n{report:#?}", result.unwrap_err());
    assert_eq!(report.status(), abi::STATUS_OK);
    report
}
