//! A plug-in that a registry has loaded, and its presence in a context.
#![forbid(unsafe_code)]

use crate::engine::trampoline::UserData;
use crate::host::HostModule;
use crate::log::Logger;
use crate::plugin::load::descriptor::{Descriptor, ModuleInfo};
use crate::plugin::load::frozen::Frozen;
use crate::plugin::load::{BUILTIN_PLACE, Code};
use crate::plugin::manifest::Manifest;
use crate::plugin::object_file::{FileId, PluginFile};
use crate::plugin::options::OptionInfo;
use crate::plugin::services::options::Options;
use crate::plugin::services::{Host, SelfObject};
use crate::plugin::shared::Shared;
use crate::plugin::trust::{self, Hash};
use crate::plugin::values::{self, GivenOptions};
use crate::plugin::version::Version;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};
use std::time::SystemTime;

/// A plug-in that a registry has loaded. Dropping the last owner calls its `cleanup`; its library stays mapped.
pub struct Plugin {
    // The fields go in this order: cleanup runs first, then the host that it may use, then what the plug-in depends on.
    data: OnceLock<UserData>,
    host: Host,
    descriptor: OnceLock<Descriptor>,
    manifest: Manifest,
    file: Option<LoadedFile>,
    id: FileId,
    shared: Arc<Shared>,
    _needs: Vec<Arc<Plugin>>,
}

/// The file of a plug-in that is loaded.
pub struct LoadedFile {
    path: PathBuf,
    stamp: (u64, Option<SystemTime>),
    /// What was checked, which stays open: another file with its number would be taken for it.
    frozen: Option<(PluginFile, Hash)>,
}

impl LoadedFile {
    /// The file at a path, absolute, as it was when it was checked.
    pub(super) fn new(path: PathBuf, stamp: (u64, Option<SystemTime>), frozen: Option<Frozen>) -> Self {
        Self { path, stamp, frozen: frozen.map(Frozen::into_original) }
    }

    /// Where it was found.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The hash of what is loaded.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH` when the file was changed since it was loaded without being hashed; those of opening a file.
    pub(super) fn hash(&self, plugin: &Plugin) -> Result<Hash> {
        if let Some((_, hash)) = &self.frozen {
            return Ok(*hash);
        }
        let file = PluginFile::open(&self.path).map_err(|error| plugin.blame(error))?;
        if file.id() != plugin.id() || file.stamp() != self.stamp {
            let message = format!("{} was changed since it was loaded; load it again in a new registry", plugin.what());
            return Err(plugin.blame(Error::new(abi::STATUS_PLUGIN_HASH, message)));
        }
        Ok(trust::hash(&file.read_all()?))
    }
}

impl Plugin {
    /// Starts a plug-in: entry, descriptor, `initialize`. `file` is `None` for a built-in one; `needs` are the plug-ins that it
    /// depends on, which are kept as long as it; `shared` is the registry's.
    pub(super) fn start(
        code: Code,
        manifest: Manifest,
        file: Option<LoadedFile>,
        id: FileId,
        (needs, shared): (Vec<Arc<Plugin>>, &Arc<Shared>),
    ) -> Result<Arc<Self>> {
        let minor = manifest.abi_minor_built.min(abi::ABI_MINOR);
        let made = Arc::new_cyclic(|this: &Weak<Self>| {
            let host = Host::new(&manifest.name, minor, this.as_ptr().cast_mut().cast());
            Self {
                data: OnceLock::new(),
                host,
                descriptor: OnceLock::new(),
                manifest,
                file,
                id,
                shared: Arc::clone(shared),
                _needs: needs,
            }
        });
        let descriptor = code.describe(&made.host, &made.manifest, &made.place()).map_err(|error| made.blame(error))?;
        let descriptor = made.descriptor.get_or_init(|| descriptor);
        let data = descriptor.life.initialize(&made.host, &made.what()).map_err(|error| made.blame(error))?;
        made.data.get_or_init(|| data);
        Ok(made)
    }

    fn blame(&self, error: Error) -> Error {
        let error = error.of_plugin(self.name());
        match self.path() {
            Some(path) => error.at_path(path),
            None => error,
        }
    }

    /// How messages say where it was found.
    pub(super) fn place(&self) -> String {
        self.path().map_or_else(|| BUILTIN_PLACE.to_owned(), |path| format!("in {}", path.display()))
    }

    fn what(&self) -> String {
        format!("{} {}", self.manifest.title(), self.place())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// Its version.
    pub fn version(&self) -> &Version {
        &self.manifest.version
    }

    /// Who it says that it is: description, licence, permissions, dependencies, flags, ABI versions.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The file that it was loaded from, absolute; `None` for a built-in one.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(LoadedFile::path)
    }

    /// That file.
    pub(super) fn file(&self) -> Option<&LoadedFile> {
        self.file.as_ref()
    }

    /// Which file it is.
    pub fn id(&self) -> &FileId {
        &self.id
    }

    /// The ABI's minor version that it and this library speak.
    pub fn abi_minor(&self) -> u32 {
        self.manifest.abi_minor_built.min(abi::ABI_MINOR)
    }

    /// The wasm modules that it provides. Their functions want the pointer of a [`PluginInstance`] of this plug-in.
    pub fn modules(&self) -> &[Arc<HostModule>] {
        self.descriptor.get().map_or(&[], |descriptor| &descriptor.modules)
    }

    /// Finds a wasm module by name.
    pub fn find_module(&self, name: &str) -> Option<&Arc<HostModule>> {
        self.modules().iter().find(|module| module.name() == name)
    }

    /// What its modules say about themselves, in the order of [`Plugin::modules`].
    pub fn module_infos(&self) -> &[ModuleInfo] {
        self.descriptor.get().map_or(&[], |descriptor| &descriptor.module_infos)
    }

    /// The options that it has.
    pub fn options(&self) -> &[OptionInfo] {
        self.descriptor.get().map_or(&[], |descriptor| &descriptor.options)
    }

    /// Makes the plug-in's instance in a context, whose log gets the lines that the plug-in writes for it. `scope` is the
    /// context's name, and `given` what the host says of options.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_OPTION`; `STATUS_PLUGIN_INITIALIZE` with the plug-in's own reason; `STATUS_BUSY` while the plug-in is still being loaded.
    pub fn create_instance(
        self: &Arc<Self>,
        logger: &Logger,
        scope: Option<&str>,
        given: &GivenOptions,
    ) -> Result<PluginInstance> {
        let starting = || Error::new(abi::STATUS_BUSY, format!("{} is still being loaded", self.what()));
        let descriptor = self.descriptor.get().filter(|_| self.data.get().is_some()).ok_or_else(starting)?;
        // Shared rather than boxed: the plug-in has a pointer to it, which moving a box would make invalid.
        let options = Options::new(values::resolve(self.name(), self.options(), &self.shared.options_with(self.name(), given))?);
        let state = self.shared.states.of(self.name(), scope);
        let myself = Arc::new(SelfObject::new(logger.clone(), options, state));
        let instance = descriptor.life.create(&self.host, &myself, &self.what()).map_err(|error| self.blame(error))?;
        Ok(PluginInstance { instance, _myself: myself, plugin: self.clone() })
    }
}

/// A plug-in's presence in one context. Dropping it calls the plug-in's `destroy`, on that thread.
pub struct PluginInstance {
    // The fields go in this order: destroy runs first, then its name for itself, then the plug-in.
    instance: UserData,
    _myself: Arc<SelfObject>,
    plugin: Arc<Plugin>,
}

impl PluginInstance {
    /// What the plug-in's callbacks get as their first argument.
    pub fn pointer(&self) -> *mut c_void {
        self.instance.pointer()
    }

    /// The plug-in.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }
}
