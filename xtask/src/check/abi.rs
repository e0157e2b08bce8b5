//! The ABI, compared with the one that is recorded in abi/ for this minor version: functions, structs and the values of constants.
//!
//! libvm.so itself has no types of C. Therefore a library in C is generated from the headers, which has every function without a body
//! and a pointer to every struct, and libabigail reads its types.
use super::files;
use crate::header::text;
use crate::{Result, command, read, root, target, write};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bits of abidiff's exit code: the comparison failed, or something is not there any more.
const FAILED: i32 = 1 | 2;
const INCOMPATIBLE: i32 = 8;

/// Compares the headers with the record.
pub fn check() -> Result<String> {
    let Some(generated) = generate()? else {
        return Ok("SKIPPED: the record is of Linux on x86-64".to_owned());
    };
    match compare(&generated)? {
        Change::None => Ok(format!("{} constants", generated.constants.lines().count())),
        Change::Added(what) => Err(format!("the ABI has grown: record it with `cargo xtask abi`\n{what}")),
        Change::Changed(what) => Err(format!(
            "types have changed: that needs another minor version of libvm, unless fields were only appended to structs that begin with \
             their size: then record it with `cargo xtask abi --appended`\n{what}"
        )),
        Change::Incompatible(what) => {
            Err(format!("the ABI has changed incompatibly: that needs another minor version of libvm\n{what}"))
        }
        Change::Unrecorded => Err(format!("there is no {}: record it with `cargo xtask abi`", short(&recorded("abi")))),
    }
}

/// Records the ABI of this minor version, unless it breaks the one that is recorded. `appended`: types may have changed.
pub fn record(appended: bool) -> Result {
    let generated = generate()?.ok_or("the record is made on Linux on x86-64")?;
    match compare(&generated)? {
        Change::Incompatible(what) => {
            return Err(format!("the ABI has changed incompatibly: raise the minor version first\n{what}"));
        }
        Change::Changed(what) if !appended => return Err(format!("types have changed: see `cargo xtask check abi`\n{what}")),
        _ => {}
    }
    let types = std::fs::read_to_string(&generated.types).map_err(|error| error.to_string())?;
    write(&recorded("abi"), &types)?;
    write(&recorded("constants"), &generated.constants)?;
    println!("wrote {} and {}", short(&recorded("abi")), short(&recorded("constants")));
    Ok(())
}

/// The ABI of the headers.
struct Generated {
    /// A file of abidw.
    types: PathBuf,
    /// A name and a value in each line.
    constants: String,
}

enum Change {
    None,
    Added(String),
    /// Of which libabigail does not know whether it is compatible.
    Changed(String),
    Incompatible(String),
    Unrecorded,
}

/// Returns a file of the record; until 1.0 each minor version is an ABI of its own.
fn recorded(ending: &str) -> PathBuf {
    root().join(format!("abi/libvm-{}.{}.{ending}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR")))
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn generate() -> Result<Option<Generated>> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    let folder = target().join("xtask/abi");
    let headers = files(&["include"], ".h");
    let mut includes = String::new();
    let (mut stubs, mut names) = (String::new(), Vec::new());
    for path in &headers {
        let _ = writeln!(includes, "#include <{}>", short(path).trim_start_matches("include/"));
        let code = text::without_comments(&read(path)?);
        for declaration in code.split("VM_API ").skip(1).filter(|rest| !rest.starts_with('\n')) {
            let Some((declaration, _)) = declaration.split_once(';') else { continue };
            if declaration.contains(" VM_CALL ") && !declaration.contains("VM_BODY") {
                let _ = writeln!(stubs, "{declaration} {{ __builtin_trap(); }}");
            }
        }
        for name in code.lines().filter_map(|line| line.split_once("struct ")?.1.strip_suffix(" {")) {
            let _ = writeln!(stubs, "struct {name} *layout_of_{name};");
        }
        names.extend(enumerators(&code));
    }
    write(&folder.join("stubs.c"), &format!("{includes}{stubs}"))?;
    let (library, types) = (folder.join("stubs.so"), folder.join("libvm.abi"));
    let mut compile = Command::new("cc");
    // The record has the path of the file, which must not depend on the machine.
    let mapped = format!("-ffile-prefix-map={}=.", folder.display());
    compile.args(["-g", "-w", "-shared", "-fPIC", "-Iinclude", &*mapped, "-o"]).arg(&library).arg(folder.join("stubs.c"));
    command::capture(&mut compile)?;
    let mut dump = Command::new("abidw");
    dump.args(["--no-show-locs", "--no-corpus-path", "--no-comp-dir-path", "--out-file"]).arg(&types).arg(&library);
    command::capture(&mut dump)?;

    let prints: String = names.iter().map(|name| format!("    printf(\"{name} %lld\\n\", (long long){name});\n")).collect();
    let program = format!("#include <stdio.h>\n{includes}int main(void)\n{{\n{prints}    return 0;\n}}\n");
    write(&folder.join("constants.c"), &program)?;
    let printer = folder.join("constants");
    let mut compile = Command::new("cc");
    compile.args(["-w", "-Iinclude", "-o"]).arg(&printer).arg(folder.join("constants.c"));
    command::capture(&mut compile)?;
    let constants = command::output(&mut Command::new(&printer))?;
    Ok(Some(Generated { types, constants }))
}

/// Returns the names of the enumerators in C code.
fn enumerators(code: &str) -> Vec<String> {
    let bodies = code.split("enum {").skip(1).filter_map(|rest| rest.split('}').next());
    let items = bodies.flat_map(|body| body.split(','));
    items.filter_map(|item| Some(item.split_once('=')?.0.trim().to_owned())).filter(|name| name.starts_with("VM_")).collect()
}

fn compare(generated: &Generated) -> Result<Change> {
    let (types, constants) = (recorded("abi"), recorded("constants"));
    if !types.exists() || !constants.exists() {
        return Ok(Change::Unrecorded);
    }
    let pairs = |text: &str| -> BTreeMap<String, String> {
        text.lines().filter_map(|line| line.split_once(' ')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let (before, now) = (pairs(&read(&constants)?), pairs(&generated.constants));
    let lost = before.iter().filter(|(name, value)| now.get(*name) != Some(value));
    let lost: String = lost.map(|(name, value)| format!("{name} was {value}\n")).collect();
    let added: String = now.keys().filter(|name| !before.contains_key(*name)).map(|name| format!("{name} is new\n")).collect();

    let mut diff = Command::new("abidiff");
    let output = diff.arg("--no-show-locs").arg(&types).arg(&generated.types).output();
    let output = output.map_err(|error| format!("cannot run abidiff: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = output.status.code().unwrap_or(FAILED);
    if code & FAILED != 0 {
        return Err(format!("abidiff failed: {said}{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(if code & INCOMPATIBLE != 0 || !lost.is_empty() {
        Change::Incompatible(lost + &said)
    } else if said.lines().any(|line| line.contains(" changes summary: ") && !line.contains(" 0 Changed")) {
        Change::Changed(said)
    } else if code != 0 || !added.is_empty() {
        Change::Added(added + &said)
    } else {
        Change::None
    })
}
