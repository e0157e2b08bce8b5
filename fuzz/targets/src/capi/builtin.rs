//! The plug-in `calc`, built into the fuzzer. It counts what of it is made and unmade, and fails when the input says so.

use super::callbacks::call;
use super::world::World;
use libvm_abi::{self as abi, Status, Value};
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

/// A constant with pointers in it.
pub struct Shared<T>(pub T);

// SAFETY: nothing writes to it.
unsafe impl<T> Sync for Shared<T> {}

/// What `VM_PluginRegistryAddBuiltin` is given.
pub static CALC: Shared<abi::PluginBuiltin> = Shared(abi::PluginBuiltin {
    size: size_of::<abi::PluginBuiltin>() as u32,
    reserved: 0,
    manifest: &raw const MANIFEST,
    entry: Some(entry),
});

static MANIFEST: abi::PluginManifest = abi::PluginManifest {
    size: size_of::<abi::PluginManifest>() as u32,
    magic: abi::MAGIC,
    abi_major: abi::ABI_MAJOR,
    abi_minor_built: abi::ABI_MINOR,
    abi_minor_required: 0,
    flags: 0,
    name: field("calc"),
    version: field("1.0.0"),
    description: field("Adds numbers"),
    license: field(""),
    modules: field(""),
    depends: field(""),
    permissions: field(""),
    host_version: field(""),
};

const fn field<const N: usize>(text: &str) -> [u8; N] {
    let (mut made, mut index) = ([0; N], 0);
    while index < text.len() {
        made[index] = text.as_bytes()[index];
        index += 1;
    }
    made
}

const fn function(name: &'static CStr, signature: &'static CStr, callback: abi::Callback) -> abi::FunctionDescriptor {
    abi::FunctionDescriptor {
        reserved: 0,
        flags: 0,
        name: name.as_ptr(),
        signature: signature.as_ptr(),
        callback: Some(callback),
        data: ptr::null_mut(),
        permission: ptr::null(),
        description: ptr::null(),
    }
}

static FUNCTIONS: Shared<[abi::FunctionDescriptor; 2]> =
    Shared([function(c"add", c"(ii)i", add), function(c"apply", c"(ci)i", apply)]);

static MODULES: Shared<[abi::ModuleDescriptor; 1]> = Shared([abi::ModuleDescriptor {
    reserved: 0,
    flags: 0,
    name: c"calc".as_ptr(),
    description: ptr::null(),
    functions: abi::Table { items: &raw const FUNCTIONS.0[0], count: 2, stride: size_of::<abi::FunctionDescriptor>() as u32 },
}]);

const fn option(kind: u32, key: &'static CStr, choices: *const c_char) -> abi::OptionDescriptor {
    abi::OptionDescriptor {
        kind,
        flags: 0,
        key: key.as_ptr(),
        description: ptr::null(),
        text: if choices.is_null() { ptr::null() } else { c"f".as_ptr() },
        choices,
        integer: 7,
        minimum: 0,
        maximum: 0,
        number: 0.0,
        minimum_number: 0.0,
        maximum_number: 0.0,
    }
}

static OPTIONS: Shared<[abi::OptionDescriptor; 3]> = Shared([
    option(abi::OPTION_TYPE_INTEGER, c"f", ptr::null()),
    option(abi::OPTION_TYPE_STRING, c"g", ptr::null()),
    option(abi::OPTION_TYPE_ENUM, c"h", c"f,g".as_ptr()),
]);

static DESCRIPTOR: Shared<abi::PluginDescriptor> = Shared(abi::PluginDescriptor {
    size: size_of::<abi::PluginDescriptor>() as u32,
    flags: 0,
    modules: abi::Table { items: &raw const MODULES.0[0], count: 1, stride: size_of::<abi::ModuleDescriptor>() as u32 },
    options: abi::Table { items: &raw const OPTIONS.0[0], count: 3, stride: size_of::<abi::OptionDescriptor>() as u32 },
    create: Some(create),
    destroy: Some(unmade),
    initialize: Some(initialize),
    cleanup: Some(unmade),
    get_extension: None,
});

fn world<'a>() -> &'a World {
    World::current().expect("plug-ins run on the thread of the sequence")
}

unsafe extern "C" fn entry(_: *const abi::PluginHost) -> *const abi::PluginDescriptor {
    super::nested(world());
    if world().draw::<u8>() >= 240 { ptr::null() } else { &raw const DESCRIPTOR.0 }
}

unsafe extern "C" fn initialize(host: *const abi::PluginHost, data: *mut *mut c_void) -> Status {
    // SAFETY: the host is this call's.
    unsafe { made(host, data) }
}

unsafe extern "C" fn create(host: *const abi::PluginHost, me: *mut abi::PluginInstance, instance: *mut *mut c_void) -> Status {
    // SAFETY: host and instance are this call's.
    unsafe {
        ((*host).log)(host, me, world().draw(), world().text());
        made(host, instance)
    }
}

/// # Safety
/// `host` is the plug-in's, and `out` can be written.
unsafe fn made(host: *const abi::PluginHost, out: *mut *mut c_void) -> Status {
    let world = world();
    super::nested(world);
    if world.draw::<u8>() >= 220 {
        // SAFETY: promised above.
        return unsafe { ((*host).fail)(host, world.text()) };
    }
    world.plugin_balance.set(world.plugin_balance.get() + 1);
    // SAFETY: promised above.
    unsafe { out.write(ptr::without_provenance_mut(7)) };
    abi::STATUS_OK
}

unsafe extern "C" fn unmade(pointer: *mut c_void) {
    let world = world();
    assert_eq!(pointer.addr(), 7);
    world.plugin_balance.set(world.plugin_balance.get() - 1);
    assert!(world.plugin_balance.get() >= 0, "something of a plug-in was unmade twice");
    super::nested(world);
}

unsafe extern "C-unwind" fn add(
    instance: *mut c_void,
    caller: *mut abi::Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    assert_eq!(instance.addr(), 7);
    // SAFETY: the signature has two arguments and a result.
    unsafe {
        results.write(Value::i32(((*args).bits_32().wrapping_add((*args.add(1)).bits_32())) as i32));
        call(world(), caller)
    }
}

unsafe extern "C-unwind" fn apply(
    instance: *mut c_void,
    caller: *mut abi::Caller,
    args: *const Value,
    results: *mut Value,
) -> Status {
    assert_eq!(instance.addr(), 7);
    // SAFETY: the signature has two arguments and a result.
    unsafe {
        let answer = call(world(), caller);
        if answer != abi::STATUS_OK {
            return answer;
        }
        ((*(*caller).table).call_ref)(caller, (*args).reference(), args.add(1), 1, results, 1)
    }
}
