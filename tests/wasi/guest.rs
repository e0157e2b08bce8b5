//! A guest that forwards every function of WASI, so that a test can call them through real wasm, and a scratch directory.

use libvm_abi::{CallerTable, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vm::engine::wasi::{MODULE, WasiState};
use vm::engine::watch::WatchConfig;
use vm::engine::{self, Engine, EngineConfig, Handle, Kind, Module, Store, StoreLimits};
use vm::status::Error;
use vm::value::ValType;
use vm::wasi::Wasi;

/// Error numbers, from the specification.
pub const SUCCESS: i32 = 0;
pub const ACCES: i32 = 2;
pub const BADF: i32 = 8;
pub const EXIST: i32 = 20;
pub const ILSEQ: i32 = 25;
pub const INVAL: i32 = 28;
pub const IO: i32 = 29;
pub const MFILE: i32 = 33;
pub const NOENT: i32 = 44;
pub const NOSPC: i32 = 51;
pub const NOTDIR: i32 = 54;
pub const PERM: i32 = 63;
pub const ROFS: i32 = 69;
pub const SPIPE: i32 = 70;
pub const XDEV: i32 = 75;

/// Flags of `path_open`.
pub const CREATE: i64 = 1;
pub const DIRECTORY: i64 = 2;
pub const EXCLUSIVE: i64 = 4;
pub const TRUNCATE: i64 = 8;
pub const FD_READ: i64 = 2;
pub const FD_WRITE: i64 = 64;

/// Every function of WASI preview 1 with its parameters, from the specification. All but `proc_exit` return an error number.
pub const FUNCTIONS: [(&str, &str); 46] = [
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_exit", "i"),
    ("proc_raise", "i"),
    ("random_get", "ii"),
    ("sched_yield", ""),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

/// An instance of a guest.
pub struct Guest {
    pub store: Store,
    instance: Handle,
    memory: Option<Handle>,
}

/// The functions of callers of host functions: no function of WASI has a caller.
fn no_callers() -> &'static CallerTable {
    extern "C" fn unused() {
        unreachable!("no function of WASI has a caller");
    }
    const WORDS: usize = size_of::<CallerTable>() / size_of::<usize>();
    // SAFETY: it consists of numbers and function pointers, as many words as there are, and nobody calls these.
    Box::leak(Box::new(unsafe {
        std::mem::transmute::<[usize; WORDS], CallerTable>([unused as extern "C" fn() as usize; WORDS])
    }))
}

/// Addresses of paths and buffers in the guest's memory.
const VECTORS: i64 = 0;
const RESULT: i64 = 64;
const PATH: i64 = 1024;
const OTHER_PATH: i64 = 2048;
const BUFFER: i64 = 4096;

impl Guest {
    /// Creates the guest that forwards every function.
    pub fn new(wasi: &Wasi) -> Self {
        Self::from_text(wasi, &text("(memory (export \"memory\") 4)"))
    }

    /// Creates a guest with imports of WASI only.
    pub fn from_text(wasi: &Wasi, text: &str) -> Self {
        Self::with_wasi(Some(WasiState::new(&wasi.snapshot(), 512, false).unwrap()), text)
    }

    pub fn with_wasi(wasi: Option<WasiState>, text: &str) -> Self {
        let engine = Engine::new(EngineConfig::default()).unwrap();
        let module = Arc::new(Module::new(&engine, &wat::parse_str(text).unwrap()).unwrap());
        let mut store = Store::new(&engine, 1, StoreLimits::default().into(), WatchConfig::default(), no_callers());
        wasi.into_iter().for_each(|wasi| store.set_wasi(wasi));
        let mut bind = |import: &engine::Import| {
            assert_eq!(import.module, MODULE);
            store.bind_wasi(&import.name).expect("a function of WASI")
        };
        let imports = module.imports().iter().map(&mut bind).collect::<Vec<_>>();
        let instance = store.instantiate(&module, &imports, &engine::Guest::new(module.memory())).unwrap();
        let memory = store.find(instance, Kind::Memory, "memory").ok();
        Self { store, instance, memory }
    }

    fn memory(&mut self, address: i64, size: usize) -> &mut [u8] {
        let memory = self.memory.expect("the guest exports its memory");
        let span = self.store.memory_span(memory, address as u64, size as u64).unwrap();
        // SAFETY: the store is not used while the range is.
        unsafe { std::slice::from_raw_parts_mut(span.data, span.size) }
    }

    pub fn put(&mut self, address: i64, bytes: &[u8]) {
        self.memory(address, bytes.len()).copy_from_slice(bytes);
    }

    pub fn get(&mut self, address: i64, size: usize) -> Vec<u8> {
        self.memory(address, size).to_vec()
    }

    pub fn u32_at(&mut self, address: i64) -> u32 {
        u32::from_le_bytes(self.get(address, 4).try_into().unwrap())
    }

    pub fn u64_at(&mut self, address: i64) -> u64 {
        u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
    }

    /// Calls an export and returns its result, or 0 if it has none.
    pub fn run(&mut self, name: &str, args: &[i64]) -> Result<i32, Error> {
        let function = self.store.find(self.instance, Kind::Func, name).unwrap();
        let ty = self.store.func_type(function).unwrap();
        let args = ty.params.iter().zip(args).map(|(ty, arg)| match ty {
            ValType::I32 => Value::i32(*arg as i32),
            _ => Value::i64(*arg),
        });
        let (args, mut results) = (args.collect::<Vec<_>>(), vec![Value::NONE; ty.results.len()]);
        self.store.call(function, &args, &mut results)?;
        Ok(results.first().map_or(0, |result| result.bits_32() as i32))
    }

    /// Calls a function of WASI that does not trap.
    pub fn call(&mut self, name: &str, args: &[i64]) -> i32 {
        self.run(name, args).unwrap_or_else(|trap| panic!("{name}: {trap}"))
    }

    /// Calls a function that traps, and returns the message.
    pub fn trap(&mut self, name: &str, args: &[i64]) -> String {
        self.run(name, args).expect_err(name).to_string()
    }

    /// Calls a function of WASI whose arguments are a directory, a path and others.
    pub fn path(&mut self, name: &str, fd: u32, path: &str, rest: &[i64]) -> i32 {
        self.put(PATH, path.as_bytes());
        let start = [fd.into(), PATH, path.len() as i64];
        self.call(name, &[&start[..], rest].concat())
    }

    /// Calls `path_rename` or (with a flag of 0) `path_link`.
    pub fn two_paths(&mut self, name: &str, from: (u32, &str), to: (u32, &str)) -> i32 {
        self.put(PATH, from.1.as_bytes());
        self.put(OTHER_PATH, to.1.as_bytes());
        let mut args = vec![from.0.into(), PATH, from.1.len() as i64, to.0.into(), OTHER_PATH, to.1.len() as i64];
        if name == "path_link" {
            args.insert(1, 0);
        }
        self.call(name, &args)
    }

    pub fn symlink(&mut self, fd: u32, target: &str, path: &str) -> i32 {
        self.put(PATH, path.as_bytes());
        self.put(OTHER_PATH, target.as_bytes());
        self.call("path_symlink", &[OTHER_PATH, target.len() as i64, fd.into(), PATH, path.len() as i64])
    }

    /// Returns the size of a file by name.
    pub fn size(&mut self, fd: u32, path: &str) -> Result<u64, i32> {
        self.put(PATH, path.as_bytes());
        match self.call("path_filestat_get", &[fd.into(), 1, PATH, path.len() as i64, RESULT]) {
            SUCCESS => Ok(self.u64_at(RESULT + 32)),
            errno => Err(errno),
        }
    }

    /// Opens, following symbolic links.
    pub fn open(&mut self, fd: u32, path: &str, how: i64, rights: i64) -> Result<u32, i32> {
        self.put(PATH, path.as_bytes());
        let args = [fd.into(), 1, PATH, path.len() as i64, how, rights, rights, 0, RESULT];
        match self.call("path_open", &args) {
            SUCCESS => Ok(self.u32_at(RESULT)),
            errno => Err(errno),
        }
    }

    fn vectors(&mut self, sizes: &[usize]) {
        let mut address = BUFFER as u32;
        for (index, size) in sizes.iter().enumerate() {
            let vector = [address.to_le_bytes(), (*size as u32).to_le_bytes()].concat();
            self.put(VECTORS + 8 * index as i64, &vector);
            address += *size as u32;
        }
    }

    pub fn write(&mut self, fd: u32, buffers: &[&[u8]]) -> Result<u32, i32> {
        self.put(BUFFER, &buffers.concat());
        self.vectors(&buffers.iter().map(|buffer| buffer.len()).collect::<Vec<_>>());
        match self.call("fd_write", &[fd.into(), VECTORS, buffers.len() as i64, RESULT]) {
            SUCCESS => Ok(self.u32_at(RESULT)),
            errno => Err(errno),
        }
    }

    pub fn read(&mut self, fd: u32, size: usize) -> Result<Vec<u8>, i32> {
        self.vectors(&[size]);
        match self.call("fd_read", &[fd.into(), VECTORS, 1, RESULT]) {
            SUCCESS => {
                let size = self.u32_at(RESULT) as usize;
                Ok(self.get(BUFFER, size))
            }
            errno => Err(errno),
        }
    }

    pub fn time(&mut self, clock: i64) -> u64 {
        assert_eq!(self.call("clock_time_get", &[clock, 0, RESULT]), SUCCESS);
        self.u64_at(RESULT)
    }

    pub fn random(&mut self, size: usize) -> Vec<u8> {
        assert_eq!(self.call("random_get", &[BUFFER, size as i64]), SUCCESS);
        self.get(BUFFER, size)
    }

    /// Returns the strings of `args_get` or `environ_get`.
    pub fn strings(&mut self, what: &str) -> Vec<String> {
        assert_eq!(self.call(&format!("{what}_sizes_get"), &[RESULT, RESULT + 4]), SUCCESS);
        let (count, size) = (self.u32_at(RESULT), self.u32_at(RESULT + 4) as usize);
        assert_eq!(self.call(&format!("{what}_get"), &[PATH, BUFFER]), SUCCESS);
        let bytes = String::from_utf8(self.get(BUFFER, size)).unwrap();
        let strings: Vec<String> = bytes.split_terminator('\0').map(str::to_owned).collect();
        assert_eq!(strings.len(), count as usize);
        strings
    }
}

/// Returns the text of the guest that forwards every function, with this memory.
pub fn text(memory: &str) -> String {
    let mut imports = String::new();
    let mut exports = String::new();
    for (name, params) in FUNCTIONS {
        let types: String = params.chars().map(|letter| if letter == 'I' { " i64" } else { " i32" }).collect();
        let result = if name == "proc_exit" { "" } else { "(result i32)" };
        let gets: String = (0..params.len()).map(|index| format!("(local.get {index})")).collect();
        imports += &format!("(import \"{MODULE}\" \"{name}\" (func ${name} (param{types}) {result}))\n");
        exports += &format!("(func (export \"{name}\") (param{types}) {result} (call ${name} {gets}))\n");
    }
    format!("(module {imports} {memory} {exports})")
}

/// Creates a new directory, deleted afterwards.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wasi-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A remaining directory does no harm: it is in the build's own directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}
