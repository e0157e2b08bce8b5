//! `demo`: a host and a plug-in in C, from scratch.
use crate::cmake::{self, Build};
use crate::{Result, command, packages, root, target, wat};
use std::process::Command;

/// Builds the library, a host and a plug-in, and runs them.
pub fn run() -> Result {
    packages::ensure(packages::DEMO)?;
    let folder = target().join("demo");
    let prefix = folder.join("prefix");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;

    println!("== Building the library (the first time takes some minutes)");
    let library = Build::new("release");
    // Options that tests have set in the same folder are not wanted here.
    let settings = [("CMAKE_BUILD_TYPE", "Release"), ("LIBVM_BUILD_TESTS", "OFF"), ("LIBVM_BUILD_EXAMPLES", "OFF")];
    cmake::all([library.configure(".", cmake::generator(), &settings)])?;
    command::show(&mut library.build(&[]))?;
    println!("== Installing it into {}", prefix.display());
    cmake::all([library.install(&prefix)])?;

    println!("== Building a host and a plug-in from examples/c");
    let examples = Build::new("demo");
    let mut configure = examples.configure("examples/c", cmake::generator(), &[("CMAKE_BUILD_TYPE", "Release")]);
    configure.arg(cmake::setting("libvm_ROOT", &prefix));
    cmake::all([configure, examples.build(&["plugin_host", "calc"])])?;
    println!("plugin_host.c -> plugin_host (the host), plugin_smallest.c -> calc.so (the plug-in)");

    let guest = folder.join("app.wasm");
    wat::convert(&root().join("examples/c/app.wat"), &guest)?;
    println!("app.wat -> app.wasm (the guest)");

    let mut host = Command::new(examples.folder().join("plugin_host"));
    host.arg(examples.folder().join("calc.so")).arg(&guest);
    println!("== Running it\n$ {}", command::line(&host));
    let output = command::capture(&mut host)?;
    print!("{output}");
    if !output.contains("sum is 42") {
        return Err("the guest should have given 42".to_owned());
    }
    println!(
        "== It works: the guest called `add` of the plug-in calc and `print` of the host.\n\
         Your own program finds this libvm with\n    \
         cmake -DCMAKE_PREFIX_PATH={0}\n    \
         PKG_CONFIG_PATH={0}/lib/pkgconfig pkg-config --cflags --libs libvm",
        prefix.display()
    );
    Ok(())
}
