//! Declares the functions of include/libvm.h for Rust, so that the targets call what C programs call and fail to compile when
//! the header changes. It reads what `cargo xtask header` writes, not any C.

use std::fmt::Write;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let header = folder.join("../../include/libvm.h");
    println!("cargo::rerun-if-changed={}", header.display());
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string(&header).expect("the header is checked in");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("c.rs");
    std::fs::write(out, declarations(&text)).expect("cargo's folder can be written");
}

/// The header without comments and lines of the preprocessor, each declaration on a line.
fn plain(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        code.push_str(&rest[..start]);
        let end = rest[start..].find("*/").expect("comments end");
        rest = &rest[start + end + 2..];
    }
    code.push_str(rest);
    let lines = code.lines().filter(|line| !line.starts_with('#') && !line.starts_with("extern \"C\""));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn declarations(header: &str) -> String {
    let mut types = String::new();
    let mut functions = String::new();
    let mut full = Vec::new();
    let plain = plain(header);
    // A `;` inside of braces ends a field.
    let mut depth = 0;
    let items = plain.split(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        letter == ';' && depth <= 0
    });
    let mut opaque = Vec::new();
    for item in items.map(str::trim) {
        if let Some(function) = item.strip_prefix("VM_API ") {
            writeln!(functions, "    {}", prototype(&function.replace("VM_CALL ", ""))).expect("memory is there");
        } else if let Some(list) = item.strip_prefix("enum {") {
            for constant in list.trim_end_matches('}').split(',') {
                let (name, value) = constant.split_once('=').expect("the header gives every number");
                writeln!(types, "pub const {}: i32 = {};", name.trim(), value.trim()).expect("memory is there");
            }
        } else if let Some((name, fields)) = item.split_once('{') {
            let name = name.trim().trim_start_matches("typedef ").trim_start_matches("struct ");
            let fields = fields.split_once('}').expect("braces are closed").0;
            let fields = fields.split(';').map(str::trim).filter(|field| !field.is_empty());
            let fields: String = fields.map(|field| format!("    pub {},\n", parameter(field))).collect();
            writeln!(types, "#[repr(C)]\n#[derive(Clone, Copy)]\npub struct {name} {{\n{fields}}}").expect("memory is there");
            full.push(name.to_owned());
        } else if let Some((result, rest)) = item.strip_prefix("typedef ").and_then(|item| item.split_once("(VM_CALL *")) {
            let (name, parameters) = rest.split_once(")(").expect("a function pointer");
            let parameters = parameters.trim_end_matches(')').split(',').map(parameter).collect::<Vec<_>>().join(", ");
            let answer = answer(result.trim());
            writeln!(types, "pub type {name} = Option<unsafe extern \"C\" fn({parameters}){answer}>;").expect("memory is there");
        } else if let Some(name) = item.strip_prefix("typedef struct ") {
            opaque.push(name.split(' ').next().unwrap_or_default().to_owned());
        } else if let Some((number, name)) = item.strip_prefix("typedef ").and_then(|item| item.rsplit_once(' ')) {
            writeln!(types, "pub type {name} = {};", c_type(number)).expect("memory is there");
        }
    }
    for name in opaque.iter().filter(|name| !full.contains(name)) {
        writeln!(types, "pub enum {name} {{}}").expect("memory is there");
    }
    format!("{types}\nunsafe extern \"C\" {{\n{functions}}}\n")
}

/// `int f(int a)` as Rust has it.
fn prototype(function: &str) -> String {
    let (head, parameters) = function.split_once('(').expect("a function has parameters");
    let start = head.rfind([' ', '*']).expect("a function has a result") + 1;
    let list = parameters.trim_end_matches(')');
    let list = if list == "void" { Vec::new() } else { list.split(',').map(parameter).collect() };
    format!("pub fn {}({}){};", &head[start..], list.join(", "), answer(head[..start].trim()))
}

fn answer(result: &str) -> String {
    if result == "void" { String::new() } else { format!(" -> {}", c_type(result)) }
}

fn parameter(text: &str) -> String {
    let text = text.trim();
    let start = text.rfind([' ', '*']).expect("a parameter has a type and a name") + 1;
    let ty = c_type(text[..start].trim());
    match text[start..].trim_end_matches(']').split_once('[') {
        Some((name, count)) => format!("r#{name}: [{ty}; {count}]"),
        None => format!("r#{}: {ty}", &text[start..]),
    }
}

fn c_type(text: &str) -> String {
    if let Some(pointee) = text.strip_suffix('*') {
        let pointee = pointee.trim();
        let constant = pointee.ends_with("*const") || (pointee.starts_with("const ") && !pointee.contains('*'));
        let pointee = pointee.strip_suffix("const").unwrap_or(pointee);
        return format!("*{} {}", if constant { "const" } else { "mut" }, c_type(pointee.trim()));
    }
    match text.trim_start_matches("const ") {
        "void" => "c_void",
        "char" => "c_char",
        "double" => "f64",
        "size_t" => "usize",
        "int32_t" => "i32",
        "int64_t" => "i64",
        "uint8_t" => "u8",
        "uint32_t" => "u32",
        "uint64_t" => "u64",
        other => other,
    }
    .to_owned()
}
