//! Where a module may name a plug-in's file: below the module's own, and inside the directories of the registry.
#![forbid(unsafe_code)]

use crate::engine::Module;
use crate::limits::MAX_SHOWN_NAMES;
use crate::plugin::needs::candidates::Candidates;
use crate::plugin::needs::section::Declared;
use crate::plugin::needs::want::Want;
use crate::plugin::registry::search;
use crate::status::{Error, Result};
use crate::text;
use libvm_abi as abi;
use std::path::{Path, PathBuf};

/// Returns what a module needs because it declares a plug-in. A module from memory has no directory: its plug-in is looked up by name, as
/// one whose path leads to no file.
///
/// # Errors
/// `STATUS_PLUGIN_NOT_ALLOWED` for a file outside of the directories of the registry, links resolved; those of finding a file.
pub fn want(declared: &Declared, module: &Module, candidates: &Candidates<'_>) -> Result<Want> {
    let Declared { name, range, path } = declared;
    let mut made = Want { name: name.clone(), range: range.clone(), file: None, why: String::new() };
    made.why = format!("the module declares plug-in {}", made.title());
    let folder = module.path().and_then(Path::parent).filter(|_| !path.is_empty());
    if let Some(folder) = folder {
        made.file = file(&folder.join(path), name, candidates).map_err(|error| error.while_doing(&made.why))?;
    }
    Ok(made)
}

/// Returns the file at a path without ending, with all links resolved; `None` if there is none.
fn file(path: &Path, name: &str, candidates: &Candidates<'_>) -> Result<Option<PathBuf>> {
    let found = match search::resolve(path) {
        Ok(found) => found,
        Err(error) if error.status() == abi::STATUS_PLUGIN_NOT_FOUND => return Ok(None),
        Err(error) => return Err(error),
    };
    let real = found.canonicalize().map_err(|error| Error::io("find the plug-in", &found, &error).of_plugin(name))?;
    let is_inside = |root: &PathBuf| root.canonicalize().is_ok_and(|root| real.starts_with(root));
    if candidates.roots().iter().any(is_inside) {
        return Ok(Some(real));
    }
    let message = format!(
        "it names the file {}, which is outside of the directories for plug-ins; a host that trusts its directory adds it with \
         VM_PluginRegistryAddSearchDirectory",
        text::name(&real.to_string_lossy())
    );
    let error = Error::new(abi::STATUS_PLUGIN_NOT_ALLOWED, message).of_plugin(name).at_path(&real);
    Err(with_searched(error, candidates))
}

/// Appends the directories that were searched.
pub fn with_searched(error: Error, candidates: &Candidates<'_>) -> Error {
    let searched = candidates.searched();
    let mut error = error.with_line("  the directories for plug-ins:");
    for directory in searched.iter().take(MAX_SHOWN_NAMES) {
        error = error.with_line(&format!("    {directory}"));
    }
    match searched.len().saturating_sub(MAX_SHOWN_NAMES) {
        0 => error,
        more => error.with_line(&format!("    and {more} more")),
    }
}
