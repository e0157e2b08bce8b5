//! `libvm plugin functions`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::describe::not_installed;
use crate::plugin::description::{Function, Module};
use crate::plugin::find::{Subject, Target};
use crate::table::Table;
use crate::text;
use vm::{Package, Plugin};

/// List the functions that a plug-in provides
///
/// Runs the code of the plug-in, which knows its functions; of a package that is not installed, shows what its description says.
#[derive(clap::Args)]
pub struct Functions {
    #[command(flatten)]
    target: Target,
}

pub fn run(arguments: &Functions, output: &Output) -> Result<Exit, Failure> {
    let functions = match arguments.target.find()? {
        Subject::Archive(path) => {
            let modules = Package::inspect_contents(&path)?.info.modules;
            let modules = modules.ok_or_else(|| not_installed(&path))?;
            let modules: Option<Vec<Vec<Function>>> = modules.iter().map(|module| Module::from(module).functions).collect();
            modules.ok_or_else(|| not_installed(&path))?.into_iter().flatten().collect()
        }
        Subject::File(path) => {
            let (_registry, plugin) = arguments.target.load(&path)?;
            of_plugin(&plugin)
        }
    };
    let mut table = Table::new(if functions.is_empty() { &[] } else { &["FUNCTION", "SIGNATURE", "PERMISSION", "DESCRIPTION"] });
    for function in &functions {
        let name = format!("{}.{}", function.module, function.name);
        let permission = function.permission.as_deref().unwrap_or("–");
        let cells = [&*name, &function.signature, permission, &function.description];
        table.row(cells.map(text::name));
    }
    output.answer(&serde_json::json!({ "functions": functions }), table)?;
    Ok(Exit::SUCCESS)
}

fn of_plugin(plugin: &Plugin) -> Vec<Function> {
    let modules = plugin.modules().iter();
    modules.flat_map(|module| module.functions.iter().map(|function| Function::new(&module.name, function))).collect()
}
