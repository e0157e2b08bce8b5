//! Running both builds of a program.
use crate::capi::*;
use crate::compile::Built;
use std::ffi::{CStr, CString, c_char};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::ptr;

/// The guest's name of its folder, and the placeholder for it in arguments.
const FOLDER: &str = "/data";

/// The result of a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code.
    pub exit_code: i32,
    /// Its standard output.
    pub output: String,
    /// Its standard error.
    pub errors: String,
}

/// The rights of a guest in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Read.
    Read,
    /// Read and write.
    ReadWrite,
}

/// The engine that runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// The interpreter.
    Interpreter,
    /// The compiled one, whose code is kept for the next run of the tests.
    Compiled,
}

impl Tier {
    /// Returns whether this engine cannot be created, and says why.
    pub fn is_missing(self) -> bool {
        match self.engine(Path::new("")) {
            Ok(engine) => {
                // SAFETY: nothing uses it.
                unsafe { VM_EngineDelete(engine) };
                false
            }
            Err(reason) => {
                let _ = writeln!(std::io::stderr(), "SKIPPED: a program on the engine `{self:?}`: {reason}");
                true
            }
        }
    }

    /// Creates an engine with a folder for compiled code, or none.
    fn engine(self, cache: &Path) -> Result<*mut Engine, String> {
        let (mut config, mut engine) = (ptr::null_mut(), ptr::null_mut());
        call("VM_EngineConfigCreate", |error| VM_EngineConfigCreate(&mut config, error));
        // SAFETY: just created, and deleted below.
        let options = unsafe { &*config };
        let tier = if self == Self::Interpreter { TIER_INTERPRETER } else { TIER_COMPILED };
        call("VM_EngineConfigSetTier", |error| VM_EngineConfigSetTier(options, tier, error));
        let cache = c_text(cache.as_os_str().as_encoded_bytes());
        // SAFETY: a NUL-terminated string.
        call("VM_EngineConfigSetCacheDirectory", |error| unsafe {
            VM_EngineConfigSetCacheDirectory(options, cache.as_ptr(), error)
        });
        let created = try_call(|error| VM_EngineCreate(Some(options), &mut engine, error));
        // SAFETY: nothing uses it any more.
        unsafe { VM_EngineConfigDelete(config) };
        created.map(|()| engine)
    }

    /// Loads a module once, so that the programs that run it at the same time do not each compile it.
    pub(crate) fn load(self, wasm: &Path, cache: &Path) {
        let mut module = ptr::null_mut();
        let engine = self.engine(cache).unwrap_or_else(|reason| panic!("VM_EngineCreate: {reason}"));
        let file = c_text(wasm.as_os_str().as_encoded_bytes());
        // SAFETY: the engine was just created; a NUL-terminated string.
        call("VM_ModuleLoadFromFile", |error| unsafe { VM_ModuleLoadFromFile(&*engine, file.as_ptr(), &mut module, error) });
        // SAFETY: nothing uses them any more.
        unsafe {
            VM_ModuleDelete(module);
            VM_EngineDelete(engine);
        }
    }
}

/// Calls a function of the C API; returns the message of its error.
fn try_call(work: impl FnOnce(&mut *mut Error) -> Status) -> Result<(), String> {
    let mut error = ptr::null_mut::<Error>();
    if work(&mut error) == 0 {
        return Ok(());
    }
    // SAFETY: the error of a failed call, and its string, which lives as long.
    let message = unsafe { CStr::from_ptr(VM_ErrorGetMessage(error.as_ref())).to_string_lossy().into_owned() };
    // SAFETY: it is not used again.
    unsafe { VM_ErrorDelete(error) };
    Err(message)
}

/// Calls a function of the C API, which must succeed.
fn call(what: &str, work: impl FnOnce(&mut *mut Error) -> Status) {
    if let Err(message) = try_call(work) {
        panic!("{what}: {message}");
    }
}

fn c_text(text: impl AsRef<[u8]>) -> CString {
    CString::new(text.as_ref()).expect("no NUL in texts")
}

/// Returns the captured output.
fn text(bytes: Bytes) -> String {
    if bytes.size == 0 {
        return String::new();
    }
    // SAFETY: this many bytes, which are valid until the next call for them.
    String::from_utf8_lossy(unsafe { std::slice::from_raw_parts(bytes.data, bytes.size) }).into_owned()
}

impl Built {
    /// Runs the WASI build in a context of its own. `/data` in its arguments is the folder.
    pub fn run_wasm(&self, arguments: &[&str], input: &[u8], folder: &Path, rights: Rights) -> Ran {
        let (mut context, mut wasi) = (ptr::null_mut(), ptr::null_mut());
        let mut exit_code = -1;
        let engine = self.tier.engine(&self.cache).unwrap_or_else(|reason| panic!("VM_EngineCreate: {reason}"));
        // SAFETY: just created, and deleted below.
        call("VM_ContextCreate", |error| VM_ContextCreate(unsafe { &*engine }, None, &mut context, error));
        call("VM_WasiCreate", |error| VM_WasiCreate(&mut wasi, error));
        // SAFETY: as above.
        let (vm, world) = unsafe { (&*context, &*wasi) };
        let texts: Vec<CString> = std::iter::once(&self.name.as_str()).chain(arguments).map(c_text).collect();
        let pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        // SAFETY: this many NUL-terminated strings.
        call("VM_WasiSetArguments", |error| unsafe { VM_WasiSetArguments(world, pointers.as_ptr(), pointers.len(), error) });
        // SAFETY: this many bytes.
        call("VM_WasiSetInput", |error| unsafe { VM_WasiSetInput(world, input.as_ptr(), input.len(), error) });
        let (host, guest) = (c_text(folder.as_os_str().as_encoded_bytes()), c_text(FOLDER));
        let rights = if rights == Rights::Read { READ } else { READ | WRITE };
        // SAFETY: NUL-terminated strings.
        call("VM_WasiAddDirectory", |error| unsafe { VM_WasiAddDirectory(world, host.as_ptr(), guest.as_ptr(), rights, error) });
        for stream in [STDOUT, STDERR] {
            call("VM_WasiCaptureStream", |error| VM_WasiCaptureStream(world, stream, 0, error));
        }
        call("VM_ContextRegisterWasi", |error| VM_ContextRegisterWasi(vm, world, error));
        let file = c_text(self.wasm.as_os_str().as_encoded_bytes());
        // SAFETY: a NUL-terminated string.
        call("VM_ContextRunWasiFromFile", |error| unsafe { VM_ContextRunWasiFromFile(vm, file.as_ptr(), &mut exit_code, error) });
        let (output, errors) = (text(VM_WasiGetCaptured(world, STDOUT)), text(VM_WasiGetCaptured(world, STDERR)));
        // SAFETY: nothing uses them any more.
        unsafe {
            VM_WasiDelete(wasi);
            VM_ContextDelete(context);
            VM_EngineDelete(engine);
        }
        Ran { exit_code, output, errors }
    }

    /// Runs the native build. `/data` in its arguments stands for the folder.
    pub fn run_native(&self, arguments: &[&str], input: &[u8], folder: &Path) -> Ran {
        let real = |argument: &&str| argument.replace(FOLDER, &folder.to_string_lossy());
        let mut command = Command::new(&self.native);
        command.args(arguments.iter().map(real)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.native.display()));
        let mut stdin = child.stdin.take().expect("it is piped");
        let output = std::thread::scope(|scope| {
            // A program may end without reading everything.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().expect("a child can be waited for")
        });
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let exit_code = output.status.code().expect("it was not killed");
        Ran { exit_code, output: text(output.stdout), errors: text(output.stderr) }
    }

    /// Runs both, each in its own folder; they must behave alike.
    pub fn run_both(&self, arguments: &[&str], input: &[u8], wasm_folder: &Path, native_folder: &Path) -> Ran {
        let wasm = self.run_wasm(arguments, input, wasm_folder, Rights::ReadWrite);
        let native = self.run_native(arguments, input, native_folder);
        assert_eq!(wasm, native, "{} {arguments:?}: the WASI build (left) differs from the native one", self.name);
        wasm
    }
}

/// An empty folder for a test.
pub fn folder(parent: &Path, name: &str) -> std::path::PathBuf {
    let folder = parent.join(name);
    // It may exist from an earlier run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}
