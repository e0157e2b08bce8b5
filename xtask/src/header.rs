//! `header`: writes include/libvm.h from src/capi/. cbindgen.toml describes the convention.
mod constants;
mod section;
pub mod text;

use crate::{Result, root};
use section::Section;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The headers in include/libvm/ that libvm.h includes, because hosts and plug-ins share them.
const SHARED: &[&str] = &["types.h", "option.h", "hooks.h", "stream.h"];

/// Returns the paths of the headers that hosts include.
pub fn of_hosts() -> Vec<String> {
    let shared = SHARED.iter().map(|name| format!("include/libvm/{name}"));
    std::iter::once("include/libvm.h".to_owned()).chain(shared).collect()
}

/// Returns the paths of all headers: libvm.h, and those in include/libvm/ by name.
pub fn all() -> Result<Vec<String>> {
    let folder = root().join("include/libvm");
    let listed = std::fs::read_dir(&folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let names = listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| name.ends_with(".h"));
    let mut paths: Vec<String> = names.map(|name| format!("include/libvm/{name}")).collect();
    paths.push("include/libvm.h".to_owned());
    paths.sort();
    Ok(paths)
}

/// Writes the header.
pub fn write() -> Result {
    crate::write(&root().join("include/libvm.h"), &generate()?)?;
    println!("wrote include/libvm.h");
    Ok(())
}

/// Returns the header's text.
pub fn generate() -> Result<String> {
    let mut shared = BTreeSet::new();
    for name in SHARED {
        shared.extend(text::names(&text::without_comments(&crate::read(format!("include/libvm/{name}"))?)));
    }
    let (introduction, mut sections) = section::all(&shared)?;
    check_names(&shared, &sections)?;
    let ahead = declare_ahead(&mut sections);

    let mut out = String::from("/**\n * @file libvm.h\n");
    for line in introduction.lines() {
        out.push_str(format!(" * {line}").trim_end());
        out.push('\n');
    }
    out.push_str(" */\n/* Written by `cargo xtask header` from src/capi: change it there. */\n");
    out.push_str("#ifndef LIBVM_H\n#define LIBVM_H\n\n");
    for name in SHARED {
        let _ = writeln!(out, "#include <libvm/{name}>");
    }
    out.push('\n');
    out.push_str(&version_macros());
    out.push_str("#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    for object in sections.iter().flat_map(|section| &section.objects) {
        let _ = writeln!(out, "{}typedef struct {1} {1};\n", object.comment, object.name);
    }
    for name in &ahead {
        let _ = writeln!(out, "typedef struct {name} {name};");
    }
    if !ahead.is_empty() {
        out.push('\n');
    }
    for section in sections.iter().filter(|section| !section.body.is_empty()) {
        let _ = write!(out, "{}{}/** @}} */\n\n", section.opening(), section.body);
    }
    out.push_str("#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    Ok(out)
}

fn version_macros() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = String::new();
    let numbers = [
        ("MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("PATCH", env!("CARGO_PKG_VERSION_PATCH")),
    ];
    for (part, number) in numbers {
        let _ = writeln!(out, "/** The {} version of this header. */\n#define VM_VERSION_{part} {number}", part.to_lowercase());
    }
    out.push_str("/** The version of this header as a number; VM_VersionGetNumber returns the library's. */\n");
    out.push_str("#define VM_VERSION_NUMBER (VM_VERSION_MAJOR * 1000000 + VM_VERSION_MINOR * 1000 + VM_VERSION_PATCH)\n");
    out.push_str("/** The version of this header; VM_VersionGetString returns the library's. */\n");
    let _ = writeln!(out, "#define VM_VERSION_STRING \"{version}\"\n");
    out
}

/// Removes the typedef from the structs that an earlier section refers to, and returns their names.
fn declare_ahead(sections: &mut [Section]) -> Vec<String> {
    let mut used = BTreeSet::new();
    let mut ahead = Vec::new();
    for section in sections {
        let code = text::without_comments(&section.body);
        let here = code.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(" {"));
        for name in here.filter(|name| used.contains(*name)) {
            section.body = section.body.replace(&format!("typedef struct {name} {{"), &format!("struct {name} {{"));
            section.body = section.body.replace(&format!("}} {name};"), "};");
            ahead.push(name.to_owned());
        }
        used.extend(text::names(&code));
    }
    ahead
}

/// Checks that every name in the header is declared by it or by a header that it includes: cbindgen prints the names of types that it does not
/// know.
fn check_names(shared: &BTreeSet<String>, sections: &[Section]) -> Result {
    let mut known = shared.clone();
    known.extend(["VM_API".to_owned(), "VM_CALL".to_owned()]);
    for section in sections {
        known.extend(section.objects.iter().map(|object| object.name.clone()));
        known.extend(text::declared(&section.body));
    }
    let mut unknown = String::new();
    for section in sections {
        for name in text::names(&text::without_comments(&section.body)).difference(&known) {
            let _ = writeln!(unknown, "src/capi/{}.rs uses {name}, which no section declares (see cbindgen.toml)", section.name);
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(unknown.trim_end().to_owned()) }
}
