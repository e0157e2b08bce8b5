//! Steps that make, fill and delete objects.

use super::builtin::CALC;
use super::callbacks::{host, limit, log, read, write};
use super::guests::GUESTS;
use super::world::{Pool, World, free_tag};
use crate::c;
use crate::owned::checked;
use libvm_abi as abi;
use std::ptr;

/// Makes an object for a pool, sometimes without a place for it.
fn make<T>(world: &World, pool: &Pool<T>, call: impl FnOnce(*mut *mut T, *mut *mut c::VM_Error) -> abi::Status) {
    if !pool.has_room() {
        return;
    }
    if world.draw::<u8>() == 255 {
        // The error need not be wanted.
        assert_eq!(call(ptr::null_mut(), ptr::null_mut()), abi::STATUS_NULL_ARGUMENT);
        return;
    }
    let mut made = ptr::null_mut();
    checked(|error| call(&mut made, error));
    pool.add(made);
}

const SIGNATURES: &[(&std::ffi::CStr, &[u32])] = &[
    (c"(i)i", &[abi::VALTYPE_I32]),
    (c"(r)r", &[abi::VALTYPE_EXTERNREF]),
    (c"()", &[]),
    (c"($)i", &[abi::VALTYPE_I32]),
    (c"(*~)i", &[abi::VALTYPE_I32]),
    (c"(ifIF)F", &[abi::VALTYPE_F64]),
    (c"(c)ci", &[abi::VALTYPE_FUNCREF, abi::VALTYPE_I32]),
    (c"(v)v", &[abi::VALTYPE_V128]),
    (c"(i", &[]),
];

pub fn step(world: &World, choice: u8) {
    let pick = || world.draw::<u8>();
    // SAFETY: every object is of its pool and not deleted, or NULL; everything written to is of this frame; texts end with NUL.
    unsafe {
        match choice {
            0..2 => make(world, &world.engine_configs, |out, error| c::VM_EngineConfigCreate(out, error)),
            2 => {
                let config = world.engine_configs.any(pick());
                checked(|e| c::VM_EngineConfigSetProposal(config, i32::from(pick() % 17) - 1, pick() & 1 == 0, e));
                checked(|e| c::VM_EngineConfigSetCompilation(config, i32::from(pick() % 4) - 1, e));
            }
            3 => {
                let config = world.engine_configs.any(pick());
                checked(|e| c::VM_EngineConfigSetStackSize(config, 1 << (pick() % 24), e));
                checked(|e| c::VM_EngineConfigSetRecursionDepth(config, usize::from(pick()), e));
            }
            4 => c::VM_EngineConfigDelete(world.engine_configs.take(pick())),
            5..10 => make(world, &world.engines, |out, error| c::VM_EngineCreate(world.engine_configs.any(pick()), out, error)),
            10 => usual(world),
            11 => c::VM_EngineDelete(world.engines.take(pick())),
            12 => {
                let kinds = [pick() % 9, pick() % 9].map(u32::from);
                make(world, &world.func_types, |out, error| c::VM_FuncTypeCreate(kinds.as_ptr(), 2, &kinds[1], 1, out, error));
            }
            13 => c::VM_FuncTypeDelete(world.func_types.take(pick())),
            14..24 => {
                let (engine, guest) = (world.engines.any(pick()), &GUESTS[usize::from(pick()) % GUESTS.len()]);
                make(world, &world.modules, |out, e| c::VM_ModuleLoadFromBuffer(engine, guest.as_ptr(), guest.len(), out, e));
            }
            24 => look(world),
            25..27 => c::VM_ModuleDelete(world.modules.take(pick())),
            27..33 => make(world, &world.host_modules, |out, error| c::VM_HostModuleCreate(world.text(), out, error)),
            33..42 => add_function(world),
            42..44 => add_item(world),
            44..46 => c::VM_HostModuleDelete(world.host_modules.take(pick())),
            46 => make(world, &world.context_configs, |out, error| c::VM_ContextConfigCreate(out, error)),
            47 => {
                let config = world.context_configs.any(pick());
                checked(|e| c::VM_ContextConfigSetName(config, world.text(), e));
                let (pages, elements, count) = (pick(), pick(), pick());
                checked(|e| c::VM_ContextConfigSetMemoryLimit(config, u64::from(pages) << 13, e));
                checked(|e| c::VM_ContextConfigSetMemorySizeLimit(config, u64::from(elements) << 14, e));
                checked(|e| c::VM_ContextConfigSetTableLimit(config, u64::from(elements), e));
                checked(|e| c::VM_ContextConfigSetInstanceLimit(config, usize::from(count), e));
                checked(|e| c::VM_ContextConfigSetReferenceLimit(config, u64::from(count), e));
                checked(|e| c::VM_ContextConfigSetCallDepthLimit(config, usize::from(count), e));
                checked(|e| c::VM_ContextConfigSetOpenFileLimit(config, usize::from(pages), e));
                let ask = (pages % 2 == 0).then_some(limit as unsafe extern "C" fn(_, _) -> _);
                checked(|e| c::VM_ContextConfigSetLimitCallback(config, ask, world.tag(Vec::new()), Some(free_tag), e));
            }
            48 => c::VM_ContextConfigDelete(world.context_configs.take(pick())),
            49..56 => {
                let (engine, config) = (world.engines.any(pick()), world.context_configs.any(pick()));
                make(world, &world.contexts, |out, error| c::VM_ContextCreate(engine, config, out, error));
            }
            56..60 => c::VM_ContextDelete(world.contexts.take(pick())),
            60..63 => make(world, &world.registries, |out, error| c::VM_PluginRegistryCreate(out, error)),
            63..66 => plugins(world),
            66..68 => {
                let (registry, builtin) = (world.registries.any(pick()), if pick() == 255 { ptr::null() } else { &CALC.0 });
                checked(|e| c::VM_PluginRegistryAddBuiltin(registry, builtin, e));
            }
            68..70 => {
                make(world, &world.plugins, |out, e| c::VM_PluginRegistryFind(world.registries.any(pick()), world.text(), out, e))
            }
            70 => c::VM_PluginRelease(world.plugins.take(pick())),
            71..73 => c::VM_PluginRegistryDelete(world.registries.take(pick())),
            73 => c::VM_PluginReportDelete(world.reports.take(pick())),
            74..77 => make(world, &world.wasis, |out, error| c::VM_WasiCreate(out, error)),
            77..86 => wasi(world),
            86 => c::VM_WasiDelete(world.wasis.take(pick())),
            _ => {
                let (context, level) = (world.contexts.any(pick()), i32::from(pick() % 7));
                let callback: c::VM_LogCallback = if pick() & 1 == 0 { Some(log) } else { None };
                if pick() & 1 == 0 {
                    checked(|e| c::VM_ContextSetLogCallback(context, level, callback, world.tag(vec![]), Some(free_tag), e));
                } else {
                    checked(|e| c::VM_LogSetCallback(level, callback, world.tag(vec![]), Some(free_tag), e));
                }
            }
        }
    }
}

fn memory_type(minimum: u64, maximum: u64, [has_maximum, is_64]: [bool; 2], page_size: u32) -> c::VM_MemoryType {
    let size = size_of::<c::VM_MemoryType>() as u32;
    c::VM_MemoryType { size, page_size, minimum, maximum, has_maximum, is_64, reserved: [0; 6] }
}

fn table_type(element: u32, minimum: u64, maximum: u64, [has_maximum, is_64]: [bool; 2]) -> c::VM_TableType {
    let size = size_of::<c::VM_TableType>() as u32;
    c::VM_TableType { size, element, minimum, maximum, has_maximum, is_64, reserved: [0; 6] }
}

fn global_type(content: u32, is_mutable: bool) -> c::VM_GlobalType {
    c::VM_GlobalType { size: size_of::<c::VM_GlobalType>() as u32, content, is_mutable, reserved: [0; 7] }
}

/// What a program does first, so that sequences need not find it out: a context with a host module that has all that the guests
/// import, and a guest in it.
///
/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn usual(world: &World) {
    let guest = &GUESTS[usize::from(world.draw::<u8>()) % GUESTS.len()];
    let memory = memory_type(1, 0, [false, false], 0);
    let global = global_type(abi::VALTYPE_I32, true);
    // SAFETY: promised above.
    unsafe {
        make(world, &world.engines, |out, error| c::VM_EngineCreate(ptr::null(), out, error));
        make(world, &world.contexts, |out, error| c::VM_ContextCreate(world.engines.any(0), ptr::null(), out, error));
        make(world, &world.host_modules, |out, error| c::VM_HostModuleCreate(c"host".as_ptr(), out, error));
        let (data, size) = (guest.as_ptr(), guest.len());
        make(world, &world.modules, |out, error| c::VM_ModuleLoadFromBuffer(world.engines.any(0), data, size, out, error));
        // Asked for each time: what a call frees may go on with the sequence, and delete them.
        let (context, host_module) = (|| world.contexts.any(0), || world.host_modules.any(0));
        for (name, signature, results) in [
            (c"f", if world.draw::<u8>() < 200 { c"(i)i" } else { c"($)i" }, vec![abi::VALTYPE_I32]),
            (c"g", c"(r)r", vec![abi::VALTYPE_EXTERNREF]),
            (c"h", c"()", Vec::new()),
            (c"b", c"(*~)i", vec![abi::VALTYPE_I32]),
        ] {
            let (name, signature, tag) = (name.as_ptr(), signature.as_ptr(), world.tag(results));
            checked(|e| c::VM_HostModuleAddFunction(host_module(), name, signature, Some(host), tag, Some(free_tag), e));
        }
        checked(|e| c::VM_HostModuleAddMemory(host_module(), c"memory".as_ptr(), &memory, e));
        checked(|e| c::VM_HostModuleAddGlobal(host_module(), c"global".as_ptr(), &global, &abi::Value::i32(1), e));
        checked(|e| c::VM_ContextRegisterModule(context(), host_module(), e));
        let mut made = c::VM_Instance { context: 0, slot: 0, generation: 0 };
        checked(|e| c::VM_ContextInstantiate(context(), world.modules.any(0), &mut made, e));
        world.remember(abi::Ref { context: made.context, slot: made.slot, generation: made.generation });
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn add_function(world: &World) {
    let (module, user) = (world.host_modules.any(world.draw()), world.draw::<u8>());
    let (signature, results) = SIGNATURES[usize::from(world.draw::<u8>()) % SIGNATURES.len()];
    let callback: c::VM_Callback = if user == 255 { None } else { Some(host) };
    // SAFETY: promised above.
    unsafe {
        if user >= 240 {
            let ty = world.func_types.any(world.draw());
            let mut count = 0;
            let types = c::VM_FuncTypeGetResults(ty, &mut count);
            let results = (0..count).map(|index| *types.add(index)).collect();
            let tag = world.tag(results);
            checked(|e| c::VM_HostModuleAddFunctionWithType(module, world.text(), ty, callback, tag, Some(free_tag), e));
            return;
        }
        let tag = world.tag(results.to_vec());
        checked(|e| c::VM_HostModuleAddFunction(module, world.text(), signature.as_ptr(), callback, tag, Some(free_tag), e));
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn add_item(world: &World) {
    let (module, name) = (world.host_modules.any(world.draw()), world.text());
    let (minimum, maximum) = (u64::from(world.draw::<u8>() % 3), u64::from(world.draw::<u8>() % 4));
    let (has_maximum, is_64) = (world.draw(), world.draw::<u8>() == 255);
    // SAFETY: promised above.
    unsafe {
        match world.draw::<u8>() % 3 {
            0 => {
                let page_size = [0, 1, 2, 65536][world.draw::<u8>() as usize % 4];
                let ty = memory_type(minimum, maximum, [has_maximum, is_64], page_size);
                checked(|e| c::VM_HostModuleAddMemory(module, name, &ty, e));
            }
            1 => {
                let element = u32::from(5 + world.draw::<u8>() % 4);
                let ty = table_type(element, minimum, maximum, [has_maximum, is_64]);
                checked(|e| c::VM_HostModuleAddTable(module, name, &ty, e));
            }
            _ => {
                let value = world.value();
                let ty = global_type(if is_64 { 3 } else { value.kind }, has_maximum);
                checked(|e| c::VM_HostModuleAddGlobal(module, name, &ty, &value, e));
            }
        }
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn look(world: &World) {
    let (module, index) = (world.modules.any(world.draw()), usize::from(world.draw::<u8>() % 9));
    // SAFETY: promised above.
    unsafe {
        assert_eq!(c::VM_ModuleGetImport(module, index).is_null(), index >= c::VM_ModuleGetImportCount(module));
        assert_eq!(c::VM_ModuleGetExport(module, index).is_null(), index >= c::VM_ModuleGetExportCount(module));
        let count = c::VM_ModuleGetCustomSectionCount(module);
        assert_eq!(c::VM_ModuleGetCustomSection(module, index).is_null(), index >= count);
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn plugins(world: &World) {
    let registry = world.registries.any(world.draw());
    let names = [world.text(), world.text()];
    let (policy, count) = (i32::from(world.draw::<u8>() % 3), usize::from(world.draw::<u8>() % 3));
    // SAFETY: promised above.
    unsafe {
        let _ = c::VM_PluginRegistryGetCount(registry);
        checked(|e| c::VM_PluginRegistrySetPolicy(registry, policy, names.as_ptr(), count, e));
        if world.reports.has_room() {
            let mut report = ptr::null_mut();
            checked(|e| c::VM_PluginLoadFromPath(registry, c"/nowhere/at all".as_ptr(), &mut report, e));
            world.reports.add(report);
        }
        let report = world.reports.any(world.draw());
        assert_eq!(c::VM_PluginReportGetLine(report, 0).is_null(), c::VM_PluginReportGetCount(report) == 0);
    }
}

/// # Safety
/// As everywhere here: the world's objects are not deleted.
unsafe fn wasi(world: &World) {
    let (wasi, stream) = (world.wasis.any(world.draw()), i32::from(world.draw::<u8>() % 4));
    let texts = [world.text(), world.text()];
    // SAFETY: promised above.
    unsafe {
        match world.draw::<u8>() % 9 {
            0 => {
                checked(|e| c::VM_WasiSetArguments(wasi, texts.as_ptr(), usize::from(world.draw::<u8>() % 3), e));
                checked(|e| c::VM_WasiAddEnvironment(wasi, texts[0], texts[1], e));
            }
            1 => {
                checked(|e| c::VM_WasiAddDirectory(wasi, texts[0], texts[1], world.draw::<u8>().into(), e));
            }
            2 => {
                checked(|e| c::VM_WasiSetInput(wasi, b"input".as_ptr(), 5, e));
            }
            3 => {
                checked(|e| c::VM_WasiSetInputCallback(wasi, Some(read), world.tag(vec![]), Some(free_tag), e));
            }
            4 => {
                checked(|e| c::VM_WasiDiscardStream(wasi, stream, e));
            }
            5 => {
                let _ = c::VM_WasiIsTruncated(wasi, stream);
                checked(|e| c::VM_WasiCaptureStream(wasi, stream, world.draw::<u8>().into(), e));
            }
            6 => {
                checked(|e| c::VM_WasiSetStreamCallback(wasi, stream, Some(write), world.tag(vec![]), Some(free_tag), e));
            }
            7 => {
                let output = [c::VM_WasiGetOutput(wasi), c::VM_WasiGetCaptured(wasi, stream)];
                assert!(output.iter().all(|bytes| bytes.size == 0 || !bytes.data.is_null()));
            }
            _ => {
                checked(|e| c::VM_WasiSetClock(wasi, world.draw(), world.draw(), e));
                checked(|e| c::VM_WasiSetRandomSeed(wasi, world.draw(), e));
            }
        }
    }
}

/// Deletes what is left, in an order that the input says.
pub fn delete_all(world: &World) {
    fn drain<T>(pool: &Pool<T>, delete: unsafe extern "C" fn(*mut T)) {
        loop {
            let object = pool.take(0);
            if object.is_null() {
                return;
            }
            // SAFETY: it is taken out of its pool, so this happens once.
            unsafe { delete(object) };
        }
    }
    let first = world.draw::<u8>();
    for turn in 0..10 {
        match (turn + first % 10) % 10 {
            0 => drain(&world.engine_configs, c::VM_EngineConfigDelete),
            1 => drain(&world.engines, c::VM_EngineDelete),
            2 => drain(&world.func_types, c::VM_FuncTypeDelete),
            3 => drain(&world.modules, c::VM_ModuleDelete),
            4 => drain(&world.host_modules, c::VM_HostModuleDelete),
            5 => drain(&world.context_configs, c::VM_ContextConfigDelete),
            6 => drain(&world.contexts, c::VM_ContextDelete),
            7 => drain(&world.registries, c::VM_PluginRegistryDelete),
            8 => drain(&world.plugins, c::VM_PluginRelease),
            _ => drain(&world.wasis, c::VM_WasiDelete),
        }
    }
    drain(&world.reports, c::VM_PluginReportDelete);
    // SAFETY: NULL is no callback.
    checked(|error| unsafe { c::VM_LogSetCallback(abi::LOG_ERROR, None, ptr::null_mut(), None, error) });
}
