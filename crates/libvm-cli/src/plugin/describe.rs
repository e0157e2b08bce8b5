//! `libvm plugin describe`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::description::{Description, Item, Module};
use crate::plugin::find::{Subject, Target};
use crate::text;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use vm::{Package, PackageDirectory, Plugin};

/// Describe a plug-in or package
///
/// Reads the manifest of the plug-in and the description of its package; no code of the plug-in runs. What these do not say is not known
/// without running the plug-in, and is null with --json: --load runs it.
#[derive(clap::Args)]
pub struct Describe {
    #[command(flatten)]
    target: Target,
    /// Run the code of the plug-in, for functions, options, hooks, sources and sinks
    #[arg(long)]
    load: bool,
}

pub fn run(arguments: &Describe, output: &Output) -> Result<Exit, Failure> {
    let target = &arguments.target;
    let (description, title) = match target.find()? {
        Subject::Archive(path) if arguments.load => return Err(not_installed(&path)),
        Subject::Archive(path) => {
            let contents = Package::inspect_contents(&path)?;
            (Description::of_archive(&path.to_string_lossy(), &contents), "package")
        }
        Subject::File(path) => {
            let found = Plugin::inspect_file(&path)?;
            let mut description = Description::of_file(&found);
            if let Some(info) = installed(&found.path) {
                description.add_package(&info);
            }
            if arguments.load {
                let (_registry, plugin) = target.load(&found.path)?;
                description.add_plugin(&plugin);
            }
            (description, "file")
        }
    };
    output.answer(&description, text_of(&description, title))?;
    Ok(Exit::SUCCESS)
}

/// Returns the failure of running the plug-in of a package that is not installed.
pub fn not_installed(path: &Path) -> Failure {
    let path = text::path(path);
    let message = format!("{path} is a package: the code of its plug-in runs only when it is installed");
    Failure::new(Exit::NOT_RUNNABLE, message)
        .hint(format!("install it with `libvm plugin install {path}`, or `libvm plugin describe {path}`"))
}

/// Returns what the package of an installed library says.
fn installed(library: &Path) -> Option<vm::PackageInfo> {
    let version = library.parent()?;
    let package = version.parent()?;
    let packages = PackageDirectory::new(package.parent()?, None).ok()?;
    let name = package.file_name()?.to_str()?;
    let found = packages.list().ok()?.into_iter().find(|installed| installed.name == name && installed.path == version)?;
    packages.describe(name, Some(&found.version)).ok()
}

fn text_of(description: &Description, kind: &str) -> String {
    let mut made = String::new();
    let mut line = |title: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(made, "{:<14}{}", format!("{title}:"), text::name(value));
        }
    };
    line("name", description.name.as_deref().unwrap_or_default());
    line("version", description.version.as_deref().unwrap_or_default());
    line("description", &description.description);
    line("author", &description.author);
    line("license", &description.license);
    line("homepage", &description.homepage);
    line(kind, &description.path);
    line("platform", &description.platforms.join(", "));
    let abi = description.abi.as_ref().map(|abi| format!("{}.{}", abi.major, abi.minor_built)).unwrap_or_default();
    line("ABI", &abi);
    line("libvm", &description.host_version);
    let refusal = description.refusal.as_ref().map(|refusal| refusal.message.as_str()).unwrap_or_default();
    line(if refusal.is_empty() { "" } else { "not loadable" }, refusal);
    line("permissions", &description.permissions.join(", "));
    let needs = description.dependencies.iter().map(|need| format!("{} {}", need.name, need.versions).trim_end().to_owned());
    line("needs", &needs.collect::<Vec<_>>().join(", "));
    if let Some(files) = &description.files {
        line("signature", if description.has_signature == Some(true) { "yes" } else { "none" });
        let files = files.iter().map(|file| format!("{} ({} bytes)", file.name, file.bytes));
        line("files", &files.collect::<Vec<_>>().join(", "));
    }
    list(&mut made, "modules", description.modules.as_deref(), module);
    list(&mut made, "options", description.options.as_deref(), option);
    for (title, items) in [("hooks", &description.hooks), ("sources", &description.sources), ("sinks", &description.sinks)] {
        list(&mut made, title, items.as_deref(), |item: &Item| with_description(&item.name, &item.description));
    }
    let unknown = [
        ("modules", description.modules.is_none()),
        ("options", description.options.is_none()),
        ("hooks", description.hooks.is_none()),
        ("sources", description.sources.is_none()),
        ("sinks", description.sinks.is_none()),
    ];
    let unknown: Vec<_> = unknown.iter().filter(|(_, is_unknown)| *is_unknown).map(|(title, _)| *title).collect();
    if !unknown.is_empty() && description.name.is_some() {
        let how = if kind == "package" { "its description does not say" } else { "--load runs its code, which knows" };
        let _ = writeln!(made, "{:<14}{} ({how})", "not known:", unknown.join(", "));
    }
    made
}

fn list<T>(made: &mut String, title: &str, items: Option<&[T]>, show: impl Fn(&T) -> String) {
    for (index, item) in items.unwrap_or_default().iter().enumerate() {
        let title = if index == 0 { format!("{title}:") } else { String::new() };
        let _ = writeln!(made, "{title:<14}{}", text::lines(&show(item)));
    }
}

fn with_description(name: &str, description: &str) -> String {
    let name = text::name(name);
    if description.is_empty() { name } else { format!("{name}  {}", text::name(description)) }
}

fn module(module: &Module) -> String {
    let mut made = with_description(&module.name, &module.description);
    for function in module.functions.iter().flatten() {
        let call = format!("{}{}", function.name, function.signature);
        let _ = write!(made, "\n{:<16}{}", "", with_description(&call, &function.description));
    }
    made
}

fn option(option: &Value) -> String {
    let text = |key: &str| option[key].as_str().unwrap_or_default().to_owned();
    let mut about = vec![text("type")];
    if option["required"] == true {
        about.push("required".to_owned());
    } else if option["secret"] == true {
        about.push("secret".to_owned());
    } else if !option["default"].is_null() {
        about.push(format!("default {}", option["default"]));
    }
    if !option["minimum"].is_null() {
        about.push(format!("from {} to {}", option["minimum"], option["maximum"]));
    }
    let choices: Vec<_> = option["choices"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !choices.is_empty() {
        about.push(format!("one of {}", choices.join(", ")));
    }
    let call = format!("{} ({})", text("key"), about.join(", "));
    with_description(&call, &text("description"))
}
