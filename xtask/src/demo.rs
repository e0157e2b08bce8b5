//! `demo`: a host, a plug-in and a guest, from scratch.
use crate::cmake::{self, Build};
use crate::{Result, command, packages, python, root, target, toolchains, wat};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;
use std::process::Command;

/// The languages of hosts.
pub const LANGUAGES: &[&str] = &["c", "cpp", "python", "go", "rust"];

/// Builds the library, and a host in a language with a plug-in, and runs them.
pub fn run(language: &str) -> Result {
    let demo = Demo { folder: target().join("demo") };
    std::fs::create_dir_all(&demo.folder).map_err(|error| format!("cannot create {}: {error}", demo.folder.display()))?;
    let guest = demo.folder.join("app.wasm");
    let (mut host, after) = match language {
        "c" => demo.c()?,
        "cpp" => demo.cpp()?,
        "python" => demo.python()?,
        "go" => demo.go()?,
        "rust" => demo.rust()?,
        _ => return Err(format!("there is no demo in `{language}`; the languages are {}", LANGUAGES.join(", "))),
    };
    wat::convert(&root().join("examples/c/app.wat"), &guest)?;
    println!("app.wat -> app.wasm (the guest)\n== Running it");
    let output = shown(host.arg(&guest))?;
    print!("{output}");
    if !output.contains("sum is 42") {
        return Err("the guest should have given 42".to_owned());
    }
    println!("== It works: the guest called `add` of the plug-in calc and `print` of the host.\n{after}");
    Ok(())
}

/// A host that needs the guest as its last argument, and what to do next.
type Made = (Command, String);

struct Demo {
    folder: PathBuf,
}

impl Demo {
    fn prefix(&self) -> PathBuf {
        self.folder.join("prefix")
    }

    fn c(&self) -> Result<Made> {
        packages::ensure(packages::DEMO)?;
        self.library()?;
        let build = self.examples("c", "demo", &["plugin_host", "calc"])?;
        println!("plugin_host.c -> plugin_host (the host), plugin_smallest.c -> calc.so (the plug-in)");
        let mut host = Command::new(build.folder().join("plugin_host"));
        host.arg(build.folder().join("calc.so"));
        Ok((host, self.found_with()))
    }

    fn cpp(&self) -> Result<Made> {
        packages::ensure(packages::DEMO_CPP)?;
        self.library()?;
        let build = self.examples("cpp", "demo-cpp", &["example_cpp_host", "calc_cpp"])?;
        println!("host.cpp -> host (the host), plugin_smallest.cpp -> calc.so (the plug-in)");
        let mut host = Command::new(build.folder().join("host"));
        host.arg(build.folder().join("calc.so"));
        Ok((host, self.found_with()))
    }

    fn python(&self) -> Result<Made> {
        println!("== Installing the package with pip (the first time takes some minutes: it builds the library)");
        let python = python::environment(&self.folder.join("python"), None)??;
        python::install(&python, root())?;
        let plugin = self.plugin()?;
        let mut host = Command::new(&python);
        host.arg("bindings/python/examples/host.py").arg(plugin);
        let own = "Your own program is run by the same Python, or by one of yours after\n    pip install ./bindings/python";
        Ok((host, own.to_owned()))
    }

    fn go(&self) -> Result<Made> {
        packages::ensure(packages::DEMO_GO)?;
        let program = toolchains::go()?;
        self.library()?;
        let plugin = self.plugin()?;
        let libraries = self.prefix().join("lib");
        let mut host = Command::new(program);
        host.env("PKG_CONFIG_PATH", libraries.join("pkgconfig"));
        host.env("CGO_LDFLAGS", format!("-Wl,-rpath,{}", libraries.display()));
        // The Go that is installed, rather than one from the network.
        host.env("GOTOOLCHAIN", "local");
        host.args(["-C", "examples/go/host", "run", "."]).arg(plugin);
        let own = "Your own program needs the same two variables, and in its directory\n    \
                   go mod edit -require=libvm@v0.0.0 -replace=libvm=";
        Ok((host, format!("{own}{}", root().join("bindings/go").display())))
    }

    fn rust(&self) -> Result<Made> {
        packages::ensure(packages::DEMO_RUST)?;
        println!("== Building a host, libvm and a plug-in with cargo (the first time takes some minutes)");
        let cargo = |arguments: &[&str]| {
            let mut cargo = Command::new("cargo");
            cargo.args(arguments).args(["--quiet", "--locked"]).arg("--target-dir").arg(target());
            cargo
        };
        shown(&mut cargo(&["build", "--package", "calc"]))?;
        let plugin = target().join("debug").join(format!("{DLL_PREFIX}calc{DLL_SUFFIX}"));
        let mut host = cargo(&["run", "--example", "host"]);
        host.arg("--").arg(plugin);
        Ok((host, format!("Your own program needs one dependency:\n    cargo add libvm --path {}", root().display())))
    }

    /// Builds the library and installs it for the hosts that link it.
    fn library(&self) -> Result {
        println!("== Building the library (the first time takes some minutes)");
        let library = Build::new("release");
        // Options that tests have set in the same folder are not wanted here.
        let settings = [
            ("CMAKE_BUILD_TYPE", "Release"),
            ("LIBVM_BUILD_TESTS", "OFF"),
            ("LIBVM_BUILD_EXAMPLES", "OFF"),
            ("LIBVM_BUILD_COMMAND", "OFF"),
        ];
        cmake::all([library.configure(".", cmake::generator(), &settings)])?;
        command::show(&mut library.build(&[]))?;
        println!("== Installing it into {}", self.prefix().display());
        cmake::all([library.install(&self.prefix())]).map(drop)
    }

    /// Builds a host and a plug-in with CMake, as a project that uses the installed library.
    fn examples(&self, folder: &str, name: &str, targets: &[&str]) -> Result<Build> {
        println!("== Building a host and a plug-in from examples/{folder}");
        let build = Build::new(name);
        let source = format!("examples/{folder}");
        let mut configure = build.configure(&source, cmake::generator(), &[("CMAKE_BUILD_TYPE", "Release")]);
        configure.arg(cmake::setting("libvm_ROOT", &self.prefix()));
        cmake::all([configure, build.build(targets)])?;
        Ok(build)
    }

    /// Compiles the plug-in, which needs the headers only.
    fn plugin(&self) -> Result<PathBuf> {
        println!("== Building a plug-in in C");
        let plugin = self.folder.join("calc.so");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-fvisibility=hidden", "-Iinclude", "examples/c/plugin_smallest.c", "-o"]).arg(&plugin);
        shown(&mut cc)?;
        Ok(plugin)
    }

    /// How programs find the installed library.
    fn found_with(&self) -> String {
        format!(
            "Your own program finds this libvm with\n    \
             cmake -DCMAKE_PREFIX_PATH={0}\n    \
             PKG_CONFIG_PATH={0}/lib/pkgconfig pkg-config --cflags --libs libvm",
            self.prefix().display()
        )
    }
}

/// Prints a command as it would be typed in the top folder, and runs it.
fn shown(command: &mut Command) -> Result<String> {
    let short = |text: &str| text.replace(&format!("{}/", root().display()), "");
    let variables = command.get_envs().filter_map(|(name, value)| Some((name.to_string_lossy(), value?.to_string_lossy())));
    let variables: String = variables.map(|(name, value)| format!("{name}={value} ")).collect();
    let line = command::line(command);
    // `-C` changes the folder, and relative paths with it.
    let elsewhere = command.get_args().any(|argument| argument == "-C");
    println!("$ {variables}{}", if elsewhere { line } else { short(&line) });
    command::capture(command)
}
