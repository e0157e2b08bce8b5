//! What a package says of its plug-in: the JSON at its root, which needs no code of the plug-in to be read.
#![forbid(unsafe_code)]

use crate::host::parse_signature;
use crate::json::Json;
use crate::limits::MAX_PLUGIN_ITEMS;
use crate::plugin::file::manifest::{Dependency, Manifest};
use crate::plugin::{FunctionInfo, OptionInfo, OptionRange, OptionType, OptionValue, Version};
use crate::text;
use std::collections::HashSet;

/// The description of a plug-in. Lists that are `None` are not known: only the running plug-in has them.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<Version>,
    /// One line about it; empty if there is none.
    pub description: String,
    /// Its author; empty if not stated.
    pub author: String,
    /// Its license as an SPDX expression; empty if not stated.
    pub license: String,
    /// The address of its home page; empty if not stated.
    pub homepage: String,
    /// The wasm modules that it provides.
    pub modules: Option<Vec<Module>>,
    /// Its options.
    pub options: Option<Vec<OptionInfo>>,
    /// The points at which it has hooks.
    pub hooks: Option<Vec<Item>>,
    /// Its sources of streams.
    pub sources: Option<Vec<Item>>,
    /// Its sinks of streams.
    pub sinks: Option<Vec<Item>>,
    /// The permissions that it requests; from the manifest.
    pub permissions: Vec<String>,
    /// The plug-ins that it depends on; from the manifest.
    pub depends: Vec<Dependency>,
}

/// A wasm module that a plug-in provides.
#[derive(Clone, Debug)]
pub struct Module {
    /// The name that imports use.
    pub name: String,
    /// One line about it; empty if there is none.
    pub description: String,
    /// Its functions; `None` if they are not known.
    pub functions: Option<Vec<FunctionInfo>>,
}

/// A hook, a source or a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name; of a hook, the point.
    pub name: String,
    /// One line about it; empty if there is none.
    pub description: String,
}

impl Info {
    /// Reads a description. Keys that this library does not know are ignored: later versions may have more.
    ///
    /// # Errors
    /// The reason, naming the key.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        let whole = Table { json, place: String::new() };
        if json.entries().is_none() {
            return Err(format!("must be an object; it is {}", json.show()));
        }
        let version = whole.text("version")?;
        Ok(Self {
            name: whole.text("name")?,
            version: (!version.is_empty()).then(|| Version::new(&version)),
            description: whole.text("description")?,
            author: whole.text("author")?,
            license: whole.text("license")?,
            homepage: whole.text("homepage")?,
            modules: whole.items("modules", "name", module)?,
            options: whole.items("options", "key", option)?,
            hooks: whole.items("hooks", "point", |table| item(table, "point"))?,
            sources: whole.items("sources", "name", |table| item(table, "name"))?,
            sinks: whole.items("sinks", "name", |table| item(table, "name"))?,
            permissions: Vec::new(),
            depends: Vec::new(),
        })
    }

    /// Checks that it says nothing else than a manifest, and adds what the manifest knows.
    ///
    /// # Errors
    /// The reason, with both.
    pub fn complete(&mut self, manifest: &Manifest) -> Result<(), String> {
        if !self.name.is_empty() && self.name != manifest.name {
            return Err(format!("names the plug-in `{}`, and its manifest `{}`", text::name(&self.name), manifest.name));
        }
        if let Some(version) = self.version.as_ref().filter(|version| **version != manifest.version) {
            return Err(format!("has version {}, and the manifest {}", text::name(version.as_str()), manifest.version));
        }
        self.name.clone_from(&manifest.name);
        self.version = Some(manifest.version.clone());
        // The manifest of another ABI has only a name and a version that can be read.
        if manifest.check_abi("").is_err() {
            return Ok(());
        }
        if self.description.is_empty() {
            self.description.clone_from(&manifest.description);
        }
        if self.license.is_empty() {
            self.license.clone_from(&manifest.license);
        }
        self.permissions.clone_from(&manifest.permissions);
        self.depends.clone_from(&manifest.depends);
        self.complete_modules(manifest)
    }

    fn complete_modules(&mut self, manifest: &Manifest) -> Result<(), String> {
        let may: HashSet<&str> = match manifest.modules.as_slice() {
            // At most one, with the name of the plug-in.
            [] => [manifest.name.as_str()].into(),
            modules => modules.iter().map(String::as_str).collect(),
        };
        let Some(modules) = &self.modules else {
            if !manifest.modules.is_empty() {
                let unknown = |name: &String| Module { name: name.clone(), description: String::new(), functions: None };
                self.modules = Some(manifest.modules.iter().map(unknown).collect());
            }
            return Ok(());
        };
        let has: HashSet<&str> = modules.iter().map(|module| module.name.as_str()).collect();
        if let Some(extra) = modules.iter().find(|module| !may.contains(&*module.name)) {
            return Err(format!("has the module `{}`, which is not in the manifest", text::name(&extra.name)));
        }
        match manifest.modules.iter().find(|name| !has.contains(name.as_str())) {
            Some(missing) => Err(format!("does not have the module `{missing}`, which is in the manifest")),
            None => Ok(()),
        }
    }
}

/// An object, and where it is, as in `modules[0].`.
struct Table<'a> {
    json: &'a Json,
    place: String,
}

impl<'a> Table<'a> {
    fn wrong<T>(&self, key: &str, expected: &str, found: &Json) -> Result<T, String> {
        Err(format!("has `{}{key}`, which must be {expected}; it is {}", self.place, found.show()))
    }

    /// Returns a value; `null` is like none.
    fn get(&self, key: &str) -> Option<&'a Json> {
        self.json.get(key).filter(|value| **value != Json::Null)
    }

    /// Returns a string; empty if there is none.
    fn text(&self, key: &str) -> Result<String, String> {
        match self.get(key) {
            None => Ok(String::new()),
            Some(Json::Text(text)) => Ok(text.clone()),
            Some(other) => self.wrong(key, "a string", other),
        }
    }

    /// Returns a string that must be there.
    fn name(&self, key: &str) -> Result<String, String> {
        match self.text(key)? {
            empty if empty.is_empty() => Err(format!("has no `{}{key}`", self.place)),
            name => Ok(name),
        }
    }

    fn bool(&self, key: &str) -> Result<bool, String> {
        match self.get(key) {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(*value),
            Some(other) => self.wrong(key, "true or false", other),
        }
    }

    /// Reads a list of objects, each with a value of `name` of its own; a string stands for an object with that name.
    fn items<T>(&self, key: &str, name: &str, read: impl Fn(&Table<'_>) -> Result<T, String>) -> Result<Option<Vec<T>>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let Json::List(list) = value else { return self.wrong(key, "a list", value) };
        if list.len() > MAX_PLUGIN_ITEMS as usize {
            return Err(format!("has {} items in `{}{key}`, and may have {MAX_PLUGIN_ITEMS}", list.len(), self.place));
        }
        let mut names = HashSet::new();
        let item = |(index, json): (usize, &Json)| {
            let short = json.text().map(|text| Json::table([(name, text.into())]));
            let table = Table { json: short.as_ref().unwrap_or(json), place: format!("{}{key}[{index}].", self.place) };
            if table.json.entries().is_none() {
                return self.wrong(&format!("{key}[{index}]"), "an object or a string", json);
            }
            let named = table.name(name)?;
            let shown = text::name(&named).into_owned();
            if !names.insert(named) {
                return Err(format!("has `{shown}` twice in `{}{key}`", self.place));
            }
            read(&table)
        };
        list.iter().enumerate().map(item).collect::<Result<_, _>>().map(Some)
    }
}

fn item(table: &Table<'_>, name: &str) -> Result<Item, String> {
    Ok(Item { name: table.name(name)?, description: table.text("description")? })
}

fn module(table: &Table<'_>) -> Result<Module, String> {
    let functions = table.items("functions", "name", function)?;
    Ok(Module { name: table.name("name")?, description: table.text("description")?, functions })
}

fn function(table: &Table<'_>) -> Result<FunctionInfo, String> {
    let signature = table.name("signature")?;
    parse_signature(&signature).map_err(|error| format!("has `{}signature`: {}", table.place, error.message()))?;
    let permission = Some(table.text("permission")?).filter(|permission| !permission.is_empty());
    Ok(FunctionInfo { name: table.name("name")?, signature, flags: 0, permission, description: table.text("description")? })
}

/// The types of options by name.
const TYPES: &[(&str, OptionType)] = &[
    ("bool", OptionType::Bool),
    ("integer", OptionType::Integer),
    ("float", OptionType::Float),
    ("string", OptionType::String),
    ("list", OptionType::List),
    ("enum", OptionType::Enum),
];

fn option(table: &Table<'_>) -> Result<OptionInfo, String> {
    let named = table.name("type")?;
    let Some((_, ty)) = TYPES.iter().find(|(name, _)| *name == named) else {
        let names = TYPES.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        return table.wrong("type", &format!("one of {names}"), &Json::Text(named));
    };
    let required = table.bool("required")?;
    let text = |json: &Json| json.text().map(str::to_owned);
    let texts = |json: &Json| json.list()?.iter().map(text).collect::<Option<Vec<String>>>();
    let number = |json: &Json| match json {
        Json::Integer(number) => Some(*number as f64),
        Json::Float(number) => Some(*number),
        _ => None,
    };
    let choices = match table.get("choices") {
        None => Vec::new(),
        Some(json) => texts(json).map_or_else(|| table.wrong("choices", "a list of strings", json), Ok)?,
    };
    let value = |json: &Json| match ty {
        OptionType::Bool => json.bool().map(OptionValue::Bool),
        OptionType::Integer => json.integer().map(OptionValue::Integer),
        OptionType::Float => number(json).map(OptionValue::Float),
        OptionType::String | OptionType::Enum => text(json).map(OptionValue::String),
        OptionType::List => texts(json).map(OptionValue::List),
    };
    let default = match table.get("default") {
        None => None,
        Some(_) if required => return Err(format!("has `{}default`, but `required` says that it must be set", table.place)),
        Some(json) => Some(value(json).map_or_else(|| table.wrong("default", &format!("of the type {named}"), json), Ok)?),
    };
    let range = match (table.get("minimum"), table.get("maximum")) {
        (None, None) => None,
        (Some(least), Some(most)) => match (ty, least, most) {
            (OptionType::Integer, Json::Integer(least), Json::Integer(most)) => Some(OptionRange::Integer(*least, *most)),
            (OptionType::Float, least, most) => {
                number(least).zip(number(most)).map(|(least, most)| OptionRange::Float(least, most))
            }
            _ => None,
        }
        .map_or_else(|| table.wrong("minimum", "a number, like `maximum` and the option", least), |range| Ok(Some(range)))?,
        _ => return Err(format!("has only one of `{0}minimum` and `{0}maximum`", table.place)),
    };
    let (key, description) = (table.name("key")?, table.text("description")?);
    Ok(OptionInfo { key, ty: *ty, description, required, secret: table.bool("secret")?, default, range, choices })
}
