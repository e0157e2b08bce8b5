//! A section of the header: one file of src/capi/, and the files of its modules.
use super::{constants, text};
use crate::{Result, root};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, Item, Lit, Meta, UseTree};

/// An object that C only sees through a pointer.
pub struct Object {
    /// Its name in C.
    pub name: String,
    /// Its documentation, a C comment.
    pub comment: String,
}

/// A section's part of the header.
pub struct Section {
    /// The file's stem.
    pub name: String,
    introduction: String,
    /// The objects it declares.
    pub objects: Vec<Object>,
    /// Everything else.
    pub body: String,
}

/// Returns the text of src/capi/mod.rs and its sections in order; `shared` are the names of the headers that it includes.
pub fn all(shared: &BTreeSet<String>) -> Result<(String, Vec<Section>)> {
    let folder = root().join("src/capi");
    let list = parse(&folder.join("mod.rs"))?;
    let mut sections = Vec::new();
    for name in modules(&list.items) {
        sections.extend(read(&folder, name, shared)?);
    }
    Ok((comment_of(&list.attrs).join("\n"), sections))
}

fn parse(path: &Path) -> Result<syn::File> {
    syn::parse_file(&crate::read(path)?).map_err(|error| format!("cannot parse {}: {error}", path.display()))
}

/// Returns the modules that have a file of their own.
fn modules(items: &[Item]) -> impl Iterator<Item = String> {
    items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    })
}

/// Returns a file and the files of its modules, each after the one that declares it.
fn with_modules(folder: &Path, name: &str, found: &mut Vec<(PathBuf, syn::File)>) -> Result {
    let path = folder.join(format!("{name}.rs"));
    let file = parse(&path)?;
    let names: Vec<String> = modules(&file.items).collect();
    found.push((path, file));
    names.iter().try_for_each(|inner| with_modules(&folder.join(name), inner, found))
}

/// Writes a crate of one section and returns its path: cbindgen would search for the modules of a file that it is given directly next to
/// that file, where sections are, not in the folder of its name.
fn crate_of(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = crate::target().join(format!("xtask/header-{}-{name}.rs", std::process::id()));
    let file = folder.join(format!("{name}.rs"));
    crate::write(&path, &format!("#[path = {file:?}]\nmod section;\n"))?;
    Ok(path)
}

/// Reads a section; returns nothing if its files have nothing for C.
fn read(folder: &Path, name: String, shared: &BTreeSet<String>) -> Result<Option<Section>> {
    let mut files = Vec::new();
    with_modules(folder, &name, &mut files)?;
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml"))?;
    let types: Vec<String> = files.iter().flat_map(|(_, file)| file.items.iter().filter_map(public_type)).collect();
    // Also types that no function of this section uses.
    config.export.include.clone_from(&types);
    config.export.exclude = shared.iter().flat_map(|name| [name.clone(), name.replacen("VM_", "", 1)]).collect();
    let crate_file = crate_of(folder, &name)?;
    let bindings = cbindgen::Builder::new().with_config(config).with_src(&crate_file).generate();
    let _ = std::fs::remove_file(&crate_file);
    let bindings = bindings.map_err(|error| format!("cbindgen fails at src/capi/{name}.rs: {error}"))?;
    let mut written = Vec::new();
    bindings.write(&mut written);
    let written = String::from_utf8(written).map_err(|error| error.to_string())?;

    let introduction = comment_of(&files[0].1.attrs).join("\n");
    let mut section = Section { introduction, name, objects: Vec::new(), body: String::new() };
    let mut groups = Vec::new();
    for (path, file) in &files {
        groups.extend(constants::groups(&file.items).map_err(|error| format!("{}: {error}", path.display()))?);
        section.objects.extend(file.items.iter().filter_map(reexport));
    }
    for group in &groups {
        if matches!(group.of.as_str(), "i32" | "u32") {
            section.body += &format!("{}\n", group.to_c());
        } else if !types.contains(&group.of) {
            return Err(format!("src/capi/{}.rs: constants need a type alias of the section, not {}", section.name, group.of));
        }
    }
    for block in blocks(&written) {
        section.add(&block, &groups)?;
    }
    for (_, file) in &files {
        for (name, initializer) in constants::initializers(&file.items)? {
            let end = format!("}} {name};\n\n");
            section.body = section.body.replace(&end, &format!("{end}{initializer}"));
        }
    }
    Ok(Some(section).filter(|section| !section.body.is_empty() || !section.objects.is_empty()))
}

fn public_type(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Union(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    matches!(visibility, syn::Visibility::Public(_)).then(|| name.to_string())
}

/// cbindgen's output, split into pieces of a comment and a declaration each.
fn blocks(written: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    let mut open = false;
    for line in written.lines() {
        if line.is_empty() && !open {
            blocks.push(String::new());
            continue;
        }
        // A struct may have empty lines inside.
        open = (open || line.ends_with('{')) && !line.starts_with('}');
        let last = blocks.len() - 1;
        blocks[last].push_str(line);
        blocks[last].push('\n');
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

impl Section {
    /// Returns the comment that opens the group.
    pub fn opening(&self) -> String {
        let mut lines = self.introduction.lines();
        let title = lines.next().unwrap_or(&self.name).trim_end_matches('.');
        let rest: String = lines.fold(String::new(), |text, line| text + format!(" * {line}").trim_end() + "\n");
        format!("/**\n * @defgroup {} {title}\n{rest} * @{{\n */\n\n", self.name)
    }

    fn add(&mut self, block: &str, groups: &[constants::Group]) -> Result {
        let (comment, code) = match block.find("*/\n") {
            Some(end) if block.starts_with("/**") => block.split_at(end + 3),
            _ => ("", block),
        };
        // An `Option` of a function type from a header that is included is that type: in C every function pointer may be NULL.
        if code.starts_with("typedef struct VM_Option_") {
            return Ok(());
        }
        if let Some(name) = code.strip_prefix("typedef struct VM_").and_then(|code| code.strip_suffix(";\n")) {
            let name = format!("VM_{}", name.split(' ').next().unwrap_or(name));
            self.objects.push(Object { name, comment: tidy(comment) });
            return Ok(());
        }
        let code = with_tag(pointers(code).replace("(*", "(VM_CALL *"));
        self.body += &tidy(comment);
        self.body += &if code.starts_with("VM_API") { declaration(&code) } else { tidy(&code) };
        let alias = code.strip_prefix("typedef ").and_then(|code| code.strip_suffix(";\n"));
        if let Some((base, name)) = alias.and_then(|code| code.rsplit_once(" VM_")) {
            let enums: String =
                groups.iter().filter(|group| group.of == name).map(|group| format!("\n{}", group.to_c())).collect();
            if enums.is_empty() && !base.contains('(') && !base.starts_with("struct") {
                return Err(format!("src/capi/{}.rs: VM_{name} is only another name for {base} (see cbindgen.toml)", self.name));
            }
            self.body += &enums;
        }
        self.body.push('\n');
        Ok(())
    }
}

/// Replaces types that cbindgen does not know with the pointers that they are: `Option<Callback>`, where every function pointer
/// of C NULL, and `Option<Shared<Context>>`.
fn pointers(code: &str) -> String {
    let code = code.replace("VM_Option_", "VM_");
    let mut parts = code.split("VM_Shared_");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(' ').unwrap_or((part, ""));
        let _ = write!(out, "VM_{name} *{rest}");
    }
    out
}

/// Names a struct like its typedef, so that it can be declared ahead and debuggers show it.
fn with_tag(code: String) -> String {
    for kind in ["typedef struct {", "typedef union {"] {
        if let (Some(body), Some((_, name))) = (code.strip_prefix(kind), code.trim_end().trim_end_matches(';').rsplit_once("} "))
        {
            return format!("{} {name} {{{body}", kind.trim_end_matches(" {"));
        }
    }
    code
}

/// Removes the parts of a comment that are for Rust only, and puts a comment with one line of text on one line.
fn tidy(text: &str) -> String {
    let text = match text.find(" *\n * # Safety\n") {
        Some(start) => format!("{} */\n", &text[..start]),
        None => text.to_owned(),
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        if let [open, only, close, ..] = lines[at..] {
            if open.trim() == "/**" && close.trim() == "*/" {
                let indent = &open[..open.len() - open.trim_start().len()];
                let _ = writeln!(out, "{indent}/** {} */", only.trim().trim_start_matches("* "));
                at += 3;
                continue;
            }
        }
        out.push_str(lines[at]);
        out.push('\n');
        at += 1;
    }
    out
}

/// Formats a function's declaration with the calling convention, filled to the width of the header.
fn declaration(code: &str) -> String {
    const WIDTH: usize = 120;
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((before, parameters)) = code.split_once('(') else { return code };
    let name_at = before.rfind([' ', '*']).map_or(0, |at| at + 1);
    let mut out = format!("{}VM_CALL {}(", &before[..name_at], &before[name_at..]);
    let indent = out.len();
    let mut column = indent;
    for (index, parameter) in text::split_parameters(parameters).iter().enumerate() {
        if index > 0 && column + 1 + parameter.len() > WIDTH {
            out.push_str(&format!("\n{:indent$}", ""));
            column = indent;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(parameter);
        column += parameter.len();
    }
    out.push('\n');
    out
}

/// `/// Text.` and `pub use path::Name;`: an object that is defined elsewhere.
fn reexport(item: &Item) -> Option<Object> {
    let Item::Use(found) = item else { return None };
    let comment = comment_of(&found.attrs);
    if comment.is_empty() || !matches!(found.vis, syn::Visibility::Public(_)) {
        return None;
    }
    let mut tree = &found.tree;
    let name = loop {
        match tree {
            UseTree::Path(path) => tree = &path.tree,
            UseTree::Name(name) => break name.ident.to_string(),
            UseTree::Rename(rename) => break rename.rename.to_string(),
            _ => return None,
        }
    };
    let lines: String = comment.iter().fold(String::new(), |text, line| text + format!(" * {line}").trim_end() + "\n");
    Some(Object { name: format!("VM_{name}"), comment: tidy(&format!("/**\n{lines} */\n")) })
}

/// Returns the lines of a documentation comment.
pub fn comment_of(attributes: &[Attribute]) -> Vec<String> {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().strip_prefix(' ').map(str::to_owned).unwrap_or_else(|| text.value())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_with_the_name_of_a_section() {
        let folder = crate::target().join(format!("xtask/sections-{}", std::process::id()));
        let function = |name| format!("#[unsafe(no_mangle)]\npub extern \"C\" fn {name}() {{}}\n");
        crate::write(&folder.join("stream.rs"), &format!("mod event;\n{}", function("VM_Stream"))).unwrap();
        crate::write(&folder.join("stream/event.rs"), &format!("mod stream;\n{}", function("VM_StreamEvent"))).unwrap();
        crate::write(&folder.join("stream/event/stream.rs"), &function("VM_StreamEventStream")).unwrap();
        crate::write(&folder.join("event.rs"), &function("VM_Event")).unwrap();
        let functions = |section: &str| {
            let body = read(&folder, section.to_owned(), &BTreeSet::new()).unwrap().unwrap().body;
            let names =
                body.lines().filter_map(|line| Some(line.strip_prefix("VM_API void VM_CALL ")?.split_once('(')?.0.to_owned()));
            names.collect::<Vec<_>>()
        };
        let found = (functions("stream"), functions("event"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.0, ["VM_Stream", "VM_StreamEvent", "VM_StreamEventStream"]);
        assert_eq!(found.1, ["VM_Event"]);
    }
}
