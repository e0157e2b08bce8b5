//! `sanitize`: the C tests with both sides instrumented, by AddressSanitizer and by ThreadSanitizer.
use crate::cmake::{self, Build};
use crate::report::Report;
use crate::{Result, command, packages, target};
use std::path::PathBuf;
use std::process::Command;

/// A sanitizer.
struct Sanitizer {
    /// What rustc and the C compilers call it.
    name: &'static str,
    /// How the file name of Rust's runtime for it ends.
    runtime: &'static str,
    /// The variable that its runtime reads, and what it is told.
    options: (&'static str, &'static str),
    /// Whether it finds faults that are not there when the standard library is not instrumented.
    needs_std: bool,
    /// Tests of which it cannot say anything: a regular expression.
    left_out: Option<&'static str>,
}

const ALL: &[Sanitizer] = &[
    Sanitizer {
        name: "address",
        runtime: "_rt.asan.a",
        // A small quarantine, so that the test of flat memory is not about it.
        options: ("ASAN_OPTIONS", "detect_leaks=1:quarantine_size_mb=8:strict_string_checks=1"),
        needs_std: false,
        left_out: None,
    },
    Sanitizer {
        name: "thread",
        runtime: "_rt.tsan.a",
        options: ("TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1:history_size=7"),
        needs_std: true,
        // It has to be told of every switch between stacks, or takes the functions of one for those of the other.
        left_out: Some("^t_coroutine"),
    },
];

/// Runs all of them, or those named.
pub fn run(names: &[&str]) -> Result {
    if let Some(unknown) = names.iter().find(|name| !ALL.iter().any(|known| known.name == **name)) {
        return Err(format!("there is no sanitizer {unknown} here; there are address and thread"));
    }
    let mut report = Report::default();
    let mut rust = None;
    report.step("tools", || {
        packages::ensure(packages::SANITIZE)?;
        let found = Rust::find()?;
        let note = match &found.std_source {
            Some(_) => "the standard library is instrumented too".to_owned(),
            None => "the source of the standard library is not there (rustup component add rust-src): it is not instrumented"
                .to_owned(),
        };
        rust = Some(found);
        Ok(note)
    });
    if let Some(rust) = rust {
        for sanitizer in ALL.iter().filter(|known| names.is_empty() || names.contains(&known.name)) {
            let built = report.step(&format!("{} sanitizer: build", sanitizer.name), || sanitizer.build(&rust));
            if built {
                report.step(&format!("{} sanitizer: C tests", sanitizer.name), || sanitizer.test());
            }
        }
    }
    report.finish()
}

/// The Rust that builds.
struct Rust {
    triple: String,
    libraries: PathBuf,
    /// Where the standard library's source is, to build it anew.
    std_source: Option<PathBuf>,
}

impl Rust {
    fn find() -> Result<Self> {
        let version = command::capture(Command::new("rustc").arg("-vV"))?;
        let triple =
            version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say what it builds for")?;
        let sysroot = PathBuf::from(command::capture(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
        let source = sysroot.join("lib/rustlib/src/rust/library");
        if !source.is_dir() && command::exists("rustup") {
            println!("Installing with rustup: rust-src");
            // Without it there is less to instrument, which is said; it is no reason to stop.
            let _ = command::capture(Command::new("rustup").args(["component", "add", "rust-src"]));
        }
        Ok(Self {
            triple: triple.to_owned(),
            libraries: sysroot.join("lib/rustlib").join(triple).join("lib"),
            std_source: source.is_dir().then_some(source),
        })
    }

    /// The archive that a sanitizer needs in the program.
    fn runtime(&self, ending: &str) -> Result<PathBuf> {
        let entries = std::fs::read_dir(&self.libraries).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.into_iter().find(|path| path.to_string_lossy().ends_with(ending)).ok_or_else(|| {
            let folder = self.libraries.display();
            format!("this Rust has no runtime for the sanitizer (librustc*{ending} in {folder}): use the Rust of rustup.rs")
        })
    }
}

impl Sanitizer {
    fn target_dir(&self) -> PathBuf {
        target().join("sanitize").join(self.name)
    }

    fn folder(&self) -> Build {
        Build::new(&format!("sanitize-{}", self.name))
    }

    /// Builds library, plug-ins and tests.
    fn build(&self, rust: &Rust) -> Result<String> {
        if self.needs_std && rust.std_source.is_none() {
            return Err("it needs the source of the standard library: rustup component add rust-src".to_owned());
        }
        let runtime = rust.runtime(self.runtime)?;
        let build = self.folder();
        let settings = [
            ("CMAKE_BUILD_TYPE", "Debug"),
            ("LIBVM_BUILD_TESTS", "ON"),
            ("LIBVM_BUILD_EXAMPLES", "OFF"),
            ("LIBVM_INSTALL", "OFF"),
            ("LIBVM_SANITIZER", self.name),
            ("LIBVM_CARGO_TARGET", &rust.triple),
            ("LIBVM_TEST_TIMEOUT", "900"),
        ];
        let mut configure = build.configure(".", cmake::generator(), &settings);
        configure.arg(cmake::setting("LIBVM_SANITIZER_RUNTIME", &runtime));
        configure.arg(cmake::setting("LIBVM_CARGO_TARGET_DIR", &self.target_dir()));
        let mut compile = build.build(&[]);
        // Sanitizers are unstable options of stable compilers.
        compile.env("RUSTC_BOOTSTRAP", "1");
        compile.env("RUSTFLAGS", format!("-Zsanitizer={} -Cforce-frame-pointers=yes", self.name));
        if rust.std_source.is_some() {
            compile.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind");
        }
        cmake::all([configure, compile]).map(|_| String::new())
    }

    /// Runs the tests, of which one proves that the sanitizer is on.
    fn test(&self) -> Result<String> {
        let mut ctest = self.folder().ctest();
        ctest.args(["--tests-regex", "^(t_|seeded)", "--parallel", "2"]);
        if let Some(left_out) = self.left_out {
            ctest.args(["--exclude-regex", left_out]);
        }
        let (variable, value) = self.options;
        ctest.env(variable, value);
        let output = command::capture(&mut ctest)?;
        Ok(output
            .lines()
            .filter(|line| line.contains("tests passed") || line.contains("seeded"))
            .map(|line| format!("{line}\n"))
            .collect())
    }
}
