//! Loading plug-ins by their names.
#![forbid(unsafe_code)]

use crate::plugin::needs::candidates::Candidates;
use crate::plugin::needs::load::Loading;
use crate::plugin::needs::want::Want;
use crate::plugin::registry::PluginRegistry;
use crate::plugin::registry::report::Report;
use crate::status::{Error, Result};

impl PluginRegistry {
    /// Loads the plug-in with a name from the directories that load calls with default paths search, with those that it depends on, and
    /// no other. The report has a line for each.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_NOT_FOUND`; the errors of loading it; `STATUS_REENTRANT` from inside a plug-in that is being loaded.
    pub fn load_by_name(&self, name: &str) -> (Report, Result<()>) {
        let mut loading = Loading::new(self, Candidates::new(self));
        let want = Want { name: name.to_owned(), range: None, file: None, why: String::new() };
        let loaded = self.take_turn().and_then(|_turn| loading.require(&[want]));
        let mut report = loading.finish();
        report.finish(&loaded.as_ref().map(|_| ()).map_err(Error::clone));
        (report, loaded)
    }
}
