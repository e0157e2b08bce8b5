//! `libvm plugin sources` and `libvm plugin sinks`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::describe::not_installed;
use crate::plugin::description::option;
use crate::plugin::find::{Subject, Target};
use crate::table::Table;
use crate::text;
use serde_json::{Value, json};
use vm::{OptionInfo, Package, PackageInfo, PackageItem, Plugin};

/// List the sources of streams that a plug-in provides
///
/// Runs the code of the plug-in; of a package that is not installed, shows what its description says.
#[derive(clap::Args)]
pub struct Sources {
    #[command(flatten)]
    target: Target,
}

/// List the sinks of streams that a plug-in provides
///
/// Runs the code of the plug-in; of a package that is not installed, shows what its description says.
#[derive(clap::Args)]
pub struct Sinks {
    #[command(flatten)]
    target: Target,
}

pub fn sources(arguments: &Sources, output: &Output) -> Result<Exit, Failure> {
    let of_plugin = |plugin: &Plugin| {
        let source = |source: &vm::SourceInfo| {
            json!({
                "name": source.name, "description": source.description, "options": options(&source.options),
                "delivery": if source.is_push { "push" } else { "pull" }, "rewindable": source.is_rewindable,
                "has_commit": source.has_commit,
            })
        };
        plugin.sources().map(source).collect()
    };
    let found = find(&arguments.target, of_plugin, |info| info.sources.as_deref())?;
    answer(output, "sources", "SOURCE", &found)
}

pub fn sinks(arguments: &Sinks, output: &Output) -> Result<Exit, Failure> {
    let of_plugin = |plugin: &Plugin| {
        let sink = |sink: &vm::SinkInfo| {
            json!({
                "name": sink.name, "description": sink.description, "options": options(&sink.options),
                "has_flush": sink.has_flush,
            })
        };
        plugin.sinks().map(sink).collect()
    };
    let found = find(&arguments.target, of_plugin, |info| info.sinks.as_deref())?;
    answer(output, "sinks", "SINK", &found)
}

fn options(options: &[OptionInfo]) -> Vec<Value> {
    options.iter().map(option).collect()
}

fn find(
    target: &Target,
    of_plugin: impl FnOnce(&Plugin) -> Vec<Value>,
    of_package: impl FnOnce(&PackageInfo) -> Option<&[PackageItem]>,
) -> Result<Vec<Value>, Failure> {
    match target.find()? {
        Subject::File(path) => Ok(of_plugin(&target.load(&path)?.1)),
        Subject::Archive(path) => {
            let info = Package::inspect_file(&path)?;
            let items = of_package(&info).ok_or_else(|| not_installed(&path))?;
            Ok(items.iter().map(|item| json!({ "name": item.name, "description": item.description })).collect())
        }
    }
}

fn answer(output: &Output, key: &str, heading: &str, found: &[Value]) -> Result<Exit, Failure> {
    let mut table = Table::new(&if found.is_empty() { Vec::new() } else { vec![heading, "OPTIONS", "DESCRIPTION"] });
    for item in found {
        let keys: Vec<_> = item["options"].as_array().into_iter().flatten().filter_map(|option| option["key"].as_str()).collect();
        let keys = if keys.is_empty() { "–".to_owned() } else { keys.join(" ") };
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        table.row([text("name"), keys, text("description")].map(|cell| text::name(&cell)));
    }
    output.answer(&json!({ key: found }), table)?;
    Ok(Exit::SUCCESS)
}
