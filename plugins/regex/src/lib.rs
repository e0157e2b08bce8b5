//! The plug-in `regex`: regular expressions for guests, in the syntax of the crate `regex`. Patterns are parameters of the kind `regex`,
//! compiled once for a module; the module `regex` has these functions:
//!
//! | function | signature | |
//! | --- | --- | --- |
//! | `is_match` | `(i<~)i` | id of a pattern, text: 1 if the pattern matches somewhere in the text, else 0 |
//! | `find` | `(i<~i>~)i` | id, text, position to begin at, buffer: the number of groups of the first match, else 0; the buffer receives begin and end of each as far as it has room, as pairs of u32, those of groups that did not take part as 0xffffffff |
//! | `is_match_once` | `(<~<~)i` | pattern, text: as `is_match`, but compiles the pattern in each call |
//!
//! Group 0 is the whole match. Texts are bytes; positions are in bytes. The time of a search is linear in the size of the text.

mod pattern;

use libvm_abi::{self as abi, Buffer, Caller, Status, Value};
use pattern::{Budget, Pattern};
use regex::bytes::Regex;
use std::ffi::{CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// What `initialize` makes.
struct Plugin {
    host: *const abi::PluginHost,
    parameters: *const abi::ParametersService,
    budget: Budget,
}

/// A failure of a function, for the trap.
struct Failure(Status, Option<String>);

/// The parts of a callback's arguments.
struct Call<'a> {
    plugin: &'a Plugin,
    caller: *mut Caller,
    args: &'a [Value],
}

impl Call<'_> {
    fn number(&self, index: usize) -> u32 {
        self.args[index].bits_32()
    }

    fn buffer(&self, index: usize) -> Buffer {
        // SAFETY: the signature says that it is a buffer.
        unsafe { self.args[index].of.buffer }
    }

    fn bytes(&self, index: usize) -> &[u8] {
        let Buffer { data, size } = self.buffer(index);
        // SAFETY: the host has checked the range, and nothing writes to it before the function writes its results.
        if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, size) } }
    }

    /// Returns the pattern whose id is an argument.
    fn pattern(&self, index: usize) -> Result<&Regex, Failure> {
        let mut compiled = ptr::null_mut();
        let Plugin { host, parameters, .. } = self.plugin;
        // SAFETY: `initialize` has checked the service; host and caller are those that the plug-in was passed.
        let status = unsafe { ((**parameters).get)(*host, self.caller, 0, self.number(index), &mut compiled) };
        if status != abi::STATUS_OK {
            return Err(Failure(status, None));
        }
        // SAFETY: `compile` made it, and it lives until the call ends.
        Ok(unsafe { &(*compiled.cast::<Pattern>()).regex })
    }
}

fn is_match(call: &Call<'_>) -> Result<i32, Failure> {
    Ok(i32::from(call.pattern(0)?.is_match(call.bytes(1))))
}

fn is_match_once(call: &Call<'_>) -> Result<i32, Failure> {
    let pattern = call.plugin.budget.compile(call.bytes(0)).map_err(|refusal| {
        let place = refusal.position.map_or_else(String::new, |position| format!(" at byte {position}"));
        Failure(abi::STATUS_INVALID_ARGUMENT, Some(format!("the pattern does not compile: {}{place}", refusal.text)))
    })?;
    Ok(i32::from(pattern.regex.is_match(call.bytes(1))))
}

fn find(call: &Call<'_>) -> Result<i32, Failure> {
    let (regex, text, start) = (call.pattern(0)?, call.bytes(1), call.number(2) as usize);
    if start > text.len() {
        let what = format!("the search begins at {start}, but the text has {} bytes", text.len());
        return Err(Failure(abi::STATUS_OUT_OF_BOUNDS, Some(what)));
    }
    let Buffer { data, size } = call.buffer(3);
    let room = size / 8;
    let write = |index: usize, found: Option<(usize, usize)>| {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes();
        let (from, to) = found.map_or(([0xff; 4], [0xff; 4]), |(from, to)| (place(from), place(to)));
        // SAFETY: there is room for this pair, and the text, which the buffer may overlap, is not used any more.
        unsafe { ptr::copy_nonoverlapping([from, to].as_flattened().as_ptr(), data.add(8 * index), 8) };
    };
    // Finding the groups takes several times as long as finding the match.
    if room <= 1 {
        let found = regex.find_at(text, start).map(|found| (found.start(), found.end()));
        let Some(found) = found else { return Ok(0) };
        (0..room).for_each(|index| write(index, Some(found)));
        return Ok(regex.captures_len() as i32);
    }
    let mut places = regex.capture_locations();
    if regex.captures_read_at(&mut places, text, start).is_none() {
        return Ok(0);
    }
    (0..room.min(places.len())).for_each(|index| write(index, places.get(index)));
    Ok(places.len() as i32)
}

/// Runs a function of the module; a failure traps with its text.
fn run(
    instance: *mut c_void,
    caller: *mut Caller,
    args: *const Value,
    results: *mut Value,
    work: fn(&Call<'_>) -> Result<i32, Failure>,
) -> Status {
    // SAFETY: the host passes the data of `initialize`, the caller of this call, and as many values as the caller says.
    let (plugin, args) = unsafe { (&*instance.cast::<Plugin>(), std::slice::from_raw_parts(args, (*caller).arg_count as usize)) };
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&Call { plugin, caller, args })));
    match outcome.unwrap_or(Err(Failure(abi::STATUS_INTERNAL, None))) {
        Ok(number) => {
            // SAFETY: all functions have one result.
            unsafe { results.write(Value::i32(number)) };
            abi::STATUS_OK
        }
        Err(Failure(status, None)) => status,
        Err(Failure(status, Some(text))) => {
            let text = CString::new(text).unwrap_or_default();
            // SAFETY: the caller carries its functions.
            unsafe { ((*(*caller).table).fail)(caller, status, text.as_ptr()) }
        }
    }
}

macro_rules! callback {
    ($name:ident, $work:ident) => {
        unsafe extern "C-unwind" fn $name(
            instance: *mut c_void,
            caller: *mut Caller,
            args: *const Value,
            results: *mut Value,
        ) -> Status {
            run(instance, caller, args, results, $work)
        }
    };
}

callback!(call_is_match, is_match);
callback!(call_is_match_once, is_match_once);
callback!(call_find, find);

unsafe extern "C" fn compile(data: *mut c_void, parameter: *mut abi::Parameter, compiled: *mut *mut c_void) -> Status {
    // SAFETY: the host passes the data of `initialize` and a parameter, whose bytes are valid until this function returns.
    let (plugin, pattern) = unsafe {
        let abi::Bytes { data: bytes, size } = (*parameter).bytes;
        (&*data.cast::<Plugin>(), std::slice::from_raw_parts(bytes, size))
    };
    match catch_unwind(AssertUnwindSafe(|| plugin.budget.compile(pattern))) {
        Ok(Ok(pattern)) => {
            // SAFETY: it can be written to.
            unsafe { compiled.write(Box::into_raw(Box::new(pattern)).cast()) };
            abi::STATUS_OK
        }
        Ok(Err(refusal)) => {
            let text = CString::new(refusal.text).unwrap_or_default();
            let position = refusal.position.unwrap_or(usize::MAX);
            // SAFETY: the parameter carries its functions.
            unsafe { ((*(*parameter).table).fail)(parameter, position, text.as_ptr()) }
        }
        Err(_) => abi::STATUS_INTERNAL,
    }
}

unsafe extern "C" fn release(_data: *mut c_void, compiled: *mut c_void) {
    // SAFETY: `compile` made it, and it is released once.
    drop(unsafe { Box::from_raw(compiled.cast::<Pattern>()) });
}

unsafe extern "C" fn initialize(host: *const abi::PluginHost, data: *mut *mut c_void) -> Status {
    const SERVICE: &str = concat!("libvm.parameters/1", "\0");
    // SAFETY: the host is valid until `cleanup` has returned.
    let parameters = unsafe { ((*host).get_service)(host, SERVICE.as_ptr().cast()) }.cast::<abi::ParametersService>();
    if parameters.is_null() {
        // SAFETY: as above.
        return unsafe { ((*host).fail)(host, c"it needs a libvm with parameters, version 0.4 or later".as_ptr()) };
    }
    let plugin = Box::new(Plugin { host, parameters, budget: Budget::default() });
    // SAFETY: it can be written to.
    unsafe { data.write(Box::into_raw(plugin).cast()) };
    abi::STATUS_OK
}

unsafe extern "C" fn cleanup(data: *mut c_void) {
    // SAFETY: `initialize` made it, and this is called once.
    drop(unsafe { Box::from_raw(data.cast::<Plugin>()) });
}

unsafe extern "C" fn get_extension(_data: *mut c_void, id: *const c_char) -> *const c_void {
    // SAFETY: the host passes a string that ends with NUL.
    let id = unsafe { std::ffi::CStr::from_ptr(id) };
    if id.to_bytes() == abi::COMPILER_EXTENSION.as_bytes() { (&raw const EXTENSION).cast() } else { ptr::null() }
}

/// A constant that C reads.
#[repr(transparent)]
struct Constant<T>(T);

// SAFETY: it is never written, and what it points to are constants.
unsafe impl<T> Sync for Constant<T> {}

const fn function(
    name: &'static std::ffi::CStr,
    signature: &'static std::ffi::CStr,
    callback: abi::Callback,
    about: &'static std::ffi::CStr,
) -> abi::FunctionDescriptor {
    abi::FunctionDescriptor {
        flags: abi::FUNCTION_PURE,
        reserved: 0,
        name: name.as_ptr(),
        signature: signature.as_ptr(),
        callback: Some(callback),
        data: ptr::null_mut(),
        permission: ptr::null(),
        description: about.as_ptr(),
    }
}

const fn table<T, const COUNT: usize>(items: &'static Constant<[T; COUNT]>) -> abi::Table<T> {
    abi::Table { items: items.0.as_ptr(), count: COUNT as u32, stride: size_of::<T>() as u32 }
}

static FUNCTIONS: Constant<[abi::FunctionDescriptor; 3]> = Constant([
    function(c"is_match", c"(i<~)i", call_is_match, c"Returns whether the pattern with an id matches in a text"),
    function(c"find", c"(i<~i>~)i", call_find, c"Finds the first match and its groups"),
    function(
        c"is_match_once",
        c"(<~<~)i",
        call_is_match_once,
        c"Returns whether a pattern, compiled in this call, matches in a text",
    ),
]);

static MODULES: Constant<[abi::ModuleDescriptor; 1]> = Constant([abi::ModuleDescriptor {
    flags: 0,
    reserved: 0,
    name: c"regex".as_ptr(),
    description: c"Regular expressions".as_ptr(),
    functions: table(&FUNCTIONS),
}]);

static COMPILERS: Constant<[abi::CompilerDescriptor; 1]> = Constant([abi::CompilerDescriptor {
    flags: 0,
    reserved: 0,
    kind: c"regex".as_ptr(),
    description: c"A regular expression, UTF-8".as_ptr(),
    compile: Some(compile),
    release: Some(release),
}]);

static EXTENSION: Constant<abi::CompilerExtension> = Constant(abi::CompilerExtension {
    size: size_of::<abi::CompilerExtension>() as u32,
    reserved: 0,
    compilers: table(&COMPILERS),
});

static DESCRIPTOR: Constant<abi::PluginDescriptor> = Constant(abi::PluginDescriptor {
    size: size_of::<abi::PluginDescriptor>() as u32,
    flags: 0,
    modules: table(&MODULES),
    options: abi::Table { items: ptr::null(), count: 0, stride: 0 },
    create: None,
    destroy: None,
    initialize: Some(initialize),
    cleanup: Some(cleanup),
    get_extension: Some(get_extension),
});

/// Fills a field of the manifest.
const fn field<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let (mut made, mut index) = ([0; SIZE], 0);
    assert!(text.len() < SIZE);
    while index < text.len() {
        made[index] = text.as_bytes()[index];
        index += 1;
    }
    made
}

/// The manifest.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static libvm_plugin_manifest: abi::PluginManifest = abi::PluginManifest {
    size: size_of::<abi::PluginManifest>() as u32,
    magic: abi::MAGIC,
    abi_major: abi::ABI_MAJOR,
    abi_minor_built: abi::ABI_MINOR,
    abi_minor_required: 0,
    flags: 0,
    name: field("regex"),
    version: field(env!("CARGO_PKG_VERSION")),
    description: field("Regular expressions, compiled once for a module"),
    license: field(env!("CARGO_PKG_LICENSE")),
    modules: field(""),
    depends: field(""),
    permissions: field(""),
    host_version: field(""),
};

/// The entry.
#[unsafe(no_mangle)]
pub extern "C" fn libvm_plugin_entry(_host: *const abi::PluginHost) -> *const abi::PluginDescriptor {
    &raw const DESCRIPTOR.0
}
