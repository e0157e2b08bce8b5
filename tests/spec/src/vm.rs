//! The C API's objects, deleted when they are no longer used, and its errors.
use crate::capi::*;
use std::ffi::{CStr, CString, c_void};
use std::ptr;

/// The error of a failed call.
#[derive(Debug)]
pub struct Failure {
    /// The status, which is the same in the error and as the result.
    pub status: Status,
    /// `VM_TRAP_*`
    pub trap: i32,
    /// The message.
    pub message: String,
}

/// Makes a call, and takes ownership of its error.
fn call(work: impl FnOnce(&mut *mut Error) -> Status) -> Result<(), Failure> {
    let mut error = ptr::null_mut::<Error>();
    let status = work(&mut error);
    // SAFETY: NULL, or an error that the call created and nobody else owns.
    let found = unsafe { error.as_ref() };
    assert_eq!(status, VM_ErrorGetStatus(found), "the status and the error have to agree");
    if status == STATUS_OK {
        return Ok(());
    }
    // SAFETY: a string, never NULL, that lives as long as the error.
    let message = unsafe { CStr::from_ptr(VM_ErrorGetMessage(found)) }.to_string_lossy().into_owned();
    let failure = Failure { status, trap: VM_ErrorGetTrapCode(found), message };
    // SAFETY: it is not used again.
    unsafe { VM_ErrorDelete(error) };
    Err(failure)
}

/// Creates an object by a call that returns ownership.
fn make<T>(work: impl FnOnce(&mut *mut T, &mut *mut Error) -> Status) -> Result<*mut T, Failure> {
    let mut made = ptr::null_mut();
    call(|error| work(&mut made, error))?;
    assert!(!made.is_null(), "success without an object");
    Ok(made)
}

macro_rules! owned {
    ($($name:ident: $raw:ty, $delete:ident;)*) => {
        $(
            /// An object of the C API.
            pub struct $name(*mut $raw);

            impl std::ops::Deref for $name {
                type Target = $raw;

                fn deref(&self) -> &$raw {
                    // SAFETY: a call returned it, and it is deleted only when this is dropped.
                    unsafe { &*self.0 }
                }
            }

            impl Drop for $name {
                fn drop(&mut self) {
                    // SAFETY: as above; nothing uses it afterwards.
                    unsafe { $delete(self.0) }
                }
            }
        )*
    };
}
owned! {
    OwnedConfig: EngineConfig, VM_EngineConfigDelete;
    OwnedEngine: Engine, VM_EngineDelete;
    OwnedModule: Module, VM_ModuleDelete;
    OwnedHost: HostModule, VM_HostModuleDelete;
    OwnedContextConfig: ContextConfig, VM_ContextConfigDelete;
    OwnedContext: Context, VM_ContextDelete;
    OwnedType: FuncType, VM_FuncTypeDelete;
}

/// What the engine does with modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each function is translated on its first call.
    Lazy,
    /// All of them are translated on load.
    Eager,
    /// They record positions for backtraces.
    Backtraces,
    /// They record positions, and can be interrupted.
    MeteredBacktraces,
    /// They are compiled to machine code.
    Compiled,
}

fn c_text(text: &str) -> CString {
    CString::new(text).expect("names with NUL go by their index")
}

impl OwnedEngine {
    /// Creates an engine with these proposals, by number, on or off.
    pub fn new(proposals: impl IntoIterator<Item = (i32, bool)>, mode: Mode) -> Result<Self, Failure> {
        let config = make(|config, error| VM_EngineConfigCreate(config, error)).map(OwnedConfig)?;
        for (proposal, enabled) in proposals {
            // SAFETY: nobody else uses it.
            call(|error| VM_EngineConfigSetProposal(unsafe { &mut *config.0 }, proposal, enabled, error))?;
        }
        // SAFETY: as above.
        let made = unsafe { &mut *config.0 };
        call(|error| VM_EngineConfigSetCompilation(made, (mode == Mode::Eager).into(), error))?;
        let backtraces = matches!(mode, Mode::Backtraces | Mode::MeteredBacktraces);
        call(|error| VM_EngineConfigSetBacktraces(made, backtraces, error))?;
        call(|error| VM_EngineConfigSetInterruptible(made, mode == Mode::MeteredBacktraces, error))?;
        let tier = if mode == Mode::Compiled { TIER_COMPILED } else { TIER_INTERPRETER };
        call(|error| VM_EngineConfigSetTier(made, tier, error))?;
        // SAFETY: a NUL-terminated string.
        call(|error| unsafe { VM_EngineConfigSetCacheDirectory(made, c"".as_ptr(), error) })?;
        make(|engine, error| VM_EngineCreate(Some(&config), engine, error)).map(Self)
    }

    /// Loads a module.
    pub fn load(&self, wasm: &[u8]) -> Result<OwnedModule, Failure> {
        // SAFETY: this many bytes.
        make(|module, error| unsafe { VM_ModuleLoadFromBuffer(self, wasm.as_ptr(), wasm.len(), module, error) }).map(OwnedModule)
    }
}

impl OwnedModule {
    /// Returns the index of an export.
    fn export(&self, name: &str) -> Option<usize> {
        (0..VM_ModuleGetExportCount(self)).find(|index| {
            let export = VM_ModuleGetExport(self, *index).expect("an index below the count");
            // SAFETY: the name has that size and lives as long as the module.
            let found = unsafe { std::slice::from_raw_parts(export.name, export.name_size) };
            found == name.as_bytes()
        })
    }

    /// Returns the names of the modules that it imports from.
    pub fn imported_modules(&self) -> impl Iterator<Item = String> {
        (0..VM_ModuleGetImportCount(self)).map(|index| {
            let import = VM_ModuleGetImport(self, index).expect("an index below the count");
            // SAFETY: the name has that size and lives as long as the module.
            let name = unsafe { std::slice::from_raw_parts(import.module, import.module_size) };
            String::from_utf8(name.to_vec()).expect("names are UTF-8")
        })
    }
}

impl OwnedHost {
    /// Creates a host module.
    pub fn new(name: &str) -> Result<Self, Failure> {
        let name = c_text(name);
        // SAFETY: a NUL-terminated string.
        make(|module, error| unsafe { VM_HostModuleCreate(name.as_ptr(), module, error) }).map(Self)
    }

    /// Adds a function without data of its own.
    pub fn function(&self, name: &str, signature: &str, callback: Callback) -> Result<(), Failure> {
        let (name, signature) = (c_text(name), c_text(signature));
        // SAFETY: NUL-terminated strings, and a callback that conforms to the signature.
        call(|error| unsafe {
            VM_HostModuleAddFunction(self, name.as_ptr(), signature.as_ptr(), callback, ptr::null_mut(), None, error)
        })
    }

    /// Adds a memory.
    pub fn memory(&self, name: &str, ty: &MemoryType) -> Result<(), Failure> {
        let name = c_text(name);
        // SAFETY: a NUL-terminated string.
        call(|error| unsafe { VM_HostModuleAddMemory(self, name.as_ptr(), ty, error) })
    }

    /// Adds a table.
    pub fn table(&self, name: &str, ty: &TableType) -> Result<(), Failure> {
        let name = c_text(name);
        // SAFETY: a NUL-terminated string.
        call(|error| unsafe { VM_HostModuleAddTable(self, name.as_ptr(), ty, error) })
    }

    /// Adds a constant global.
    pub fn global(&self, name: &str, value: &Value) -> Result<(), Failure> {
        let (name, ty) = (c_text(name), GlobalType::constant(value.kind));
        // SAFETY: a NUL-terminated string.
        call(|error| unsafe { VM_HostModuleAddGlobal(self, name.as_ptr(), &ty, value, error) })
    }
}

impl OwnedContext {
    /// Creates a context with a host module. Its memories may have the full 4 GiB, which tests of the suite use.
    pub fn new(engine: &OwnedEngine, host: &OwnedHost) -> Result<Self, Failure> {
        let config = make(|config, error| VM_ContextConfigCreate(config, error)).map(OwnedContextConfig)?;
        // SAFETY: nothing else refers to the configuration.
        call(|error| VM_ContextConfigSetMemoryLimit(unsafe { &mut *config.0 }, u64::MAX, error))?;
        let context = make(|context, error| VM_ContextCreate(engine, Some(&config), context, error)).map(Self)?;
        call(|error| VM_ContextRegisterModule(&context, host, error))?;
        Ok(context)
    }

    /// Instantiates a module.
    pub fn instantiate(&self, module: &OwnedModule) -> Result<Handle, Failure> {
        let mut instance = Handle::default();
        call(|error| VM_ContextInstantiate(self, module, &mut instance, error))?;
        Ok(instance)
    }

    /// Registers an instance, so that others can import from it.
    pub fn register(&self, name: &str, instance: Handle) -> Result<(), Failure> {
        let name = c_text(name);
        // SAFETY: a NUL-terminated string.
        call(|error| unsafe { VM_ContextRegisterInstance(self, name.as_ptr(), instance, error) })
    }

    /// Calls an export, with as many results as its type has.
    pub fn invoke(&self, instance: &Handle, module: &OwnedModule, name: &str, args: &[Value]) -> Result<Vec<Value>, Failure> {
        let mut func = Handle::default();
        call(|error| match CString::new(name) {
            // SAFETY: a NUL-terminated string.
            Ok(name) => unsafe { VM_InstanceFindFunction(self, *instance, name.as_ptr(), &mut func, error) },
            Err(_) => {
                let index = module.export(name).expect("the suite calls what there is");
                VM_InstanceGetFunction(self, *instance, index, &mut func, error)
            }
        })?;
        let ty = make(|ty, error| VM_FuncTypeCreateFromFunc(self, func, ty, error)).map(OwnedType)?;
        let mut count = 0;
        VM_FuncTypeGetResults(&ty, &mut count);
        let mut results = vec![Value::default(); count];
        // SAFETY: arrays of these lengths.
        call(|error| unsafe { VM_FuncCall(self, func, args.as_ptr(), args.len(), results.as_mut_ptr(), count, error) })?;
        Ok(results)
    }

    /// Returns the value of a global.
    pub fn global(&self, instance: &Handle, name: &str) -> Result<Value, Failure> {
        let (name, mut global, mut value) = (c_text(name), Handle::default(), Value::default());
        // SAFETY: a NUL-terminated string.
        call(|error| unsafe { VM_InstanceFindGlobal(self, *instance, name.as_ptr(), &mut global, error) })?;
        call(|error| VM_GlobalRead(self, global, &mut value, error))?;
        Ok(value)
    }

    /// Creates an externref with a number.
    pub fn host_object(&self, number: u32) -> Result<Handle, Failure> {
        let mut made = Handle::default();
        call(|error| VM_RefCreateExtern(self, number as usize as *mut c_void, None, &mut made, error))?;
        Ok(made)
    }

    /// Returns the number of an externref.
    pub fn number_of(&self, object: Handle) -> Result<usize, Failure> {
        let mut pointer = ptr::null_mut();
        call(|error| VM_RefGetExtern(self, object, &mut pointer, error))?;
        Ok(pointer as usize)
    }

    /// Releases a reference.
    pub fn release(&self, reference: Handle) {
        VM_RefRelease(reference);
    }
}
