//! `sanitize`: the C tests with both sides instrumented, by AddressSanitizer and by ThreadSanitizer, on both engines.
use crate::cmake::{self, Build};
use crate::report::Report;
use crate::{Result, command, compiled, compiler, packages, target};
use std::path::PathBuf;
use std::process::Command;

/// A sanitizer.
struct Sanitizer {
    /// Its name in rustc and the C compilers.
    name: &'static str,
    /// The end of the file name of Rust's runtime for it.
    runtime: &'static str,
    /// The environment variable that its runtime reads, and the value.
    options: (&'static str, &'static str),
    /// Whether it reports false positives unless the standard library is instrumented.
    needs_std: bool,
    /// Tests that it cannot check: a regular expression.
    left_out: Option<&'static str>,
    /// The same on the compiled engine.
    left_out_compiled: Option<&'static str>,
}

/// What ThreadSanitizer cannot check of the compiled engine. Guests on fibers: the functions that are called on each stack are mixed up as with
/// coroutines, and wasmtime notifies AddressSanitizer alone. And the children that `left_out` names.
const LEFT_OUT_COMPILED: &str = concat!(
    "^t_(backtrace_host|cancel|coroutine|enter_executions|execution|fork_(compiled|executions)|fuel|hooks_shared|hostile(_queue|_suspended)?[.]|loop_fork|nested_contexts|null_execution|",
    "plugin_invoke|plugin_suspend|plugin_update_suspend|pool_misuse|pooling_suspended|prepared_(again|stacks)|process_(ends|fork|threads)|queue|",
    "record_(ends|executions|wasi)|reentrance|sdk_(cancel|waits)|slice|stacks|suspend|timeout|trace_suspended|",
    "wasi_(suspend|wait))"
);

const ALL: &[Sanitizer] = &[
    Sanitizer {
        name: "address",
        runtime: "_rt.asan.a",
        // A small quarantine, so that it does not disturb the test of flat memory. Local variables stay on the stack, since libvm and its tests
        // look at their addresses to find out on which one they are.
        options: ("ASAN_OPTIONS", "detect_leaks=1:quarantine_size_mb=8:strict_string_checks=1:detect_stack_use_after_return=0"),
        needs_std: false,
        // A thread with a stack of 48 KiB, though frames are several times as large here, and a privileged process, which may not be searched
        // for leaks.
        left_out: Some("^t_small_stack|^t_tier_setuid"),
        left_out_compiled: Some("^t_small_stack|^t_tier_setuid"),
    },
    Sanitizer {
        name: "thread",
        runtime: "_rt.tsan.a",
        // The handler of a trap of compiled code allocates: it interrupts nothing but the guest's own code.
        options: ("TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1:history_size=7:report_signal_unsafe=0"),
        needs_std: true,
        // It must be notified of every switch between stacks, or it mixes up their functions; and it lets no child of a process with several
        // threads start one.
        left_out: Some("^t_(coroutine|fork_compiled|fork_executions|loop_fork)"),
        left_out_compiled: Some(LEFT_OUT_COMPILED),
    },
];

/// Runs all of them, or the named ones.
pub fn run(names: &[&str]) -> Result {
    if let Some(unknown) = names.iter().find(|name| !ALL.iter().any(|known| known.name == **name)) {
        return Err(format!("unknown sanitizer {unknown}; the sanitizers are address and thread"));
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
                report.step(&format!("{} sanitizer: compiled engine", sanitizer.name), || sanitizer.test_compiled());
            }
        }
    }
    report.finish()
}

/// The Rust toolchain that builds.
struct Rust {
    triple: String,
    libraries: PathBuf,
    /// Returns the standard library's source, to build it with instrumentation.
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
            // Without it less is instrumented, which is reported but not an error.
            let _ = command::capture(Command::new("rustup").args(["component", "add", "rust-src"]));
        }
        Ok(Self {
            triple: triple.to_owned(),
            libraries: sysroot.join("lib/rustlib").join(triple).join("lib"),
            std_source: source.is_dir().then_some(source),
        })
    }

    /// Returns the archive that a sanitizer requires in the program.
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

    /// Builds library, plug-ins and tests, and the compiler, which is not instrumented.
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
            ("LIBVM_BUILD_COMMAND", "OFF"),
            ("LIBVM_INSTALL", "OFF"),
            ("LIBVM_SANITIZER", self.name),
            ("LIBVM_CARGO_FEATURES", "compiled"),
            ("LIBVM_CARGO_TARGET", &rust.triple),
            ("LIBVM_TEST_TIMEOUT", "900"),
        ];
        let mut configure = build.configure(".", cmake::generator(), &settings);
        configure.arg(cmake::setting("LIBVM_SANITIZER_RUNTIME", &runtime));
        configure.arg(cmake::setting("LIBVM_CARGO_TARGET_DIR", &self.target_dir()));
        let mut compile = build.build(&[]);
        // Sanitizers are unstable options of stable compilers.
        compile.env("RUSTC_BOOTSTRAP", "1");
        // What wasmtime maps goes through functions that the sanitizers intercept, not through system calls of rustix's own.
        compile.env("RUSTFLAGS", format!("-Zsanitizer={} -Cforce-frame-pointers=yes --cfg=rustix_use_libc", self.name));
        if rust.std_source.is_some() {
            compile.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind");
        }
        cmake::all([configure, compile])?;
        compiler::build_into(&[build.folder().join("lib")]).map(|_| String::new())
    }

    /// Runs the tests, one of which proves that the sanitizer is on.
    fn test(&self) -> Result<String> {
        self.run("^(t_|seeded)", self.left_out, None)
    }

    /// Runs those with the shared library on the compiled engine.
    fn test_compiled(&self) -> Result<String> {
        self.run(r"^t_.*\.shared$|^seeded\.libvm$", self.left_out_compiled, Some("compiled"))
    }

    fn run(&self, tests: &str, left_out: Option<&str>, tier: Option<&str>) -> Result<String> {
        let mut ctest = compiled::ctest(&self.folder());
        ctest.args(["--tests-regex", tests]);
        if let Some(tier) = tier {
            ctest.env("LIBVM_TIER", tier);
        }
        if let Some(left_out) = left_out {
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
