//! A plug-in that a registry has loaded.
#![forbid(unsafe_code)]

use crate::engine::{HostFunction, Module};
use crate::event_loop::Owner;
use crate::hooks::HookInfo;
use crate::host::HostModule;
use crate::log::Logger;
use crate::plugin::compiled::{Compiled, Origin};
use crate::plugin::compilers::Compilers;
use crate::plugin::directories::Directories;
use crate::plugin::file::hash::{self, Hash};
use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file::{FileId, PluginFile};
use crate::plugin::file::version::Version;
use crate::plugin::host::loop_use::LoopUse;
use crate::plugin::host::object::Host;
use crate::plugin::host::presence::SelfObject;
use crate::plugin::host::presence::Services;
use crate::plugin::host::table;
use crate::plugin::host::values::Options;
use crate::plugin::made::Made;
use crate::plugin::native::answer::{Answer, Answers};
use crate::plugin::native::compiler;
use crate::plugin::native::dependencies::{Dependencies, Examiner};
use crate::plugin::native::descriptor::{Descriptor, ModuleInfo};
use crate::plugin::native::extension::{Extensions, Snapshot};
use crate::plugin::native::frozen::Frozen;
use crate::plugin::native::hooks;
use crate::plugin::native::library::{BUILTIN_PLACE, Code};
use crate::plugin::native::stream::Streams;
use crate::plugin::options::OptionInfo;
use crate::plugin::options::given::{self, GivenOptions};
use crate::plugin::permissions::{Grants, Permissions};
use crate::plugin::shared::{REGISTRY_SCOPE, Shared};
use crate::plugin::threading::gate::Gate;
use crate::plugin::threading::turn::Turn;
use crate::status::{Error, Result};
use crate::user_data::UserData;
use libvm_abi as abi;
use once_cell::sync::OnceCell;
use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

/// A loaded plug-in of a registry. Dropping the last owner destroys a singleton's instance, calls the plug-in's
/// `cleanup`, and closes its library, if that can be unloaded.
pub struct Plugin {
    /// Separate, because dropping it may have to wait; it is taken then.
    running: Option<Arc<Running>>,
    manifest: Manifest,
    file: Option<LoadedFile>,
    id: FileId,
}

/// Everything that is dropped with a plug-in, in this order: answers about modules, a singleton's instance, `cleanup`, the host that they may use, the
/// library, and the plug-ins that it depends on.
struct Running {
    /// What it has answered about modules: its functions free their data.
    answers: Answers,
    singleton: OnceLock<Made>,
    /// The turn of creating that instance.
    making: Turn,
    /// What it has compiled for modules is released before `cleanup`.
    compilers: OnceCell<Compilers>,
    /// What the plug-in has in the event loop ends before `cleanup`.
    loop_use: LoopEnd,
    data: OnceLock<UserData>,
    host: Host,
    extensions: Extensions,
    descriptor: OnceLock<Descriptor>,
    streams: OnceLock<Streams>,
    hooks: OnceLock<Vec<HookInfo>>,
    _code: Code,
    needs: Mutex<Vec<Arc<Plugin>>>,
    shared: Arc<Shared>,
}

/// Ends a plug-in's use of the event loop.
#[derive(Default)]
struct LoopEnd(OnceLock<Arc<LoopUse>>);

impl Drop for LoopEnd {
    fn drop(&mut self) {
        if let Some(loop_use) = self.0.get() {
            loop_use.end();
        }
    }
}

/// Calls a plug-in's functions from the event loop: through its gate, and not while it is being dropped.
struct LoopOwner(Weak<Plugin>);

impl Owner for LoopOwner {
    fn run(&self, work: &mut dyn FnMut()) {
        if let Some(plugin) = self.0.upgrade() {
            if let Ok(_turn) = plugin.gate().enter(None) {
                work();
            }
        }
    }
}

/// The file of a loaded plug-in.
pub struct LoadedFile {
    path: PathBuf,
    hash: Hash,
    /// Whether the hash was checked.
    checked: bool,
    /// The values of options that its package has.
    options: GivenOptions,
}

impl LoadedFile {
    /// Creates it from the file that was read at an absolute path; `options` are those of its package.
    pub(in crate::plugin) fn new(path: PathBuf, frozen: &Frozen, options: GivenOptions) -> Self {
        Self { path, hash: *frozen.hash(), checked: frozen.is_checked(), options }
    }

    /// Returns whether a file, which may be this one, has the bytes that are loaded.
    ///
    /// # Errors
    /// Those of reading the file.
    pub(in crate::plugin) fn has_bytes_of(&self, file: &PluginFile) -> Result<bool> {
        Ok(hash::hash(&file.read_all()?) == self.hash)
    }

    /// Returns where it was found.
    pub(in crate::plugin) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the hash of what is loaded.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_HASH` if the file was changed since it was loaded without being hashed; those of opening a file.
    pub(in crate::plugin) fn hash(&self, plugin: &Plugin) -> Result<Hash> {
        if self.checked {
            return Ok(self.hash);
        }
        let file = PluginFile::open(&self.path).map_err(|error| plugin.blame(error))?;
        if !self.has_bytes_of(&file).map_err(|error| plugin.blame(error))? {
            let message = format!("{} was changed since it was loaded; load it again in a new registry", plugin.what());
            return Err(plugin.blame(Error::new(abi::STATUS_PLUGIN_HASH, message)));
        }
        Ok(hash::hash(&file.read_all()?))
    }
}

impl Plugin {
    /// Starts a plug-in: entry, descriptor, `initialize`. `file` is `None` for a built-in one; `needs` are the plug-ins that it
    /// depends on, which are kept as long as it; `shared` is the registry's.
    pub(in crate::plugin) fn start(
        code: Code,
        manifest: Manifest,
        file: Option<LoadedFile>,
        id: FileId,
        (needs, shared): (Vec<Arc<Plugin>>, &Arc<Shared>),
    ) -> Result<Arc<Self>> {
        let minor = manifest.abi_minor_built.min(abi::ABI_MINOR);
        let running = Arc::new(Running {
            answers: Answers::default(),
            singleton: OnceLock::new(),
            making: Turn::default(),
            compilers: OnceCell::new(),
            loop_use: LoopEnd::default(),
            data: OnceLock::new(),
            host: table::new(&manifest.name, minor),
            extensions: Extensions::default(),
            descriptor: OnceLock::new(),
            streams: OnceLock::new(),
            hooks: OnceLock::new(),
            _code: code.clone(),
            needs: Mutex::new(needs),
            shared: Arc::clone(shared),
        });
        let made = Arc::new(Self { running: Some(running), manifest, file, id });
        let running = made.running();
        let owner = Arc::new(LoopOwner(Arc::downgrade(&made)));
        let loop_use = running.loop_use.0.get_or_init(|| Arc::new(LoopUse::new(&shared.event_loop, owner)));
        running.host.set_loop_use(loop_use);
        let descriptor = code.describe(&running.host, &made.manifest, &made.place()).map_err(|error| made.blame(error))?;
        let descriptor = running.descriptor.get_or_init(|| descriptor);
        let turn = descriptor.gate.enter(None).map_err(|error| made.blame(error))?;
        let data = descriptor.life.initialize(&running.host, &made.what()).map_err(|error| made.blame(error))?;
        running.data.get_or_init(|| data);
        let hooks = hooks::read(made.extension(abi::HOOKS_EXTENSION), &made.what()).map_err(|error| made.blame(error))?;
        running.hooks.get_or_init(|| hooks);
        drop(turn);
        let streams = Streams::read(made.extension(abi::STREAM_EXTENSION), made.options(), &made.what());
        let streams = streams.map_err(|error| made.blame(error))?;
        running.streams.get_or_init(|| streams);
        Ok(made)
    }

    fn running(&self) -> &Running {
        self.running.as_deref().expect("it is taken when the plug-in is dropped")
    }

    /// Adds this plug-in to an error.
    pub(in crate::plugin) fn blame(&self, error: Error) -> Error {
        let error = error.of_plugin(self.name());
        match self.path() {
            Some(path) => error.at_path(path),
            None => error,
        }
    }

    /// Returns where it was found, for messages.
    pub(in crate::plugin) fn place(&self) -> String {
        self.path().map_or_else(|| BUILTIN_PLACE.to_owned(), |path| format!("in {}", path.display()))
    }

    /// Returns its name and place in messages.
    pub fn what(&self) -> String {
        format!("{} {}", self.manifest.title(), self.place())
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// Returns its version.
    pub fn version(&self) -> &Version {
        &self.manifest.version
    }

    /// Returns its manifest: description, license, permissions, dependencies, flags, ABI versions.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the absolute path of the file that it was loaded from; `None` for a built-in one.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(LoadedFile::path)
    }

    /// Returns that file.
    pub(in crate::plugin) fn file(&self) -> Option<&LoadedFile> {
        self.file.as_ref()
    }

    /// Returns the identity of the file.
    pub fn id(&self) -> &FileId {
        &self.id
    }

    /// Returns the ABI's minor version that it and this library use.
    pub fn abi_minor(&self) -> u32 {
        self.manifest.abi_minor_built.min(abi::ABI_MINOR)
    }

    fn descriptor(&self) -> Option<&Descriptor> {
        self.running().descriptor.get()
    }

    /// Returns the wasm modules that it provides. Their functions expect the pointer of a `PluginInstance` of this plug-in.
    pub fn modules(&self) -> &[Arc<HostModule>] {
        self.descriptor().map_or(&[], |descriptor| &descriptor.modules)
    }

    /// Returns a wasm module by name.
    pub fn find_module(&self, name: &str) -> Option<&Arc<HostModule>> {
        self.modules().iter().find(|module| module.name() == name)
    }

    /// Returns the descriptions of its modules, in the order of [`Plugin::modules`].
    pub fn module_infos(&self) -> &[ModuleInfo] {
        self.descriptor().map_or(&[], |descriptor| &descriptor.module_infos)
    }

    /// Returns its options.
    pub fn options(&self) -> &[OptionInfo] {
        self.descriptor().map_or(&[], |descriptor| &descriptor.options)
    }

    /// Returns its sources and sinks.
    pub(in crate::plugin) fn streams(&self) -> &Streams {
        static NONE: Streams = Streams { sources: Vec::new(), sinks: Vec::new() };
        self.running().streams.get().unwrap_or(&NONE)
    }

    /// Returns the state that it shares with the plug-ins of its registry.
    pub(in crate::plugin) fn shared(&self) -> &Arc<Shared> {
        &self.running().shared
    }

    /// Returns its hooks, those at points that the host does not have included.
    pub fn hooks(&self) -> &[HookInfo] {
        self.running().hooks.get().map_or(&[], Vec::as_slice)
    }

    /// Returns whether all contexts share one instance.
    pub fn is_singleton(&self) -> bool {
        self.descriptor().is_some_and(|descriptor| descriptor.singleton)
    }

    /// Returns an extension of it, valid as long as the plug-in; NULL if it does not have it, or is still being loaded. The
    /// plug-in is asked once for each id.
    pub fn extension(&self, id: &str) -> *const c_void {
        let running = self.running();
        match (running.descriptor.get(), running.data.get()) {
            (Some(descriptor), Some(data)) => running.extensions.get(&descriptor.life, data, id),
            _ => std::ptr::null(),
        }
    }

    /// Shows it a module, if it has the extension for that, and returns its answer, which is kept as long as the module and the plug-in.
    ///
    /// # Errors
    /// Those of [`Dependencies::examine`].
    pub(in crate::plugin) fn examine(&self, module: &Arc<Module>) -> Result<Option<Arc<Answer>>> {
        let running = self.running();
        let what = self.what();
        let extension = Dependencies::read(self.extension(abi::DEPENDENCIES_EXTENSION), &what);
        let Some(extension) = extension.map_err(|error| self.blame(error))? else { return Ok(None) };
        if let Some(known) = running.answers.get(module) {
            return Ok(Some(known));
        }
        let Some(data) = running.data.get() else { return Ok(None) };
        let examiner = Examiner { host: &running.host, data, manifest: &self.manifest, gate: self.gate(), what };
        let answer = extension.examine(module, examiner).map_err(|error| self.blame(error))?;
        Ok(Some(running.answers.keep(module, answer)))
    }

    /// Returns what it has answered about a module.
    pub fn answer(&self, module: &Arc<Module>) -> Option<Arc<Answer>> {
        self.running().answers.get(module)
    }

    /// Returns whether it belongs to the registry with this shared state.
    pub(in crate::plugin) fn shares(&self, shared: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.running().shared, shared)
    }

    /// Returns whether it has the same registry and name: another version of `other`, or `other` itself.
    pub fn is_version_of(&self, other: &Self) -> bool {
        self.name() == other.name() && Arc::ptr_eq(&self.running().shared, &other.running().shared)
    }

    /// Replaces a plug-in that it depends on with a new version.
    pub(in crate::plugin) fn exchange_need(&self, old: &Arc<Self>, new: &Arc<Self>) {
        let mut needs = self.running().needs.lock().unwrap_or_else(PoisonError::into_inner);
        needs.iter_mut().filter(|need| Arc::ptr_eq(need, old)).for_each(|need| *need = Arc::clone(new));
    }

    /// Returns where and when its code may run.
    pub(in crate::plugin) fn gate(&self) -> &Gate {
        static OPEN: Gate = Gate::Open;
        self.descriptor().map_or(&OPEN, |descriptor| &descriptor.gate)
    }

    /// Returns its compilers of parameters. The plug-in is asked once, when a module with parameters is first used with it.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
    pub(in crate::plugin) fn compilers(self: &Arc<Self>) -> Result<&Compilers> {
        let running = self.running();
        running.compilers.get_or_try_init(|| {
            let all = compiler::read(self.extension(abi::COMPILER_EXTENSION), &self.what()).map_err(|error| self.blame(error))?;
            let (host, name) = (running.host.as_abi().addr(), Arc::clone(running.host.name()));
            let plugin = Arc::downgrade(self) as Weak<_>;
            Ok(Compilers::new(all, Origin { host, name, gate: self.gate().clone(), plugin }))
        })
    }

    /// Returns what it has compiled for the module with this number; `None` if it was not asked for anything yet.
    pub(in crate::plugin) fn compiled(&self, module: u64) -> Option<Arc<Compiled>> {
        self.running().compilers.get().map(|compilers| compilers.of(module))
    }

    /// Drops what it has compiled for a module that is gone.
    pub(in crate::plugin) fn end_compiled(&self, module: u64) {
        self.running().compilers.get().iter().for_each(|compilers| compilers.end(module));
    }

    /// Returns the data of `initialize`.
    pub(in crate::plugin) fn data(&self) -> *mut c_void {
        self.running().host.data()
    }

    /// Returns its host.
    pub(in crate::plugin) fn host(&self) -> &Host {
        &self.running().host
    }

    /// Returns whether each context has an instance of its own.
    pub(in crate::plugin) fn has_instances(&self) -> bool {
        self.descriptor().is_some_and(|descriptor| descriptor.life.has_instances())
    }

    /// Returns the extension with which instances move their state.
    pub(in crate::plugin) fn snapshot(&self) -> Result<Option<Snapshot>> {
        Snapshot::read(self.extension(abi::SNAPSHOT_EXTENSION), &self.what()).map_err(|error| self.blame(error))
    }

    /// Returns a singleton's instance; if it has to be created, `prepare` gets it before anyone else.
    ///
    /// # Errors
    /// Those of [`Plugin::create_instance`].
    pub(in crate::plugin) fn singleton(&self, prepare: impl FnOnce(&Made) -> Result<()>) -> Result<&Made> {
        let running = self.running();
        if let Some(made) = running.singleton.get() {
            return Ok(made);
        }
        let refused = |status, why: &str| self.blame(Error::new(status, format!("the instance of {} {why}", self.what())));
        let turn = running.making.take();
        let turn =
            turn.ok_or_else(|| refused(abi::STATUS_BUSY, "is being created by a thread that waits for this one; try again"))?;
        if turn.is_nested() {
            return Err(refused(
                abi::STATUS_REENTRANT,
                "is being created by its create function, which cannot register it in a context",
            ));
        }
        if let Some(made) = running.singleton.get() {
            return Ok(made);
        }
        let permissions = self.permissions(&Grants::default())?;
        let made = self.make(&Logger::default(), Some(REGISTRY_SCOPE), &GivenOptions::new(), &permissions, &[])?;
        if let Err(error) = prepare(&made) {
            self.gate().finish(self.name(), "an instance", Some(made.home()), made);
            return Err(error);
        }
        Ok(running.singleton.get_or_init(|| made))
    }

    /// Returns the instance of a singleton, if it exists.
    pub(in crate::plugin) fn made_singleton(&self) -> Option<&Made> {
        self.running().singleton.get()
    }

    /// Returns the permissions granted by a context and its registry.
    pub(in crate::plugin) fn permissions(&self, grants: &Grants) -> Result<Arc<Permissions>> {
        let granted = self.running().shared.grants_with(self.name(), grants);
        Permissions::resolve(self.name(), &self.manifest.permissions, granted).map(Arc::new)
    }

    /// Returns the permission that calls of one of its functions require.
    pub(in crate::plugin) fn permission_of(&self, function: &HostFunction) -> Option<&str> {
        self.running().descriptor.get()?.permission_of(function)
    }

    /// Creates the data of services for the plug-in in a context.
    pub(in crate::plugin) fn presence(
        &self,
        logger: &Logger,
        scope: Option<&str>,
        options: Arc<Options>,
        permissions: &Arc<Permissions>,
    ) -> Arc<SelfObject> {
        let shared = &self.running().shared;
        let state = shared.states.of(self.name(), scope);
        let directories = Directories::new(self.name(), scope, self.path(), (&shared.bases, &shared.trusted), logger);
        let services = Services { options, state, permissions: Arc::clone(permissions), directories };
        // Shared rather than boxed: the plug-in has a pointer to it, which moving a box would make invalid.
        Arc::new(SelfObject::new(self.name(), scope, logger.clone(), services))
    }

    /// Returns the values of its options and of `others`, of which a context or stream sets `given`.
    pub(in crate::plugin) fn resolve_options(&self, given: &GivenOptions, others: &[OptionInfo]) -> Result<Arc<Options>> {
        let packaged = self.file().map(|file| file.options.clone()).unwrap_or_default();
        let given = self.running().shared.options_with(self.name(), packaged, given);
        let resolved = match others {
            [] => given::resolve(self.name(), self.options(), &given),
            others => given::resolve(self.name(), &[self.options(), others].concat(), &given),
        };
        Ok(Arc::new(Options::new(resolved?)))
    }

    /// Creates an instance, which has the plug-in's options and `others`.
    pub(in crate::plugin) fn make(
        &self,
        logger: &Logger,
        scope: Option<&str>,
        given: &GivenOptions,
        permissions: &Arc<Permissions>,
        others: &[OptionInfo],
    ) -> Result<Made> {
        let running = self.running();
        let starting = || Error::new(abi::STATUS_BUSY, format!("{} is still being loaded", self.what()));
        let descriptor = running.descriptor.get().filter(|_| running.data.get().is_some()).ok_or_else(starting)?;
        let options = self.resolve_options(given, others)?;
        let myself = self.presence(logger, scope, options, permissions);
        let _turn = descriptor.gate.enter(None).map_err(|error| self.blame(error))?;
        let instance = descriptor.life.create(&running.host, &myself, &self.what()).map_err(|error| self.blame(error))?;
        Ok(Made::new(instance, myself))
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let (gate, home) = (self.gate().clone(), self.made_singleton().map(Made::home));
        let running = self.running.take();
        gate.finish(self.name(), "an instance", home, running);
    }
}
