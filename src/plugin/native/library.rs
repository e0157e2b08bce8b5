//! Running a plug-in's code: opening the library, its entry, initialize and create.

use crate::plugin::file::manifest::{KNOWN_SIZE, Manifest};
use crate::plugin::file::object_file::FileId;
use crate::plugin::host::{Host, SelfObject};
use crate::plugin::native::descriptor::{self, Descriptor};
use crate::plugin::native::frozen::Frozen;
use crate::status::{self, Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::collections::HashMap;
use std::ffi::{OsString, c_void};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// A plug-in's entry function, found but not called, and what keeps it mapped.
#[derive(Clone)]
pub struct Code {
    entry: abi::Entry,
    /// Closed with the last owner; `None` for what stays until the process ends.
    _library: Option<Arc<Library>>,
}

/// The functions of a plug-in's life. That they are what the ABI says is the plug-in's promise, made by having the two symbols.
#[derive(Debug, Default)]
pub struct Life {
    pub(super) create: Option<abi::Create>,
    pub(super) destroy: Option<abi::Free>,
    pub(super) initialize: Option<abi::Initialize>,
    pub(super) cleanup: Option<abi::Free>,
    pub(super) get_extension: Option<abi::GetExtension>,
}

/// A plug-in linked into the host.
pub struct Builtin {
    /// Who it is.
    pub manifest: Manifest,
    /// Where it begins.
    pub code: Code,
    /// Which one it is.
    pub id: FileId,
}

/// How messages say where a built-in plug-in was found.
pub const BUILTIN_PLACE: &str = "built into the program";

impl Builtin {
    /// Reads what a plug-in's source defines when compiled with `VM_PLUGIN_BUILTIN`.
    ///
    /// # Errors
    /// `STATUS_NULL_ARGUMENT`, `STATUS_PLUGIN_BAD_DESCRIPTOR` when it is too small, `STATUS_PLUGIN_BAD_MANIFEST`.
    ///
    /// # Safety
    /// `builtin` is NULL or points to such a struct, whose manifest is as large as it says and whose entry is a plug-in's; all
    /// of it stays as long as the process.
    pub unsafe fn read(builtin: *const abi::PluginBuiltin) -> Result<Self> {
        let null = |what: &str| Error::new(abi::STATUS_NULL_ARGUMENT, format!("{what} of a built-in plug-in is NULL"));
        if builtin.is_null() {
            return Err(null("the descriptor"));
        }
        // SAFETY: it is not NULL, and the caller promises that its size is there.
        let size = unsafe { (*builtin).size } as usize;
        if size < size_of::<abi::PluginBuiltin>() {
            let least = size_of::<abi::PluginBuiltin>();
            let message = format!("a built-in plug-in has a VM_PluginBuiltin of {size} bytes, and {least} are needed");
            return Err(Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message));
        }
        // SAFETY: it is as large as is read here.
        let (manifest, entry) = unsafe { ((*builtin).manifest, (*builtin).entry) };
        if manifest.is_null() {
            return Err(null("the manifest"));
        }
        let entry = entry.ok_or_else(|| null("the entry"))?;
        // SAFETY: the manifest begins with its size, and the caller promises that so many bytes are there.
        let bytes = unsafe {
            let size = (*manifest).size as usize;
            std::slice::from_raw_parts(manifest.cast::<u8>(), size.clamp(4, KNOWN_SIZE))
        };
        let manifest_read = Manifest::parse(bytes, BUILTIN_PLACE)?;
        Ok(Self { manifest: manifest_read, code: Code { entry, _library: None }, id: FileId::Builtin(manifest.addr()) })
    }
}

#[cfg(unix)]
pub(super) type Library = libloading::os::unix::Library;
#[cfg(windows)]
pub(super) type Library = libloading::os::windows::Library;

/// Opens a library.
#[cfg(unix)]
pub(super) fn open_library(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
    // SAFETY: it runs the library's constructors. That this is wanted, the registry's policy says; that the file is a whole
    // library with a manifest was checked.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
}

/// Opens a library; it finds the libraries that it needs beside itself.
#[cfg(windows)]
pub(super) fn open_library(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::windows::LOAD_WITH_ALTERED_SEARCH_PATH;
    // SAFETY: as on Unix.
    unsafe { Library::load_with_flags(path, LOAD_WITH_ALTERED_SEARCH_PATH) }
}

/// What may stand behind a `/` in a path and means nothing, never the same in this process: a number, of which `./` and `/` are
/// the digits.
pub(super) fn spelling() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    (0..=number.ilog2()).map(|digit| if number >> digit & 1 == 1 { "./" } else { "/" }).collect()
}

/// The same path in a way in which it was never spelt in this process: `/a/./b` for `/a/b`.
fn respelt(path: &Path) -> PathBuf {
    let mut made = OsString::from(path.parent().unwrap_or(Path::new("/")));
    made.push(std::path::MAIN_SEPARATOR_STR);
    made.push(spelling());
    made.push(path.file_name().unwrap_or_default());
    PathBuf::from(made)
}

/// Opens the file at a path. The loader knows libraries by path, and gives the one that it has when a file was put in its place:
/// it looks at the file again when the path is spelt in a new way.
fn open_file(path: &Path, id: &FileId) -> Result<Library, String> {
    let text = path.to_string_lossy();
    if cfg!(unix) && ["$ORIGIN", "${ORIGIN}", "$LIB", "${LIB}", "$PLATFORM", "${PLATFORM}"].iter().any(|name| text.contains(name))
    {
        return Err("the system's loader takes the `$` in it for a variable, and would open another file; rename it".to_owned());
    }
    static FIRST: LazyLock<Mutex<HashMap<PathBuf, FileId>>> = LazyLock::new(Mutex::default);
    let first = FIRST.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_insert_with(|| id.clone()).clone();
    let opened = if first == *id { open_library(path) } else { open_library(&respelt(path)) };
    opened.map_err(reason)
}

/// Why the system did not do it.
pub(super) fn reason(error: libloading::Error) -> String {
    match std::error::Error::source(&error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

impl Code {
    /// Opens the plug-in's library, which is this file with this manifest; `path` is absolute. Where its bytes are `frozen`,
    /// they are opened.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_LOAD` with the system's reason, or when the library that is mapped is not the one of this file.
    pub fn open(path: &Path, id: &FileId, manifest: &Manifest, frozen: Option<&Frozen>) -> Result<Self> {
        let failed = |why: String| {
            let message = format!("{} in {} could not be opened: {why}", manifest.title(), path.display());
            Error::new(abi::STATUS_PLUGIN_LOAD, message).at_path(path).of_plugin(&manifest.name)
        };
        let look = |library: Library| -> Result<(Library, bool), String> {
            // SAFETY: a symbol's address is asked for; nothing is called.
            let mapped = *unsafe { library.get::<*const u8>(abi::MANIFEST_SYMBOL) }.map_err(reason)?;
            // SAFETY: every manifest has a size, and one of the same size is at least as long as the bytes known of it.
            let same = unsafe {
                let size = mapped.cast::<u32>().read_unaligned();
                manifest.bytes.starts_with(&size.to_ne_bytes())
                    && std::slice::from_raw_parts(mapped, manifest.bytes.len()) == &*manifest.bytes
            };
            Ok((library, same))
        };
        let opened = match frozen {
            Some(frozen) => frozen.open(path),
            None => open_file(path, id),
        };
        let (mut library, mut same) = opened.and_then(look).map_err(failed)?;
        if !same && frozen.is_none() {
            // Somebody else had opened what was there before.
            (library, same) = open_library(&respelt(path)).map_err(reason).and_then(look).map_err(failed)?;
        }
        if !same {
            return Err(failed("the file was changed while it is in use; restart the program".to_owned()));
        }
        // SAFETY: the manifest says that this symbol is an entry function.
        let entry = *unsafe { library.get::<abi::Entry>(abi::ENTRY_SYMBOL) }.map_err(|error| failed(reason(error)))?;
        if manifest.flags & abi::PLUGIN_UNLOADABLE != 0 {
            return Ok(Self { entry, _library: Some(Arc::new(library)) });
        }
        // What a plug-in started may run until the process ends, unless it says otherwise.
        mem::forget(library);
        Ok(Self { entry, _library: None })
    }

    /// Calls the entry, and reads the descriptor that it gives; `place` says for messages where the plug-in was found.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`, `STATUS_BAD_SIGNATURE`, naming the module and the function.
    pub fn describe(&self, host: &Host, manifest: &Manifest, place: &str) -> Result<Descriptor> {
        // SAFETY: it is a plug-in's entry, and the host stays where it is until the plug-in is gone.
        let raw = unsafe { (self.entry)(host.as_abi()) };
        // SAFETY: the entry answers NULL or a descriptor with all that it points to.
        unsafe { descriptor::read(raw, manifest, host.name(), place, self.entry as usize) }
    }
}

impl Life {
    /// Calls `initialize`, and gives its data, which `cleanup` frees; `what` names the plug-in for messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason; then `cleanup` is not called.
    pub fn initialize(&self, host: &Host, what: &str) -> Result<UserData> {
        let mut data: *mut c_void = std::ptr::null_mut();
        if let Some(initialize) = self.initialize {
            // SAFETY: the plug-in's own function, with a host that outlives the plug-in.
            let (status, reason) = host.listen(|| unsafe { initialize(host.as_abi(), host.plugin(), &mut data) });
            require_ok(status, reason, what, "initialize")?;
        }
        host.set_data(data);
        Ok(UserData::new(data, self.cleanup))
    }

    /// Calls `create`, and gives the instance, which `destroy` frees; `what` names the plug-in for messages. Without a
    /// `create` the instance is the data of `initialize`, and `destroy` is not called.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason; then `destroy` is not called.
    pub fn create(&self, host: &Host, myself: &SelfObject, what: &str) -> Result<UserData> {
        let Some(create) = self.create else { return Ok(UserData::new(host.data(), None)) };
        let mut instance: *mut c_void = std::ptr::null_mut();
        // SAFETY: the plug-in's own function, with a host and a self that outlive the instance.
        let (status, reason) = host.listen(|| unsafe { create(host.as_abi(), myself.as_abi(), &mut instance) });
        require_ok(status, reason, what, "create")?;
        Ok(UserData::new(instance, self.destroy))
    }

    /// Whether instances are something of their own.
    pub fn has_instances(&self) -> bool {
        self.create.is_some()
    }
}

/// The error of a function of a plug-in's life that did not answer OK.
pub(super) fn require_ok(status: abi::Status, reason: Option<String>, what: &str, function: &str) -> Result<()> {
    if status == abi::STATUS_OK {
        return Ok(());
    }
    let answer = match status::name(status) {
        Some(name) if status < 0 => name.to_string_lossy().into_owned(),
        Some(name) => format!("{}, which means nothing here", name.to_string_lossy()),
        None => format!("{status}, which is no status"),
    };
    let reason = reason.map_or_else(|| format!("answered {answer} and gave no reason"), |reason| format!("failed: {reason}"));
    Err(Error::new(abi::STATUS_PLUGIN_INITIALIZE, format!("{function} of {what} {reason}")))
}
