//! What provides the imports of a module.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::module_file::ModuleFile;
use crate::table::Table;
use crate::text;
use vm::{Context, ExaminedImport, ImportState, Module, Provider, Status};

/// Lines of a message.
const SHOWN: usize = 20;

/// Checks that everything that a module imports is provided.
///
/// # Errors
/// What is not, by what it would be, and what to do.
pub fn require(context: &mut Context, module: &Module, file: &ModuleFile) -> Result<(), Failure> {
    let found = context.examine_module(module)?;
    let total = found.imports.len();
    let lacking: Vec<&ExaminedImport> = found.imports.iter().filter(|import| import.state != ImportState::Satisfied).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let mut lines = Table::new(&[]);
    for import in lacking.iter().take(SHOWN) {
        lines.row([format!("  {}", name(import)), provided(import)]);
    }
    let more = match lacking.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("  and {more} more\n"),
    };
    let verb = if lacking.len() == 1 { "is" } else { "are" };
    let of = if total == 1 { "its import".to_owned() } else { format!("{} of its {total} imports", lacking.len()) };
    let message = format!("{} cannot be linked: {of} {verb} not provided\n{lines}{more}", file.shown());
    Err(Failure::new(Exit::NOT_RUNNABLE, message.trim_end()).with_status(Status::UNRESOLVED_IMPORT))
}

/// Returns the name of an import as messages show it.
pub fn name(import: &ExaminedImport) -> String {
    format!("{}.{}", text::name(&import.module), text::name(&import.name))
}

/// Returns what provides an import of a module that is only inspected, in words.
pub fn provider(import: &ExaminedImport) -> String {
    let plugin = || {
        let version = import.version.as_deref().unwrap_or_default();
        let place = import.path.as_deref().map_or_else(String::new, |path| format!(", {}", text::path(path)));
        format!("plug-in `{}` {}{place}", text::name(import.plugin.as_deref().unwrap_or_default()), text::name(version))
    };
    match (import.state, import.provider) {
        (ImportState::Satisfied, Some(Provider::Wasi)) => "WASI".into(),
        (ImportState::Satisfied | ImportState::Loadable, _) => plugin(),
        (ImportState::Unknown, _) => format!("perhaps {}: its functions are not known before it was loaded once", plugin()),
        (ImportState::Mismatch | ImportState::Missing, _) => provided(import),
    }
}

/// Returns by what an import is provided, or would be, in words.
fn provided(import: &ExaminedImport) -> String {
    let plugin = import.plugin.as_deref().map(text::name).unwrap_or_default();
    match (import.state, import.provider) {
        (ImportState::Satisfied, Some(Provider::Wasi)) => "by WASI".into(),
        (ImportState::Satisfied, _) => format!("by the plug-in `{plugin}`"),
        (ImportState::Loadable, _) => {
            format!("by the plug-in `{plugin}`, which is installed but not allowed: add --plugin {plugin}")
        }
        (ImportState::Unknown, _) => {
            format!("perhaps by the plug-in `{plugin}`, which is installed but not allowed: add --plugin {plugin}")
        }
        (ImportState::Mismatch, Some(Provider::Wasi)) => format!("by WASI with another type: {}", text::name(&import.message)),
        (ImportState::Mismatch, _) => format!("by the plug-in `{plugin}` with another type: {}", text::name(&import.message)),
        (ImportState::Missing, _) if !plugin.is_empty() => {
            format!("by the plug-in `{plugin}`, which cannot be loaded: {}", text::name(&import.message))
        }
        (ImportState::Missing, _) => format!("by nothing that is installed{}", meant(import)),
    }
}

fn meant(import: &ExaminedImport) -> String {
    let Some(nearest) = &import.nearest else { return String::new() };
    // A module that nothing has is the one whose name is mistyped.
    let of = match &import.nearest_plugin {
        Some(plugin) => format!(" of the plug-in `{}`", text::name(plugin)),
        None => String::new(),
    };
    let item = if import.nearest_is_module {
        format!("{}.{}", text::name(nearest), text::name(&import.name))
    } else {
        format!("{}.{}", text::name(&import.module), text::name(nearest))
    };
    format!("; did you mean `{item}`{of}?")
}
