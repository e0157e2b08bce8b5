//! Steps that use contexts, what is in them, and the callers of running and finished calls.

use super::builtin::CALC;
use super::guests::GUESTS;
use super::world::{World, free_tag};
use crate::c;
use crate::owned::checked;
use libvm_abi::{self as abi, Status, Value};
use std::ptr;

const NO_HANDLE: abi::Ref = abi::Ref { context: 0, slot: 0, generation: 0 };

/// A handle as the type that a function takes.
macro_rules! handle {
    ($ty:ident, $handle:expr) => {{
        let abi::Ref { context, slot, generation } = $handle;
        c::$ty { context, slot, generation }
    }};
}

pub fn step(world: &World, choice: u8) {
    let context = world.contexts.any(world.draw());
    // SAFETY: every object is of its pool and not deleted, or NULL; everything written to is of this frame; texts end with NUL.
    unsafe {
        match choice {
            0..12 => register(world, context, choice),
            12..31 => instantiate(world, context, choice),
            31..60 => execute(world, context, choice),
            60..80 => find(world, context, choice),
            80..100 => entities(world, context, choice),
            100..115 => references(world, context, choice),
            115..145 => caller(world, choice),
            145..150 => elsewhere(world, context),
            _ => about(world, context, choice),
        }
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn register(world: &World, context: *mut c::VM_Context, choice: u8) {
    // SAFETY: promised above.
    unsafe {
        match choice {
            0..6 => checked(|e| c::VM_ContextRegisterModule(context, world.host_modules.any(world.draw()), e)),
            6 | 7 => checked(|e| c::VM_ContextRegisterWasi(context, world.wasis.any(world.draw()), e)),
            8 | 9 => checked(|e| c::VM_ContextRegisterPlugins(context, world.registries.any(world.draw()), e)),
            10 => checked(|e| c::VM_ContextRegisterPlugin(context, world.plugins.any(world.draw()), e)),
            _ => checked(|e| c::VM_PluginRegistryAddBuiltin(some_registry(world), &CALC.0, e)),
        };
    }
}

/// A registry, made when there is none.
fn some_registry(world: &World) -> *mut c::VM_PluginRegistry {
    let found = world.registries.any(0);
    if found.is_null() {
        let mut made = ptr::null_mut();
        // SAFETY: the out-pointer is of this frame.
        checked(|error| unsafe { c::VM_PluginRegistryCreate(&mut made, error) });
        world.registries.add(made);
        return made;
    }
    found
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn instantiate(world: &World, context: *mut c::VM_Context, choice: u8) {
    let module = world.modules.any(world.draw());
    let mut made = handle!(VM_Instance, NO_HANDLE);
    // SAFETY: promised above.
    let status = unsafe {
        match choice {
            12..22 => checked(|e| c::VM_ContextInstantiate(context, module, &mut made, e)),
            22..26 => checked(|e| c::VM_ContextRegisterWasm(context, world.text(), module, &mut made, e)),
            26 => checked(|e| c::VM_ContextFindInstance(context, world.text(), &mut made, e)),
            27 => {
                let registered = handle!(VM_Instance, world.handle());
                checked(|e| c::VM_ContextRegisterInstance(context, world.text(), registered, e));
                return;
            }
            28 => checked(|e| c::VM_ContextGetInstance(context, usize::from(world.draw::<u8>() % 5), &mut made, e)),
            29 => checked(|e| c::VM_ContextRemoveInstance(context, handle!(VM_Instance, world.handle()), e)),
            _ => {
                let guest = &GUESTS[usize::from(world.draw::<u8>()) % GUESTS.len()];
                let mut exit_code = 0;
                checked(|e| c::VM_ContextRunWasiFromBuffer(context, guest.as_ptr(), guest.len(), &mut exit_code, e))
            }
        }
    };
    if status == abi::STATUS_OK {
        world.remember(abi::Ref { context: made.context, slot: made.slot, generation: made.generation });
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn execute(world: &World, context: *mut c::VM_Context, choice: u8) {
    let instance = handle!(VM_Instance, world.handle());
    let name = world.text();
    let (args, mut results) = arguments(world);
    let (from, count) = (args.as_ptr(), args.len());
    let (to, room) = (results.as_mut_ptr(), results.len());
    // SAFETY: promised above.
    let status = unsafe {
        match choice {
            31..45 => checked(|e| c::VM_ContextExecute(context, instance, name, from, count, to, room, e)),
            45..57 => checked(|e| c::VM_FuncCall(context, handle!(VM_Func, world.handle()), from, count, to, room, e)),
            57 => {
                // One array for both, which must not be read while it is written.
                let both = if room > 0 { to } else { ptr::null_mut() };
                checked(|e| c::VM_ContextExecute(context, instance, name, both, room, both, room, e))
            }
            _ => {
                let guest = &GUESTS[usize::from(world.draw::<u8>()) % GUESTS.len()];
                let (data, size) = (guest.as_ptr(), guest.len());
                checked(|e| c::VM_ContextRunWasmFromBuffer(context, data, size, name, from, count, to, room, e))
            }
        }
    };
    keep(world, status, &results);
}

/// Arguments and room for results: often those of `(i32) -> i32` or `(externref) -> externref`.
fn arguments(world: &World) -> (Vec<Value>, Vec<Value>) {
    match world.draw::<u8>() {
        0..100 => (vec![Value::i32(world.draw::<i8>().into())], vec![Value::NONE]),
        100..170 => (vec![Value::extern_ref(world.handle())], vec![Value::NONE]),
        170..200 => (Vec::new(), Vec::new()),
        _ => (world.values(), vec![Value::NONE; usize::from(world.draw::<u8>() % 4)]),
    }
}

/// Remembers the references of results.
fn keep(world: &World, status: Status, results: &[Value]) {
    if status == abi::STATUS_OK {
        results.iter().map(Value::reference).filter(|reference| reference.context != 0).for_each(|found| world.remember(found));
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn find(world: &World, context: *mut c::VM_Context, choice: u8) {
    let instance = handle!(VM_Instance, world.handle());
    let name = world.text();
    macro_rules! found {
        ($find:ident, $ty:ident) => {{
            let mut found = handle!($ty, NO_HANDLE);
            // SAFETY: promised above.
            if checked(|e| unsafe { c::$find(context, instance, name, &mut found, e) }) == abi::STATUS_OK {
                world.remember(abi::Ref { context: found.context, slot: found.slot, generation: found.generation });
            }
        }};
    }
    match choice {
        60..66 => found!(VM_InstanceFindFunction, VM_Func),
        66 | 67 => {
            let mut found = handle!(VM_Func, NO_HANDLE);
            let index = usize::from(world.draw::<u8>() % 9);
            // SAFETY: promised above.
            if checked(|e| unsafe { c::VM_InstanceGetFunction(context, instance, index, &mut found, e) }) == abi::STATUS_OK {
                world.remember(abi::Ref { context: found.context, slot: found.slot, generation: found.generation });
            }
        }
        68..72 => found!(VM_InstanceFindMemory, VM_Memory),
        72..76 => found!(VM_InstanceFindTable, VM_Table),
        _ => found!(VM_InstanceFindGlobal, VM_Global),
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn entities(world: &World, context: *mut c::VM_Context, choice: u8) {
    let (handle, index) = (world.handle(), u64::from(world.draw::<u16>()));
    let (memory, table, global) = (handle!(VM_Memory, handle), handle!(VM_Table, handle), handle!(VM_Global, handle));
    let mut bytes = [0u8; 16];
    let (mut number, mut value) = (0, Value::NONE);
    // SAFETY: promised above.
    let status = unsafe {
        match choice {
            80 => checked(|e| c::VM_MemoryRead(context, memory, index, bytes.as_mut_ptr().cast(), 16, e)),
            81 => checked(|e| c::VM_MemoryWrite(context, memory, index, bytes.as_ptr().cast(), 16, e)),
            82 => {
                let mut span = abi::Buffer { data: ptr::null_mut(), size: 0 };
                let status = checked(|e| c::VM_MemoryGetSpan(context, memory, index, 4, &mut span, e));
                if status == abi::STATUS_OK {
                    span.data.write_bytes(7, span.size);
                }
                status
            }
            83 => checked(|e| c::VM_MemoryGetSize(context, memory, &mut number, e)),
            84 | 85 => checked(|e| c::VM_MemoryGrow(context, memory, index % 3, &mut number, e)),
            86 => {
                let mut ty = std::mem::MaybeUninit::uninit();
                checked(|e| c::VM_MemoryGetType(context, memory, ty.as_mut_ptr(), e))
            }
            87 => checked(|e| c::VM_TableGetSize(context, table, &mut number, e)),
            88 | 89 => checked(|e| c::VM_TableRead(context, table, index % 6, &mut value, e)),
            90 | 91 => checked(|e| c::VM_TableWrite(context, table, index % 6, &world.value(), e)),
            92 => checked(|e| c::VM_TableGrow(context, table, index % 7, &world.value(), &mut number, e)),
            93 => {
                let mut ty = std::mem::MaybeUninit::uninit();
                checked(|e| c::VM_TableGetType(context, table, ty.as_mut_ptr(), e))
            }
            94 | 95 => checked(|e| c::VM_GlobalRead(context, global, &mut value, e)),
            96 | 97 => checked(|e| c::VM_GlobalWrite(context, global, &world.value(), e)),
            98 => {
                let mut ty = std::mem::MaybeUninit::uninit();
                checked(|e| c::VM_GlobalGetType(context, global, ty.as_mut_ptr(), e))
            }
            _ => {
                let mut ty = ptr::null_mut();
                let status = checked(|e| c::VM_FuncTypeCreateFromFunc(context, handle!(VM_Func, handle), &mut ty, e));
                c::VM_FuncTypeDelete(ty);
                status
            }
        }
    };
    keep(world, status, &[value]);
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn references(world: &World, context: *mut c::VM_Context, choice: u8) {
    let (handle, mut made, mut pointer) = (world.handle(), NO_HANDLE, ptr::null_mut());
    // SAFETY: promised above.
    unsafe {
        match choice {
            100..105 => {
                let out = if world.draw::<u8>() == 255 { ptr::null_mut() } else { &raw mut made };
                checked(|e| c::VM_RefCreateExtern(context, world.tag(Vec::new()), Some(free_tag), out, e));
                world.remember(made);
            }
            105 | 106 => {
                checked(|e| c::VM_RefGetExtern(context, handle, &mut pointer, e));
            }
            107..110 => {
                checked(|e| c::VM_RefRetain(context, handle, e));
            }
            110..113 => {
                c::VM_RefRelease(handle);
            }
            _ => world.remember(c::VM_FuncToRef(c::VM_FuncFromRef(handle))),
        }
    }
}

/// Uses a caller, that of a call which runs or of one that is over.
///
/// # Safety
/// As everywhere here: the world's objects are not deleted. Callers are never freed.
unsafe fn caller(world: &World, choice: u8) {
    let caller = {
        let callers = world.callers.borrow();
        let draw = usize::from(world.draw::<u8>());
        match callers.len() {
            0 => return,
            // Mostly the innermost one.
            count if draw < 150 => callers[count - 1],
            count => callers[draw % count],
        }
    };
    let (handle, mut made) = (world.handle(), NO_HANDLE);
    let (args, mut results) = arguments(world);
    let (from, count) = (args.as_ptr(), args.len());
    let (to, room) = (results.as_mut_ptr(), results.len());
    // SAFETY: promised above.
    let status = unsafe {
        let table = &*(*caller).table;
        let mut bytes = [0u8; 8];
        let (mut size, mut pointer) = (0, ptr::null_mut());
        match choice {
            115 => (table.trap)(caller, world.text()),
            116 => (table.get_memory_size)(caller, &mut size),
            117 => (table.read_memory)(caller, world.draw::<u16>().into(), bytes.as_mut_ptr().cast(), 8),
            118 => (table.write_memory)(caller, world.draw::<u16>().into(), bytes.as_ptr().cast(), 8),
            119 => {
                let mut span = abi::Buffer { data: ptr::null_mut(), size: 0 };
                let status = (table.get_memory_span)(caller, world.draw::<u16>().into(), 4, &mut span);
                if status == abi::STATUS_OK {
                    span.data.write_bytes(9, span.size);
                }
                status
            }
            120..128 => (table.call)(caller, world.text(), from, count, to, room),
            128..133 => (table.call_ref)(caller, handle, from, count, to, room),
            133 => (table.get_context_data)(caller, &mut pointer),
            134..137 => {
                let out = if world.draw::<u8>() == 255 { ptr::null_mut() } else { &raw mut made };
                let status = (table.create_extern_ref)(caller, world.tag(Vec::new()), Some(free_tag), out);
                world.remember(made);
                status
            }
            137 => (table.get_extern_ref)(caller, handle, &mut pointer),
            138..141 => (table.retain_ref)(caller, handle),
            _ => (table.release_ref)(caller, handle),
        }
    };
    assert_ne!(status, abi::STATUS_INTERNAL);
    keep(world, status, &results);
}

/// Something for another thread.
struct Knock(*mut c::VM_Context, *mut abi::Caller);

// SAFETY: that other threads may have these is what is tried out.
unsafe impl Send for Knock {}

impl Knock {
    /// # Safety
    /// The context is not deleted and the caller is libvm's; either may be NULL.
    unsafe fn knock(self) {
        let (mut instance, mut size) = (handle!(VM_Instance, NO_HANDLE), 0);
        // SAFETY: promised above.
        unsafe {
            checked(|e| c::VM_ContextGetInstance(self.0, 0, &mut instance, e));
            let _ = c::VM_ContextGetInstanceCount(self.0);
            if let Some(caller) = self.1.as_ref() {
                let status = ((*caller.table).get_memory_size)(self.1, &mut size);
                assert!([abi::STATUS_STALE, abi::STATUS_WRONG_THREAD].contains(&status), "{status}");
            }
        }
    }
}

/// Knocks at a context and a caller from another thread, while both may be in use here.
///
/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn elsewhere(world: &World, context: *mut c::VM_Context) {
    let knock = Knock(context, world.callers.borrow().last().copied().unwrap_or(ptr::null_mut()));
    // SAFETY: promised above; this thread waits.
    std::thread::scope(|scope| scope.spawn(|| unsafe { { knock }.knock() }).join().expect("the other thread does not panic"));
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn about(world: &World, context: *mut c::VM_Context, choice: u8) {
    let mut data = ptr::null_mut();
    // SAFETY: promised above.
    unsafe {
        match choice {
            150..156 => {
                checked(|e| c::VM_ContextSetData(context, world.tag(Vec::new()), Some(free_tag), e));
            }
            156 => {
                checked(|e| c::VM_ContextGetData(context, &mut data, e));
            }
            157 => assert_eq!(c::VM_ContextGetId(context) == 0, context.is_null()),
            158..163 => {
                let (plugin, key, value) =
                    (if choice < 161 { c"calc".as_ptr() } else { world.text() }, world.text(), world.text());
                let items = [world.text(), world.text()];
                checked(|e| match world.draw::<u8>() % 5 {
                    0 => c::VM_ContextSetPluginOption(context, plugin, key, value, e),
                    1 => c::VM_ContextSetPluginOptionBool(context, plugin, key, choice & 1 == 0, e),
                    2 => c::VM_ContextSetPluginOptionInteger(context, plugin, key, world.draw(), e),
                    3 => c::VM_ContextSetPluginOptionFloat(context, plugin, key, f64::from_bits(world.draw()), e),
                    _ => c::VM_ContextSetPluginOptionList(context, plugin, key, items.as_ptr(), 2, e),
                });
            }
            _ => {
                let _ = c::VM_ContextGetInstanceCount(context);
            }
        }
    }
}
