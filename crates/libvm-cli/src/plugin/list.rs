//! `libvm plugin list`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::Table;
use crate::text;
use serde::Serialize;

/// List the plug-ins that are installed
#[derive(clap::Args)]
pub struct List {}

#[derive(Serialize)]
struct Row {
    name: String,
    version: String,
    modules: Vec<String>,
    path: Option<String>,
}

pub fn run(_: &List, output: &Output) -> Result<Exit, Failure> {
    let registry = vm::PluginRegistry::new();
    registry.load_with_default_paths()?;
    let rows: Vec<Row> = registry.plugins().iter().map(Row::new).collect();
    let mut table = Table::new(&["NAME", "VERSION", "MODULES", "FROM"]);
    for row in &rows {
        let modules = if row.modules.is_empty() { "–".to_owned() } else { row.modules.join(" ") };
        table.row(
            [row.name.clone(), row.version.clone(), modules, row.path.clone().unwrap_or_default()].map(|cell| text::name(&cell)),
        );
    }
    output.answer(&serde_json::json!({ "plugins": rows }), table)?;
    Ok(Exit::SUCCESS)
}

impl Row {
    fn new(plugin: &vm::Plugin) -> Self {
        let modules = plugin.modules().iter().map(|module| module.name.to_string()).collect();
        let path = plugin.path().map(|path| path.to_string_lossy().into_owned());
        Self { name: plugin.name().into(), version: plugin.version(), modules, path }
    }
}
