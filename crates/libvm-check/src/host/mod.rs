//! A host, as any program with `<libvm.h>` is one: the objects of the C API, each deleted with its value.
mod ffi;
mod plugin;
mod stream;

pub use ffi::Handle;
pub use plugin::{FunctionInfo, Inventory, OptionInfo, Plugin, inventory};
pub use stream::Stream;

use ffi::*;
use libvm_abi::{Ref, Status, Value};
use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::{null, null_mut};

/// The error of a call.
#[derive(Clone, Debug)]
pub struct Refused {
    pub status: Status,
    pub message: String,
}

pub type Result<T = ()> = std::result::Result<T, Refused>;

/// Copies a C string; NULL is empty.
fn text(text: Text) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: a string of libvm, which is valid until its object is used again.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A C string of what comes before the first NUL.
fn c_string(text: &str) -> CString {
    let bytes = text.as_bytes();
    CString::new(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).unwrap_or_default()
}

fn call(work: impl FnOnce(Out) -> Status) -> Result {
    let mut error = null_mut();
    let status = work(&raw mut error);
    if status == 0 {
        return Ok(());
    }
    // SAFETY: the error of a failed call, which is deleted once.
    let (status, message) = unsafe { (VM_ErrorGetStatus(error), text(VM_ErrorGetMessage(error))) };
    // SAFETY: as above.
    unsafe { VM_ErrorDelete(error) };
    Err(Refused { status, message })
}

/// Declares an owner of a C object.
macro_rules! owner {
    ($name:ident, $object:ty, $delete:ident) => {
        pub struct $name(*mut $object);

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: it was created, and is deleted once.
                unsafe { $delete(self.0) }
            }
        }

        // SAFETY: any thread may use and delete it, one at a time.
        unsafe impl Send for $name {}
    };
}

owner!(Engine, ffi::Engine, VM_EngineDelete);
owner!(Registry, ffi::Registry, VM_PluginRegistryDelete);
owner!(Context, ffi::Context, VM_ContextDelete);
owner!(Module, ffi::Module, VM_ModuleDelete);
owner!(Event, libvm_abi::Event, VM_EventDelete);

// SAFETY: the functions that take a shared engine, registry or module are thread-safe.
unsafe impl Sync for Engine {}
// SAFETY: as above.
unsafe impl Sync for Registry {}
// SAFETY: as above.
unsafe impl Sync for Module {}

impl Engine {
    pub fn new() -> Result<Self> {
        let (mut engine, mut config) = (null_mut(), null_mut());
        // SAFETY: both receive an object.
        unsafe {
            call(|error| VM_EngineConfigCreate(&raw mut config, error))?;
            let made = call(|error| VM_EngineCreate(config, &raw mut engine, error));
            VM_EngineConfigDelete(config);
            made.map(|()| Self(engine))
        }
    }
}

impl Registry {
    /// Creates a registry whose plug-ins keep their files in the current directory, and whose file checks are off.
    pub fn new() -> Result<Self> {
        let mut registry = null_mut();
        // SAFETY: receives an object.
        call(|error| unsafe { VM_PluginRegistryCreate(&raw mut registry, error) })?;
        let made = Self(registry);
        let here = std::env::current_dir().unwrap_or_default();
        let here = c_string(&here.to_string_lossy());
        // SAFETY: strings that live as long as the calls.
        unsafe {
            call(|error| VM_PluginRegistrySetFileChecks(registry, false, error))?;
            call(|error| VM_PluginRegistrySetIndexFile(registry, null(), error))?;
            for kind in [libvm_abi::DIRECTORY_DATA, libvm_abi::DIRECTORY_CACHE, libvm_abi::DIRECTORY_TEMP] {
                call(|error| VM_PluginRegistrySetDataDirectory(registry, kind, here.as_ptr(), error))?;
            }
        }
        Ok(made)
    }

    /// Loads a plug-in.
    pub fn load(&self, path: &Path) -> Result {
        let path = c_string(&path.to_string_lossy());
        // SAFETY: a string that lives as long as the call.
        call(|error| unsafe { VM_PluginLoadFromPath(self.0, path.as_ptr(), null_mut(), error) })
    }

    /// Finds a plug-in by its name.
    pub fn find(&self, name: &str) -> Result<Plugin> {
        let (mut plugin, name) = (null_mut(), c_string(name));
        // SAFETY: a string that lives as long as the call, and a plug-in that is released once.
        call(|error| unsafe { VM_PluginRegistryFind(self.0, name.as_ptr(), &raw mut plugin, error) })?;
        Ok(Plugin::new(plugin))
    }

    /// Allows plug-ins to answer what modules need.
    pub fn ask_plugins(&self) -> Result {
        const DEPENDENCIES: u32 = 4;
        // SAFETY: a registry.
        call(|error| unsafe { VM_PluginRegistrySetModulePlugins(self.0, DEPENDENCIES, error) })
    }

    /// Compiles the parameters of a module.
    pub fn prepare(&self, module: &Module) -> Result {
        // SAFETY: a registry and a module.
        call(|error| unsafe { VM_PluginRegistryPrepareModule(self.0, module.0, error) })
    }
}

impl Module {
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        let mut module = null_mut();
        // SAFETY: the bytes are copied.
        call(|error| unsafe { VM_ModuleLoadFromBuffer(engine.0, bytes.as_ptr(), bytes.len(), &raw mut module, error) })?;
        Ok(Self(module))
    }
}

impl Context {
    /// Creates a context, with a name or without.
    pub fn new(engine: &Engine, name: Option<&str>) -> Result<Self> {
        let (mut context, mut config) = (null_mut(), null_mut());
        // SAFETY: the configuration is deleted once; the string lives as long as the call.
        unsafe {
            call(|error| VM_ContextConfigCreate(&raw mut config, error))?;
            let named = name.map_or(Ok(()), |name| {
                let name = c_string(name);
                call(|error| VM_ContextConfigSetName(config, name.as_ptr(), error))
            });
            let made = named.and_then(|()| call(|error| VM_ContextCreate(engine.0, config, &raw mut context, error)));
            VM_ContextConfigDelete(config);
            made.map(|()| Self(context))
        }
    }

    pub fn set_option(&mut self, plugin: &str, key: &str, value: &str) -> Result {
        let (plugin, key, value) = (c_string(plugin), c_string(key), c_string(value));
        // SAFETY: strings that are copied.
        call(|error| unsafe { VM_ContextSetPluginOption(self.0, plugin.as_ptr(), key.as_ptr(), value.as_ptr(), error) })
    }

    pub fn grant(&mut self, plugin: &str, permission: &str) -> Result {
        let (plugin, permission) = (c_string(plugin), c_string(permission));
        // SAFETY: strings that are copied.
        call(|error| unsafe { VM_ContextGrantPermission(self.0, plugin.as_ptr(), permission.as_ptr(), error) })
    }

    /// Registers one plug-in, or all of a registry.
    pub fn register(&mut self, registry: &Registry, plugin: Option<&Plugin>) -> Result {
        match plugin {
            // SAFETY: a loaded plug-in.
            Some(plugin) => call(|error| unsafe { VM_ContextRegisterPlugin(self.0, plugin.pointer(), error) }),
            // SAFETY: a registry.
            None => call(|error| unsafe { VM_ContextRegisterPlugins(self.0, registry.0, error) }),
        }
    }

    /// Allows plug-ins of the registry to answer what modules need that are instantiated here.
    pub fn set_module_plugins(&mut self, registry: &Registry) -> Result {
        // SAFETY: a context and a registry.
        call(|error| unsafe { VM_ContextSetModulePlugins(self.0, registry.0, error) })
    }

    pub fn reset(&mut self) -> Result {
        // SAFETY: a context.
        call(|error| unsafe { VM_ContextReset(self.0, error) })
    }

    pub fn instantiate(&mut self, module: &Module) -> Result<Handle> {
        let mut instance = Ref::default();
        // SAFETY: receives a handle.
        call(|error| unsafe { VM_ContextInstantiate(self.0, module.0, &raw mut instance, error) })?;
        Ok(instance)
    }

    /// Returns a reference to a function of an instance.
    pub fn function_ref(&mut self, instance: Handle, name: &str) -> Result<Ref> {
        let (mut func, name) = (Ref::default(), c_string(name));
        // SAFETY: receives a handle.
        call(|error| unsafe { VM_InstanceFindFunction(self.0, instance, name.as_ptr(), &raw mut func, error) })?;
        // SAFETY: a handle of a function.
        Ok(unsafe { VM_FuncToRef(func) })
    }

    pub fn memory(&mut self, instance: Handle) -> Result<Handle> {
        let mut memory = Ref::default();
        // SAFETY: receives a handle.
        call(|error| unsafe { VM_InstanceFindMemory(self.0, instance, c"memory".as_ptr(), &raw mut memory, error) })?;
        Ok(memory)
    }

    pub fn write(&mut self, memory: Handle, bytes: &[u8]) -> Result {
        // SAFETY: so many bytes are copied.
        call(|error| unsafe { VM_MemoryWrite(self.0, memory, 0, bytes.as_ptr().cast(), bytes.len(), error) })
    }

    pub fn read(&mut self, memory: Handle, bytes: &mut [u8]) -> Result {
        // SAFETY: so many bytes are written.
        call(|error| unsafe { VM_MemoryRead(self.0, memory, 0, bytes.as_mut_ptr().cast(), bytes.len(), error) })
    }

    /// Calls an exported function; the results are thrown away.
    pub fn execute(&mut self, instance: Handle, name: &str, args: &[Value], results: usize) -> Result {
        let (name, mut room) = (c_string(name), vec![Value::NONE; results]);
        // SAFETY: so many arguments, and room for so many results.
        call(|error| unsafe {
            VM_ContextExecute(self.0, instance, name.as_ptr(), args.as_ptr(), args.len(), room.as_mut_ptr(), results, error)
        })
    }

    /// Starts a function that may suspend its guest, waits this long, and gives it up.
    pub fn start(&mut self, instance: Handle, name: &str, args: &[Value], wait_ms: u64) -> Result {
        let (name, mut execution) = (c_string(name), null_mut());
        // SAFETY: so many arguments; the execution is deleted once.
        unsafe {
            call(|error| {
                let (args, count, none) = (args.as_ptr(), args.len(), null_mut());
                VM_ContextStart(self.0, instance, name.as_ptr(), args, count, none, &raw mut execution, error)
            })?;
            let waited = call(|error| VM_ExecutionWait(execution, wait_ms, error));
            VM_ExecutionDelete(execution);
            waited
        }
    }

    /// Calls the hooks at an event's point, each of which may suspend the event for this long.
    pub fn invoke(&mut self, event: &mut Event, wait_ms: u64) -> Result {
        let mut answer = 0;
        // SAFETY: a context and an event of this thread.
        unsafe {
            call(|error| VM_ContextSetHookTimeout(self.0, wait_ms, error))?;
            call(|error| VM_ContextInvokeHooks(self.0, event.0, &raw mut answer, error))
        }
    }
}

impl Event {
    pub fn new(point: &str) -> Result<Self> {
        let (mut event, point) = (null_mut(), c_string(point));
        // SAFETY: receives an object.
        call(|error| unsafe { VM_EventCreate(point.as_ptr(), &raw mut event, error) })?;
        Ok(Self(event))
    }

    /// Sets a string, bytes and a number; keys that are not valid are left out.
    pub fn set(&mut self, key: &str, bytes: &[u8], number: i64) {
        let (key, value) = (c_string(key), c_string(&String::from_utf8_lossy(bytes)));
        let (string, data, integer) = (key.clone(), c_string(&format!("{}.bytes", key.to_string_lossy())), c_string("number"));
        // SAFETY: an event of this thread, and values that are copied.
        unsafe {
            VM_EventSetString(self.0, string.as_ptr(), value.as_ptr());
            VM_EventSetBytes(self.0, data.as_ptr(), bytes.as_ptr().cast(), bytes.len());
            VM_EventSetInteger(self.0, integer.as_ptr(), number);
        }
    }
}
