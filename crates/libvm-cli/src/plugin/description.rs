//! What is known of a plug-in: from its manifest, from its package, and, if its code runs, from the plug-in itself.

use crate::words;
use serde::Serialize;
use serde_json::{Value, json};
use vm::{
    Error, OptionInfo, OptionRange, OptionType, OptionValue, PackageContents, PackageInfo, PackageItem, PackageModule, Plugin,
    PluginFunction, PluginInspection,
};

/// What is known of a plug-in. Lists that are `None` are not known without running it.
#[derive(Serialize, Default)]
pub struct Description {
    pub name: Option<String>,
    pub version: Option<String>,
    pub description: String,
    pub author: String,
    pub license: String,
    pub homepage: String,
    /// The file of the plug-in or package.
    pub path: String,
    /// The platforms of its libraries.
    pub platforms: Vec<String>,
    pub abi: Option<Abi>,
    /// The versions of libvm that it accepts; empty for any.
    pub host_version: String,
    /// Whether it can be loaded here, as far as its file tells, and why not.
    pub loadable: bool,
    pub refusal: Option<Refusal>,
    pub permissions: Vec<String>,
    pub dependencies: Vec<Dependency>,
    pub modules: Option<Vec<Module>>,
    pub options: Option<Vec<Value>>,
    pub hooks: Option<Vec<Item>>,
    pub sources: Option<Vec<Item>>,
    pub sinks: Option<Vec<Item>>,
    /// The files of a package, if it is one that is not installed.
    pub files: Option<Vec<FileEntry>>,
    /// Whether the package has a signature, which is checked where keys are given.
    pub has_signature: Option<bool>,
}

/// The version of the ABI: with which it was built, and which it needs.
#[derive(Serialize)]
pub struct Abi {
    pub major: u32,
    pub minor_built: u32,
    pub minor_required: u32,
}

#[derive(Serialize)]
pub struct Refusal {
    pub status: &'static str,
    pub message: String,
}

#[derive(Serialize)]
pub struct Dependency {
    pub name: String,
    /// The accepted versions; empty for any.
    pub versions: String,
}

#[derive(Serialize)]
pub struct Module {
    pub name: String,
    pub description: String,
    pub functions: Option<Vec<Function>>,
}

#[derive(Serialize)]
pub struct Function {
    pub module: String,
    pub name: String,
    pub signature: String,
    pub permission: Option<String>,
    pub description: String,
}

#[derive(Serialize)]
pub struct Item {
    pub name: String,
    pub description: String,
}

#[derive(Serialize)]
pub struct FileEntry {
    pub name: String,
    pub bytes: u64,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self { status: error.status().name(), message: words::message(error) }
    }
}

impl Function {
    pub fn new(module: &str, function: &PluginFunction) -> Self {
        Self {
            module: module.to_owned(),
            name: function.name.clone(),
            signature: function.signature.clone(),
            permission: function.permission.clone(),
            description: function.description.clone(),
        }
    }
}

impl From<&PackageModule> for Module {
    fn from(module: &PackageModule) -> Self {
        let functions = module.functions.as_ref();
        Self {
            name: module.name.clone(),
            description: module.description.clone(),
            functions: functions.map(|all| all.iter().map(|function| Function::new(&module.name, function)).collect()),
        }
    }
}

fn items(items: &[PackageItem]) -> Vec<Item> {
    items.iter().map(|item| Item { name: item.name.clone(), description: item.description.clone() }).collect()
}

fn dependencies(list: &[(String, String)]) -> Vec<Dependency> {
    list.iter().map(|(name, versions)| Dependency { name: name.clone(), versions: versions.clone() }).collect()
}

impl Description {
    /// Describes a file.
    pub fn of_file(found: &PluginInspection) -> Self {
        let mut made = Self {
            path: found.path.to_string_lossy().into_owned(),
            platforms: found.platform.iter().cloned().collect(),
            loadable: found.refusal.is_none(),
            refusal: found.refusal.as_ref().map(Refusal::from),
            ..Self::default()
        };
        let Some(manifest) = &found.manifest else { return made };
        made.name = Some(manifest.name.clone());
        made.version = Some(manifest.version.clone());
        made.description.clone_from(&manifest.description);
        made.license.clone_from(&manifest.license);
        made.host_version.clone_from(&manifest.host_version);
        made.abi = Some(Abi {
            major: manifest.abi_major,
            minor_built: manifest.abi_minor_built,
            minor_required: manifest.abi_minor_required,
        });
        made.permissions.clone_from(&manifest.permissions);
        made.dependencies = dependencies(&manifest.dependencies);
        // A manifest without modules has at most one, with the name of the plug-in.
        let modules = manifest.modules.iter();
        let module = |name: &String| Module { name: name.clone(), description: String::new(), functions: None };
        made.modules = (!manifest.modules.is_empty()).then(|| modules.map(module).collect());
        made
    }

    /// Describes a package that is not installed.
    pub fn of_archive(path: &str, contents: &PackageContents) -> Self {
        let mut made = Self {
            path: path.to_owned(),
            platforms: contents.libraries.iter().map(|library| library.platform.clone()).collect(),
            loadable: contents.refusal.is_none(),
            refusal: contents.refusal.as_ref().map(Refusal::from),
            has_signature: Some(contents.has_signature),
            ..Self::default()
        };
        let file = |file: &vm::PackageFile| FileEntry { name: file.name.clone(), bytes: file.size };
        made.files = Some(contents.files.iter().map(file).collect());
        made.add_package(&contents.info);
        made
    }

    /// Adds what a package says of its plug-in.
    pub fn add_package(&mut self, info: &PackageInfo) {
        self.name = Some(info.name.clone());
        self.version = Some(info.version.clone());
        self.description.clone_from(&info.description);
        self.author.clone_from(&info.author);
        self.license.clone_from(&info.license);
        self.homepage.clone_from(&info.homepage);
        self.permissions.clone_from(&info.permissions);
        self.dependencies = dependencies(&info.dependencies);
        if let Some(modules) = &info.modules {
            self.modules = Some(modules.iter().map(Module::from).collect());
        }
        self.options = info.options.as_ref().map(|options| options.iter().map(option).collect());
        self.hooks = info.hooks.as_deref().map(items);
        self.sources = info.sources.as_deref().map(items);
        self.sinks = info.sinks.as_deref().map(items);
    }

    /// Adds what the plug-in says, now that its code has run.
    pub fn add_plugin(&mut self, plugin: &Plugin) {
        let function =
            |module: &vm::PluginModule| module.functions.iter().map(|function| Function::new(&module.name, function)).collect();
        let module = |module: &vm::PluginModule| Module {
            name: module.name.clone(),
            description: module.description.clone(),
            functions: Some(function(module)),
        };
        let item = |name: &str, description: &str| Item { name: name.to_owned(), description: description.to_owned() };
        self.modules = Some(plugin.modules().iter().map(module).collect());
        self.options = Some(plugin.options().iter().map(option).collect());
        self.hooks = Some(plugin.hooks().map(|(point, description)| item(point, description)).collect());
        self.sources = Some(plugin.sources().map(|source| item(&source.name, &source.description)).collect());
        self.sinks = Some(plugin.sinks().map(|sink| item(&sink.name, &sink.description)).collect());
    }
}

/// Returns an option as JSON. Defaults of secret options are not shown.
pub fn option(option: &OptionInfo) -> Value {
    let (minimum, maximum) = match option.range {
        Some(OptionRange::Integer(least, most)) => (json!(least), json!(most)),
        Some(OptionRange::Float(least, most)) => (json!(least), json!(most)),
        None => (Value::Null, Value::Null),
    };
    let default = match option.default.as_ref().filter(|_| !option.secret) {
        None => Value::Null,
        Some(OptionValue::Bool(value)) => json!(value),
        Some(OptionValue::Integer(value)) => json!(value),
        Some(OptionValue::Float(value)) => json!(value),
        Some(OptionValue::String(value)) => json!(value),
        Some(OptionValue::List(value)) => json!(value),
    };
    json!({
        "key": option.key, "type": type_name(option.ty), "description": option.description, "required": option.required,
        "secret": option.secret, "default": default, "minimum": minimum, "maximum": maximum, "choices": option.choices,
    })
}

fn type_name(ty: OptionType) -> &'static str {
    match ty {
        OptionType::Bool => "bool",
        OptionType::Integer => "integer",
        OptionType::Float => "float",
        OptionType::String => "string",
        OptionType::List => "list",
        OptionType::Enum => "enum",
    }
}
