//! `libvm inspect`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::module_file::{self, ModuleFile};
use crate::output::Output;
use crate::plugins::Conditions;
use crate::table::Table;
use crate::{imports, text};
use clap::builder::styling::Style;
use serde::Serialize;
use std::path::PathBuf;
use vm::{
    Context, ContextConfig, DeclaredPlugin, Engine, EngineConfig, ExaminedImport, ExternType, ImportState, Module, Provider, Tier,
};

const HEADING: Style = Style::new().bold();

/// Show what a module imports and exports, and what provides its imports
///
/// No code of the module or of plug-ins runs. For each import it names the installed plug-in that has it.
#[derive(clap::Args)]
pub struct Inspect {
    /// The module, in the binary or the text format; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    conditions: Conditions,
}

#[derive(Serialize)]
struct Inspection {
    file: String,
    /// `command` (exports `_start`), `reactor` (exports `_initialize`) or `module`.
    kind: &'static str,
    /// Size of the binary module.
    bytes: usize,
    imports: Vec<Import>,
    exports: Vec<Export>,
    memories: Vec<Memory>,
    custom_sections: Vec<CustomSection>,
    /// The plug-ins that the module declares.
    plugins: Vec<Declared>,
}

#[derive(Serialize)]
struct Import {
    module: String,
    name: String,
    kind: &'static str,
    r#type: String,
    /// `satisfied`, `loadable`, `unknown`, `mismatch` or `missing`.
    state: &'static str,
    /// `wasi` or `plugin`; null if nothing provides it.
    provider: Option<&'static str>,
    plugin: Option<String>,
    version: Option<String>,
    path: Option<String>,
    nearest: Option<String>,
    nearest_plugin: Option<String>,
    message: String,
}

#[derive(Serialize)]
struct Export {
    name: String,
    kind: &'static str,
    r#type: String,
}

#[derive(Serialize)]
struct Memory {
    imported: bool,
    minimum_pages: u64,
    maximum_pages: Option<u64>,
    page_bytes: u64,
    is_64: bool,
}

#[derive(Serialize)]
struct CustomSection {
    name: String,
    bytes: usize,
}

#[derive(Serialize)]
struct Declared {
    name: String,
    range: String,
    version: Option<String>,
    path: Option<String>,
    refusal: Option<String>,
}

pub fn run(arguments: &Inspect, output: &Output) -> Result<Exit, Failure> {
    let file = module_file::read(&arguments.file, output)?;
    let config = arguments.conditions.config()?;
    let mut engine = EngineConfig::new();
    if let Some(config) = &config {
        config.apply_to_engine(&mut engine)?;
    }
    let engine = Engine::with_config(engine.set_tier(Tier::Interpreter))?;
    let module = file.load(&engine, output)?;
    let registry = arguments.conditions.registry(config.as_ref(), output)?;
    let mut context = Context::with_config(&engine, &ContextConfig::new())?;
    context.register_wasi(&vm::Wasi::new()?)?;
    context.set_module_plugins(Some(&registry))?;
    let examined = context.examine_module(&module)?;
    let inspection = Inspection::new(&file, &module, &examined.imports, &examined.plugins)?;
    if output.is_json() {
        output.document(&inspection)?;
    } else {
        output.text(inspection.shown(&examined.imports, output))?;
    }
    Ok(Exit::SUCCESS)
}

impl Inspection {
    fn new(file: &ModuleFile, module: &Module, imports: &[ExaminedImport], plugins: &[DeclaredPlugin]) -> Result<Self, Failure> {
        let exports = |wanted| module.exports().any(|export| export.name == wanted && matches!(export.ty, ExternType::Func(_)));
        let kind = match (exports("_start"), exports("_initialize")) {
            (true, _) => "command",
            (false, true) => "reactor",
            (false, false) => "module",
        };
        Ok(Self {
            file: file.shown(),
            kind,
            bytes: file.bytes().len(),
            imports: imports.iter().map(Import::new).collect(),
            exports: module.exports().map(|export| Export::new(export.name, export.ty)).collect(),
            memories: memories(module, file.bytes())?,
            custom_sections: module
                .custom_sections()
                .map(|(name, contents)| CustomSection { name: name.to_owned(), bytes: contents.len() })
                .collect(),
            plugins: plugins.iter().map(Declared::new).collect(),
        })
    }

    fn shown(&self, imports: &[ExaminedImport], output: &Output) -> String {
        let what = match self.kind {
            "module" => "a module".to_owned(),
            kind => format!("a WASI {kind}"),
        };
        let mut all = format!("{}: {what} of {} bytes\n", self.file, self.bytes);
        let mut section = |heading: &str, rows: Vec<Vec<String>>| {
            if rows.is_empty() {
                return;
            }
            let mut table = Table::new(&[]);
            rows.into_iter().for_each(|row| table.row(row));
            all.push_str(&format!("\n{}\n{table}", output.styled_output(HEADING, heading)));
        };
        let rows = imports.iter().map(|import| {
            vec![format!("  {}", imports::name(import)), text::name(&import.ty.to_string()), imports::provider(import)]
        });
        section("Imports", rows.collect());
        let rows = self.exports.iter().map(|export| vec![format!("  {}", text::name(&export.name)), export.r#type.clone()]);
        section("Exports", rows.collect());
        section(
            "Memories",
            self.memories.iter().enumerate().map(|(index, memory)| vec![format!("  {index}"), memory.shown()]).collect(),
        );
        let rows =
            self.custom_sections.iter().map(|section| vec![format!("  {}", text::name(&section.name)), bytes(section.bytes)]);
        section("Custom sections", rows.collect());
        let rows =
            self.plugins.iter().map(|plugin| vec![format!("  {} {}", text::name(&plugin.name), plugin.range), plugin.shown()]);
        section("Plug-ins that it declares", rows.collect());
        all
    }
}

impl Import {
    fn new(import: &ExaminedImport) -> Self {
        Self {
            module: import.module.clone(),
            name: import.name.clone(),
            kind: kind(&import.ty),
            r#type: import.ty.to_string(),
            state: match import.state {
                ImportState::Satisfied => "satisfied",
                ImportState::Loadable => "loadable",
                ImportState::Unknown => "unknown",
                ImportState::Mismatch => "mismatch",
                ImportState::Missing => "missing",
            },
            provider: match import.provider {
                Some(Provider::Wasi) => Some("wasi"),
                Some(_) => Some("plugin"),
                None => None,
            },
            plugin: import.plugin.clone(),
            version: import.version.clone(),
            path: import.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
            nearest: import.nearest.clone(),
            nearest_plugin: import.nearest_plugin.clone(),
            message: import.message.clone(),
        }
    }
}

impl Export {
    fn new(name: &str, ty: &ExternType) -> Self {
        Self { name: name.to_owned(), kind: kind(ty), r#type: ty.to_string() }
    }
}

impl Memory {
    fn shown(&self) -> String {
        let most = self.maximum_pages.map_or_else(String::new, |most| format!(" to {most}"));
        let is_64 = if self.is_64 { ", 64-bit" } else { "" };
        let imported = if self.imported { ", imported" } else { "" };
        let noun = if self.maximum_pages.unwrap_or(self.minimum_pages) == 1 { "page" } else { "pages" };
        format!("{}{most} {noun} of {}{is_64}{imported}", self.minimum_pages, bytes(self.page_bytes as usize))
    }
}

impl Declared {
    fn new(plugin: &DeclaredPlugin) -> Self {
        Self {
            name: plugin.name.clone(),
            range: plugin.range.clone(),
            version: plugin.version.clone(),
            path: plugin.file.as_ref().map(|path| path.to_string_lossy().into_owned()),
            refusal: plugin.file.is_none().then(|| plugin.refusal.as_ref().map(|error| error.message().to_string())).flatten(),
        }
    }

    fn shown(&self) -> String {
        match (&self.path, &self.refusal) {
            (Some(path), _) => format!("{} in {}", text::name(self.version.as_deref().unwrap_or_default()), text::name(path)),
            (None, Some(refusal)) => text::name(refusal.lines().next().unwrap_or_default()),
            (None, None) => "found".into(),
        }
    }
}

fn kind(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Func(_) => "function",
        ExternType::Table(_) => "table",
        ExternType::Memory(_) => "memory",
        ExternType::Global(_) => "global",
    }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".into() } else { format!("{count} bytes") }
}

/// Returns the memories of a module, the imported ones first, as it numbers them.
fn memories(module: &Module, wasm: &[u8]) -> Result<Vec<Memory>, Failure> {
    let mut found = Vec::new();
    for import in module.imports() {
        if let ExternType::Memory(ty) = import.ty {
            let (minimum_pages, maximum_pages, page_bytes) = (ty.minimum, ty.maximum, u64::from(ty.page_size));
            found.push(Memory { imported: true, minimum_pages, maximum_pages, page_bytes, is_64: ty.is_64 });
        }
    }
    // The module is valid: it was loaded.
    let failed =
        |error: wasmparser::BinaryReaderError| Failure::new(Exit::FAILED, format!("an internal error in libvm: {error}"));
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        let wasmparser::Payload::MemorySection(section) = payload.map_err(failed)? else { continue };
        for memory in section {
            let memory = memory.map_err(failed)?;
            let page_bytes = 1 << memory.page_size_log2.unwrap_or(16);
            let (minimum_pages, maximum_pages) = (memory.initial, memory.maximum);
            found.push(Memory { imported: false, minimum_pages, maximum_pages, page_bytes, is_64: memory.memory64 });
        }
    }
    Ok(found)
}
