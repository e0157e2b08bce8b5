//! What is known of plug-ins whose files are not open.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::PluginFile;
use crate::plugin::native::descriptor::ModuleInfo;
use crate::plugin::registry::PluginRegistry;
use std::path::Path;

/// Returns the manifest of a file, if it can be read.
pub fn manifest(_registry: &PluginRegistry, file: &Path) -> Option<Manifest> {
    PluginFile::open(file).ok()?.read_manifest().ok()
}

/// Returns the modules and functions of a plug-in that is not loaded; `None` if they are not known.
pub fn functions_of(_registry: &PluginRegistry, _file: &Path, _manifest: &Manifest) -> Option<Vec<ModuleInfo>> {
    None
}
