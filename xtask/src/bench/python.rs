//! `bench --python`: calls from Python through the package, cffi written by hand, and wasmtime.
use super::record;
use crate::{Result, command, root, target};
use std::process::Command;

const REQUIREMENTS: &str = "benches/python/requirements.txt";

/// Installs the package and its peers, measures and writes the page; the results of a quick run are only shown.
pub fn run(quick: bool) -> Result {
    let folder = target().join("bench/python");
    let interpreter = crate::python::environment(&folder, Some(REQUIREMENTS))??;
    println!("== Building the package (the first time takes some minutes)");
    crate::python::install(&interpreter, root())?;
    let find = "import libvm, pathlib; print(next(pathlib.Path(libvm.__file__).parent.glob('libvm.*')))";
    let library = command::capture(Command::new(&interpreter).args(["-c", find]).env_remove(super::LOADER_PATH))?;
    let mut build = Command::new(&interpreter);
    build.args(["benches/python/build_hand.py"]).arg(&folder).arg("include").arg(library.trim()).current_dir(root());
    command::capture(&mut build)?;
    println!("== Measuring calls from Python");
    let mut run = Command::new(&interpreter);
    run.arg("benches/python/calls.py").arg(&folder).args(quick.then_some("--quick")).current_dir(root());
    let output = command::output(run.env_remove(super::LOADER_PATH))?;
    println!("{output}");
    if quick { Ok(()) } else { record("python", &output) }
}
