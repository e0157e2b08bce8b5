//! A plug-in's library: opening it, and calling its entry.

use crate::plugin::file::manifest::{KNOWN_SIZE, Manifest};
use crate::plugin::file::object_file::FileId;
use crate::plugin::host::object::Host;
use crate::plugin::native::descriptor::{self, Descriptor};
use crate::plugin::native::frozen::{Copy, Frozen};
use crate::plugin::native::open::{Library, open_library, reason, respelt};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::mem;
use std::path::Path;
use std::sync::Arc;

/// A plug-in's entry function, found but not called, and what keeps it mapped.
#[derive(Clone)]
pub struct Code {
    entry: abi::Entry,
    /// Closed with the last owner, the library before what it is mapped from; `None` if it stays mapped until the process ends.
    _library: Option<Arc<(Library, Option<Arc<Copy>>)>>,
}

/// A plug-in linked into the host.
pub struct Builtin {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its entry function.
    pub code: Code,
    /// Its identity.
    pub id: FileId,
}

/// Where a built-in plug-in was found, in messages.
pub const BUILTIN_PLACE: &str = "built into the program";

impl Builtin {
    /// Reads the struct that a plug-in's source defines when compiled with `VM_PLUGIN_BUILTIN`.
    ///
    /// # Errors
    /// `STATUS_NULL_ARGUMENT`, `STATUS_PLUGIN_BAD_DESCRIPTOR` if it is too small, `STATUS_PLUGIN_BAD_MANIFEST`.
    ///
    /// # Safety
    /// `builtin` is NULL or points to such a struct, whose manifest has the size that it contains and whose entry is a plug-in's; all
    /// of it is valid until the process ends.
    pub unsafe fn read(builtin: *const abi::PluginBuiltin) -> Result<Self> {
        let null = |what: &str| Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} of a built-in plug-in is NULL"));
        if builtin.is_null() {
            return Err(null("the descriptor"));
        }
        // SAFETY: it is not NULL, and the caller promises that its size can be read.
        let size = unsafe { (*builtin).size } as usize;
        if size < size_of::<abi::PluginBuiltin>() {
            let least = size_of::<abi::PluginBuiltin>();
            let message =
                format!("the VM_PluginBuiltin of a built-in plug-in has {size} bytes, and at least {least} are required");
            return Err(Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message));
        }
        // SAFETY: it is as large as what is read here.
        let (manifest, entry) = unsafe { ((*builtin).manifest, (*builtin).entry) };
        if manifest.is_null() {
            return Err(null("the manifest"));
        }
        let entry = entry.ok_or_else(|| null("the entry"))?;
        // SAFETY: the manifest begins with its size, and the caller promises that this many bytes can be read.
        let bytes = unsafe {
            let size = (*manifest).size as usize;
            std::slice::from_raw_parts(manifest.cast::<u8>(), size.clamp(4, KNOWN_SIZE))
        };
        let manifest_read = Manifest::parse(bytes, BUILTIN_PLACE)?;
        Ok(Self { manifest: manifest_read, code: Code { entry, _library: None }, id: FileId::Builtin(manifest.addr()) })
    }
}

impl Code {
    /// Opens the plug-in's library, which has these bytes and this manifest; `path` is absolute.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_LOAD` with the system's reason, or if the mapped library is not the one of this file.
    pub fn open(path: &Path, manifest: &Manifest, frozen: &Frozen) -> Result<Self> {
        let failed = |why: String| {
            let message = format!("{} in {} could not be opened: {why}", manifest.title(), path.display());
            Error::new(abi::STATUS_PLUGIN_LOAD, message).at_path(path).of_plugin(&manifest.name)
        };
        let look = |library: Library| -> Result<(Library, bool), String> {
            // SAFETY: this looks up the address of a symbol; nothing is called.
            let mapped = *unsafe { library.get::<*const u8>(abi::MANIFEST_SYMBOL) }.map_err(reason)?;
            // SAFETY: every manifest has a size, and one with the same size is at least as long as the known bytes.
            let same = unsafe {
                let size = mapped.cast::<u32>().read_unaligned();
                manifest.bytes.starts_with(&size.to_ne_bytes())
                    && std::slice::from_raw_parts(mapped, manifest.bytes.len()) == &*manifest.bytes
            };
            Ok((library, same))
        };
        let (library, copy) = frozen.open(path).map_err(failed)?;
        let (mut library, mut same) = look(library).map_err(failed)?;
        if !same && copy.is_none() && !frozen.is_checked() {
            // Another component had opened the previous file.
            (library, same) = open_library(&respelt(path)).map_err(reason).and_then(look).map_err(failed)?;
        }
        if !same {
            return Err(failed("the file was changed while it is in use; restart the program".to_owned()));
        }
        // SAFETY: a plug-in with a manifest promises that this symbol is an entry function.
        let entry = *unsafe { library.get::<abi::Entry>(abi::ENTRY_SYMBOL) }.map_err(|error| failed(reason(error)))?;
        if manifest.flags & abi::PLUGIN_UNLOADABLE != 0 {
            return Ok(Self { entry, _library: Some(Arc::new((library, copy))) });
        }
        // Threads and handlers of a plug-in may run until the process ends, unless it says otherwise.
        mem::forget((library, copy));
        Ok(Self { entry, _library: None })
    }

    /// Calls the entry and reads the descriptor that it returns; `place` is where the plug-in was found, for messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason, if there is one; `STATUS_PLUGIN_BAD_DESCRIPTOR`,
    /// `STATUS_BAD_SIGNATURE`, naming the module and the function.
    pub fn describe(&self, host: &Host, manifest: &Manifest, place: &str) -> Result<Descriptor> {
        // SAFETY: it is a plug-in's entry, and the host does not move while the plug-in exists.
        let (raw, reason) = host.listen(|| unsafe { (self.entry)(host.as_abi()) }, |_| abi::STATUS_PLUGIN_FAILED);
        if let (true, Some(reason)) = (raw.is_null(), reason) {
            let message = format!("{} of {} {place} failed: {reason}", abi::ENTRY_SYMBOL, manifest.title());
            return Err(Error::new(abi::STATUS_PLUGIN_INITIALIZE, message));
        }
        // SAFETY: the entry returned NULL or a descriptor with everything that it points to.
        unsafe { descriptor::read(raw, manifest, host.name(), place, self.entry as usize) }
    }
}
