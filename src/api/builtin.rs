//! Plug-ins that are linked into the host.

use super::error::{Result, guard};
use super::plugin::PluginRegistry;
use crate::plugin::Builtin as Linked;
use libvm_abi::{Builtin, PluginBuiltin};

impl PluginRegistry {
    /// Loads a plug-in in Rust that is linked into the host: pass `BUILTIN` of its crate, which is a dependency with its feature
    /// `builtin`.
    ///
    /// # Errors
    /// As for a file: those of its manifest, of the policy, and of its start.
    pub fn add_builtin(&self, builtin: &'static impl Builtin) -> Result<()> {
        let builtin: *const PluginBuiltin = builtin.as_abi();
        // SAFETY: a `Builtin` describes a plug-in that is linked in, and stays.
        unsafe { self.add_builtin_pointer(builtin) }
    }

    /// Loads a plug-in in C that is linked into the host: pass a pointer to `libvm_builtin_<name>`.
    ///
    /// # Errors
    /// As for [`add_builtin`](Self::add_builtin).
    ///
    /// # Safety
    /// The pointer is null, or the plug-in that it describes follows the plug-in ABI and stays linked as long as the process.
    pub unsafe fn add_builtin_pointer(&self, builtin: *const PluginBuiltin) -> Result<()> {
        guard(|| {
            // SAFETY: promised by the caller.
            let builtin = unsafe { Linked::read(builtin)? };
            self.inner().register_builtin(&builtin).map(drop)
        })
    }
}
