//! The plug-ins of a run: which are loaded, and what they may do.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::find;
use crate::plugin::places::Places;
use crate::text;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vm::{Config, Context, ContextConfig, EngineConfig, Module, Plugin, PluginRegistry, Status};

/// Which plug-ins are loaded, and what they may do.
#[derive(clap::Args)]
pub struct Plugins {
    /// Load a plug-in: the name of an installed one, or its file
    #[arg(long = "plugin", value_name = "NAME|FILE", help_heading = "Plug-ins")]
    plugins: Vec<PathBuf>,
    /// Set an option of a plug-in; one that is a list may be given several times
    #[arg(long = "plugin-opt", value_name = "NAME.KEY=VALUE", value_parser = option, help_heading = "Plug-ins")]
    options: Vec<(String, String)>,
    /// Grant a permission to the plug-ins that ask for it, as in process:exec:git; process:exec:* grants all that begin so
    #[arg(long = "grant", value_name = "PERMISSION", help_heading = "Plug-ins")]
    grants: Vec<String>,
    #[command(flatten)]
    conditions: Conditions,
}

/// Which plug-ins can be loaded.
#[derive(clap::Args)]
pub struct Conditions {
    /// Load this plug-in in no case
    #[arg(long = "deny-plugin", value_name = "NAME", help_heading = "Plug-ins")]
    denied: Vec<String>,
    #[command(flatten)]
    places: Places,
}

impl Conditions {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Those of the file.
    pub fn config(&self) -> Result<Option<Config>, Failure> {
        self.places.config()
    }

    /// Returns a registry that has loaded nothing, in which the configuration and what is denied hold.
    ///
    /// # Errors
    /// The configuration cannot be applied; those of the places.
    pub fn registry(&self, config: Option<&Config>, output: &Output) -> Result<PluginRegistry, Failure> {
        let registry = self.places.registry_with(config, |config, registry| {
            let (report, applied) = config.apply_to_registry_with_report(registry);
            report.lines.iter().for_each(|line| output.warning(text::lines(&line.message)));
            applied
        })?;
        self.denied.iter().for_each(|name| registry.deny(name));
        Ok(registry)
    }
}

/// Reads `NAME.KEY=VALUE`; where the name ends is known when the plug-ins are.
fn option(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if key.trim_start_matches('.').contains('.') => Ok((key.into(), value.into())),
        _ => Err("it is not NAME.KEY=VALUE".into()),
    }
}

/// What is wanted of plug-ins, with the configuration that was read.
pub struct Wanted<'a> {
    arguments: &'a Plugins,
    config: Option<Config>,
}

impl<'a> Wanted<'a> {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Those of the file.
    pub fn new(arguments: &'a Plugins) -> Result<Self, Failure> {
        Ok(Self { arguments, config: arguments.conditions.config()? })
    }

    /// Sets the limits that the configuration has for engines.
    ///
    /// # Errors
    /// The limits do not go together.
    pub fn apply_to_engine(&self, engine: &mut EngineConfig) -> Result<(), Failure> {
        Ok(self.config.as_ref().map_or(Ok(()), |config| config.apply_to_engine(engine))?)
    }

    /// Sets the limits that the configuration has for contexts.
    pub fn apply_to_context(&self, context: &mut ContextConfig) {
        if let Some(config) = &self.config {
            config.apply_to_context(context);
        }
    }

    /// Loads the plug-ins that were asked for: those of the command line, those that the configuration names or has in its directories,
    /// and those that the configuration lets the module bring.
    ///
    /// # Errors
    /// One of them does not exist, or cannot be loaded.
    pub fn load(&self, module: &Module, output: &Output) -> Result<PluginRegistry, Failure> {
        let registry = self.arguments.conditions.registry(self.config.as_ref(), output)?;
        for plugin in &self.arguments.plugins {
            load(&registry, plugin)?;
        }
        if let Some(config) = &self.config {
            load_configured(&registry, config, &self.arguments.conditions.denied, output)?;
            registry.load_for_module(module)?;
        }
        Ok(registry)
    }

    /// Registers the plug-ins in a context, with their options and permissions.
    ///
    /// # Errors
    /// There is no such option or permission; a value is not possible; a plug-in fails.
    pub fn register(&self, registry: &PluginRegistry, context: &mut Context) -> Result<(), Failure> {
        let plugins = registry.plugins();
        for ((plugin, key), values) in self.options(&plugins)? {
            let set = match &values[..] {
                [value] => context.set_plugin_option(plugin, key, *value),
                values => context.set_plugin_option(plugin, key, values),
            };
            set?;
        }
        for permission in &self.arguments.grants {
            grant(registry, &plugins, permission)?;
        }
        context.set_module_plugins(Some(registry))?;
        context.register_plugins(registry).map_err(|error| {
            let is_of_command_line = error.status() == Status::PLUGIN_OPTION
                && error.plugin_name().is_some_and(|name| self.arguments.options.iter().any(|(key, _)| key.starts_with(name)));
            let failure = Failure::from_library(if is_of_command_line { Exit::USAGE } else { Exit::FAILED }, &error);
            match (error.status(), error.plugin_name()) {
                (Status::PLUGIN_OPTION, Some(plugin)) => failure.hint(format!(
                    "set an option with --plugin-opt {0}.KEY=VALUE; `libvm plugin describe {0}` lists them",
                    text::name(plugin)
                )),
                _ => failure,
            }
        })
    }

    /// Returns the options of the command line, with all values of each.
    fn options<'o>(&'o self, plugins: &[Plugin]) -> Result<BTreeMap<(&'o str, &'o str), Vec<&'o str>>, Failure> {
        let mut found: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for (path, value) in &self.arguments.options {
            // Names may have dots, too.
            let mut split = path.match_indices('.').map(|(at, _)| (&path[..at], &path[at + 1..]));
            let of_loaded = |(name, _): &(&str, &str)| plugins.iter().any(|plugin| plugin.name() == *name);
            let Some(at) = split.rfind(of_loaded) else {
                let name = path.split('.').next().unwrap_or_default();
                let known = vm::similar::listed(name, plugins.iter().map(Plugin::name));
                let message =
                    format!("--plugin-opt {}: no plug-in `{}` is loaded; there is {known}", text::name(path), text::name(name));
                return Err(Failure::new(Exit::USAGE, message).hint(format!("load it with --plugin {}", text::name(name))));
            };
            found.entry(at).or_default().push(value);
        }
        Ok(found)
    }
}

/// Loads a plug-in by its name, or from a file.
fn load(registry: &PluginRegistry, plugin: &Path) -> Result<(), Failure> {
    if find::is_file(plugin) {
        return registry.load_from_path(plugin).map_err(Failure::from);
    }
    let Some(name) = plugin.to_str() else {
        return Err(Failure::new(Exit::USAGE, format!("{} is no name of a plug-in: names are UTF-8", text::path(plugin))));
    };
    registry.load_by_name(name).map_err(|error| {
        let failure = Failure::from(error.clone());
        match error.status() {
            Status::PLUGIN_NOT_FOUND if plugin.exists() => {
                failure.hint(format!("there is a file of that name; load it with --plugin ./{}", text::name(name)))
            }
            Status::PLUGIN_NOT_FOUND => failure.hint("`libvm plugin list` shows what is installed"),
            _ => failure,
        }
    })
}

/// Loads the plug-ins in the directories of a configuration, and those that it names.
fn load_configured(registry: &PluginRegistry, config: &Config, denied: &[String], output: &Output) -> Result<(), Failure> {
    for directory in config.plugin_directories() {
        // A directory that does not exist, and what is not allowed, are no failures of a configuration.
        let (report, _) = registry.load_from_path_with_report(directory);
        let is_failure = |status| {
            ![Status::OK, Status::PLUGIN_NOT_FOUND, Status::PLUGIN_NOT_ALLOWED, Status::PLUGIN_SUPERSEDED].contains(&status)
        };
        for line in report.lines.iter().filter(|line| !line.loaded && is_failure(line.status)) {
            output.warning(format!("{}: {}", text::path(&line.path), text::lines(&line.message)));
        }
    }
    for name in config.plugin_names().filter(|name| !denied.iter().any(|denied| denied == name)) {
        match registry.load_by_name(name) {
            // Applying the configuration has warned of it.
            Err(error) if error.status() == Status::PLUGIN_NOT_FOUND => {}
            loaded => loaded?,
        }
    }
    Ok(())
}

/// Grants a permission to each plug-in that asks for it.
fn grant(registry: &PluginRegistry, plugins: &[Plugin], permission: &str) -> Result<(), Failure> {
    let asks = |plugin: &&Plugin| plugin.permissions().iter().any(|asked| overlap(asked, permission));
    let mut is_asked = false;
    for plugin in plugins.iter().filter(asks) {
        registry.grant_permission(plugin.name(), permission).map_err(|error| Failure::from_library(Exit::USAGE, &error))?;
        is_asked = true;
    }
    if is_asked {
        return Ok(());
    }
    let asked: Vec<String> = plugins
        .iter()
        .filter(|plugin| !plugin.permissions().is_empty())
        .map(|plugin| {
            let list: Vec<String> = plugin.permissions().iter().map(|asked| format!("`{}`", text::name(asked))).collect();
            format!("the plug-in `{}` asks for {}", text::name(plugin.name()), list.join(", "))
        })
        .collect();
    let message = format!("--grant {}: no plug-in that is loaded asks for this permission", text::name(permission));
    let failure = Failure::new(Exit::USAGE, message);
    Err(if asked.is_empty() { failure.hint("load the plug-in with --plugin") } else { failure.hint(asked.join("; ")) })
}

/// Returns whether two permissions, each of which may end in `*`, have something in common.
fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_suffix('*'), other.strip_suffix('*')) {
        (None, None) => one == other,
        (Some(prefix), None) => other.starts_with(prefix),
        (None, Some(prefix)) => one.starts_with(prefix),
        (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_with_a_star() {
        assert!(overlap("process:exec:*", "process:exec:git") && overlap("process:exec:git", "process:exec:*"));
        assert!(overlap("a", "a") && overlap("*", "a") && overlap("a:*", "a:b:*"));
        assert!(!overlap("a", "ab") && !overlap("a:*", "b") && !overlap("a:b", "a:c*"));
    }

    #[test]
    fn options_have_a_name_and_a_key() {
        assert_eq!(option("a.b=c=d"), Ok(("a.b".into(), "c=d".into())));
        assert!(option("a=b").is_err() && option("a.b").is_err() && option(".a=b").is_err());
    }
}
