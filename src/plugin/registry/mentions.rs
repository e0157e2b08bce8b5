//! Plug-ins that a configuration names and that do not exist: the name may be mistyped.
#![forbid(unsafe_code)]

use crate::limits::MAX_SUGGESTIONS;
use crate::log;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::report::Report;
use crate::plugin::registry::rules::Settings;
use crate::plugin::registry::search::DefaultSearch;
use crate::similar;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, PoisonError};

/// A plug-in's name in a configuration.
struct Mention {
    name: String,
    /// Its position, or that of its list.
    position: Arc<str>,
    /// The list that it is in; `None` for a table of the plug-in, which must exist then.
    list: Option<&'static str>,
}

impl PluginRegistry {
    /// Like [`PluginRegistry::configure`]. The report has a line for each plug-in that the configuration names and that is
    /// neither loaded nor in the directories that load calls with default paths search, whose files are inspected for that; for a
    /// plug-in in a list only if there is one with a similar name. Such a line is not a failure.
    ///
    /// # Errors
    /// Those of [`PluginRegistry::configure`].
    pub fn configure_and_report(&self, settings: &Settings) -> (Report, Result<()>) {
        let mut report = Report::default();
        let result = self.configure(settings);
        if result.is_ok() {
            let search = DefaultSearch::run(self.search_directories(), self.package_directory(), &mut Report::default());
            let manifests = search.files().filter_map(|path| PluginFile::open(path).ok()?.read_manifest().ok());
            let found = manifests.map(|manifest| manifest.name).collect();
            self.report_unknown(found, &mut report);
        }
        report.finish(&result);
        (report, result)
    }

    /// Adds a line for each plug-in of the configuration that is neither loaded nor among those that were found.
    pub(super) fn report_unknown(&self, mut known: BTreeSet<String>, report: &mut Report) {
        known.extend(self.plugins().iter().map(|plugin| plugin.name().to_owned()));
        let unknown = self.mentions().into_iter().filter(|mention| !known.contains(&mention.name));
        for (index, Mention { name, position, list }) in unknown.enumerate() {
            // Each is compared with all names, so only the first ones are.
            let similar = similar::nearest(&name, known.iter().map(String::as_str).filter(|_| index < MAX_SUGGESTIONS));
            let hint = similar.map(|similar| format!("; did you mean `{similar}`?")).unwrap_or_default();
            let message = match list {
                None => format!("{position}: no plug-in `{name}` is loaded or found, and its table has no effect{hint}"),
                Some(list) if similar.is_some() => {
                    format!("{position}: `{list}` has `{name}`, and no plug-in with that name is loaded or found{hint}")
                }
                Some(_) => continue,
            };
            log::log(abi::LOG_WARNING, None, &message);
            let file = position.rsplitn(3, ':').last().unwrap_or_default();
            let line = report.begin(Path::new(file));
            report.identify(line, &name, "");
            report.decline(line, Error::new(abi::STATUS_PLUGIN_NOT_FOUND, message).of_plugin(&name));
        }
    }

    fn mentions(&self) -> Vec<Mention> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let tables = rules.tables.iter();
        let mut made: Vec<Mention> =
            tables.map(|(name, position)| Mention { name: name.clone(), position: Arc::clone(position), list: None }).collect();
        for (list, names) in [("allow", &rules.allow), ("deny", &rules.deny), ("order", &rules.order)] {
            if let Some(names) = names {
                let mention =
                    |name: &String| Mention { name: name.clone(), position: Arc::clone(&names.position), list: Some(list) };
                made.extend(names.items.iter().map(mention));
            }
        }
        made
    }
}
