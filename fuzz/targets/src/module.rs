//! Modules: loaded, looked at, instantiated with all that they import, called.

use crate::c;
use crate::owned::{Owned, checked};
use arbitrary::Unstructured;
use libvm_abi::{self as abi, Value};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_void};
use std::slice;

/// The first byte says how the others are taken: bit 0 for eager translation, bit 1 for a module that a generator makes of
/// them, which ends however it is called; it does the same with backtraces. Bytes that are a module themselves are not run, for
/// they may never end.
pub fn module(data: &[u8]) {
    let Some((flags, rest)) = data.split_first() else { return };
    if flags & 2 == 0 {
        with_module(flags & 1 != 0, false, rest, None);
        return;
    }
    let mut input = Unstructured::new(rest);
    let Some(generated) = generate(&mut input) else { return };
    let calls = input.take_rest();
    let plain = with_module(flags & 1 != 0, false, &generated, Some(calls));
    assert_eq!(plain, with_module(flags & 1 != 0, true, &generated, Some(calls)), "with backtraces it does something else");
}

/// What the calls of a module return: their status and the bits of their results.
type Outcomes = Vec<(abi::Status, Vec<u64>)>;

/// Loads a module, and runs it if it is known to end: then `calls` says how.
fn with_module(eager: bool, backtraces: bool, wasm: &[u8], calls: Option<&[u8]>) -> Outcomes {
    let Some(engine) = engine(eager, backtraces) else { return Outcomes::new() };
    // SAFETY: the bytes are there; the engine is not deleted yet.
    let load = |out, error| unsafe { c::VM_ModuleLoadFromBuffer(engine.get(), wasm.as_ptr(), wasm.len(), out, error) };
    // SAFETY: as above.
    let valid = checked(|error| unsafe { c::VM_ModuleValidate(engine.get(), wasm.as_ptr(), wasm.len(), error) });
    let Some(module) = Owned::make(c::VM_ModuleDelete, load) else {
        assert!(calls.is_none(), "a generated module was refused");
        // Translation finds limits that validation does not know.
        assert!(valid != abi::STATUS_OK || eager);
        return Outcomes::new();
    };
    assert_eq!(valid, abi::STATUS_OK);
    let (imports, exports) = look(module.get());
    if calls.is_none() && has_start(wasm) {
        return Outcomes::new();
    }
    run(engine.get(), module.get(), &imports, &exports, calls.map(Unstructured::new))
}

fn generate(input: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    generate_with(input, config())
}

/// What generated modules have: nothing that libvm does not support.
pub fn config() -> wasm_smith::Config {
    wasm_smith::Config {
        max_memories: 2,
        max_tables: 3,
        max_imports: 12,
        max_funcs: 12,
        exceptions_enabled: false,
        gc_enabled: false,
        threads_enabled: false,
        custom_page_sizes_enabled: true,
        wide_arithmetic_enabled: true,
        generate_custom_sections: true,
        ..wasm_smith::Config::default()
    }
}

/// Generates a module that ends however it is called.
pub fn generate_with(input: &mut Unstructured<'_>, config: wasm_smith::Config) -> Option<Vec<u8>> {
    let mut module = wasm_smith::Module::new(config, input).ok()?;
    module.ensure_termination(500).ok()?;
    Some(module.to_bytes())
}

fn engine(eager: bool, backtraces: bool) -> Option<Owned<c::VM_Engine>> {
    // SAFETY: out-pointers of this frame, and objects that live while they are used.
    unsafe {
        let config = Owned::make(c::VM_EngineConfigDelete, |out, error| c::VM_EngineConfigCreate(out, error))?;
        let mode = if eager { c::VM_COMPILATION_EAGER } else { c::VM_COMPILATION_LAZY };
        for proposal in [c::VM_PROPOSAL_CUSTOM_PAGE_SIZES, c::VM_PROPOSAL_WIDE_ARITHMETIC] {
            checked(|error| c::VM_EngineConfigSetProposal(config.get(), proposal, true, error));
        }
        checked(|error| c::VM_EngineConfigSetCompilation(config.get(), mode, error));
        checked(|error| c::VM_EngineConfigSetBacktraces(config.get(), backtraces, error));
        checked(|error| c::VM_EngineConfigSetRecursionDepth(config.get(), 100, error));
        checked(|error| c::VM_EngineConfigSetStackSize(config.get(), 1 << 18, error));
        Owned::make(c::VM_EngineDelete, |out, error| c::VM_EngineCreate(config.get(), out, error))
    }
}

/// Whether instantiating would run code: section 8 names a start function.
fn has_start(wasm: &[u8]) -> bool {
    let mut rest = wasm.get(8..).unwrap_or_default();
    while let [id, tail @ ..] = rest {
        let (mut size, mut shift, mut used) = (0u64, 0, 0);
        for byte in tail.iter().take(5) {
            size |= u64::from(byte & 0x7f) << shift;
            (shift, used) = (shift + 7, used + 1);
            if byte & 0x80 == 0 {
                break;
            }
        }
        if *id == 8 {
            return true;
        }
        rest = tail.get(used + size as usize..).unwrap_or_default();
    }
    false
}

/// Something imported or exported, when its names can be written in C.
pub struct Item<'a> {
    module: CString,
    pub name: CString,
    /// The module's own.
    pub ty: &'a c::VM_ExternType,
}

/// # Safety
/// `text` points to `size` bytes and a NUL.
unsafe fn name(text: *const std::ffi::c_char, size: usize) -> Option<CString> {
    // SAFETY: promised above.
    let bytes = unsafe { slice::from_raw_parts(text.cast::<u8>(), size + 1) };
    assert_eq!(bytes[size], 0);
    assert!(std::str::from_utf8(&bytes[..size]).is_ok());
    CString::new(&bytes[..size]).ok()
}

/// Looks at all that a module says of itself; returns its imports and exports.
pub fn look<'a>(module: *const c::VM_Module) -> (Vec<Option<Item<'a>>>, Vec<Option<Item<'a>>>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    // SAFETY: the module lives, and the descriptions are its own.
    unsafe {
        for index in 0..c::VM_ModuleGetImportCount(module) {
            let found = &*c::VM_ModuleGetImport(module, index);
            let names = name(found.module, found.module_size).zip(name(found.name, found.name_size));
            imports.push(names.map(|(module, name)| Item { module, name, ty: &*found.r#type }));
        }
        for index in 0..c::VM_ModuleGetExportCount(module) {
            let found = &*c::VM_ModuleGetExport(module, index);
            let name = name(found.name, found.name_size);
            exports.push(name.map(|name| Item { module: CString::default(), name, ty: &*found.r#type }));
        }
        for index in 0..c::VM_ModuleGetCustomSectionCount(module) {
            let found = &*c::VM_ModuleGetCustomSection(module, index);
            assert!(std::str::from_utf8(slice::from_raw_parts(found.name.data, found.name.size)).is_ok());
            let _ = slice::from_raw_parts(found.data.data, found.data.size).iter().fold(0u8, |sum, byte| sum ^ byte);
        }
    }
    (imports, exports)
}

/// The types of a function.
pub unsafe fn types<'a>(ty: *const c::VM_FuncType) -> (&'a [u32], &'a [u32]) {
    let (mut params, mut results) = (0, 0);
    // SAFETY: the type is a module's, which lives longer.
    unsafe {
        let (first, second) = (c::VM_FuncTypeGetParams(ty, &mut params), c::VM_FuncTypeGetResults(ty, &mut results));
        (slice::from_raw_parts(first, params), slice::from_raw_parts(second, results))
    }
}

/// Some value of a type.
pub fn value(ty: u32, seed: u64) -> Value {
    match ty {
        abi::VALTYPE_I32 => Value::i32(seed as i32),
        abi::VALTYPE_I64 => Value::i64(seed as i64),
        abi::VALTYPE_F32 => Value::f32_bits(seed as u32),
        abi::VALTYPE_F64 => Value::f64_bits(seed),
        abi::VALTYPE_V128 => Value::v128(u128::from(seed) << 32 | 7),
        abi::VALTYPE_FUNCREF => Value::func_ref(abi::Ref::default()),
        _ => Value::extern_ref(abi::Ref::default()),
    }
}

/// A host function that gives zeros of its result types, looks into the guest's memory, and sometimes traps.
unsafe extern "C-unwind" fn host(
    user: *mut c_void,
    caller: *mut abi::Caller,
    args: *const Value,
    results: *mut Value,
) -> abi::Status {
    // SAFETY: the user is the function's type; arguments and results are as many as it has; the caller is this call's.
    unsafe {
        let (params, wanted) = types(user.cast());
        assert_eq!(((*caller).arg_count as usize, (*caller).result_count as usize), (params.len(), wanted.len()));
        let mut sum = 0u64;
        for (index, param) in params.iter().enumerate() {
            assert_eq!((*args.add(index)).kind, *param);
            // References differ in their contexts.
            if *param < abi::VALTYPE_FUNCREF {
                sum = sum.wrapping_mul(31).wrapping_add(u64::from((*args.add(index)).bits_32()));
            }
        }
        let (mut size, mut byte) = (0, [0u8; 4]);
        let table = &*(*caller).table;
        if (table.get_memory_size)(caller, &mut size) == abi::STATUS_OK {
            let inside = (table.read_memory)(caller, sum, byte.as_mut_ptr().cast(), 4) == abi::STATUS_OK;
            assert_eq!(inside, sum.checked_add(4).is_some_and(|end| end <= size));
        }
        for (index, ty) in wanted.iter().enumerate() {
            results.add(index).write(value(*ty, sum));
        }
        if sum % 61 == 1 { (table.trap)(caller, c"said no".as_ptr()) } else { abi::STATUS_OK }
    }
}

/// A context that has all that a module imports.
pub fn context(engine: *mut c::VM_Engine, imports: &[Option<Item<'_>>]) -> Option<Owned<c::VM_Context>> {
    // SAFETY: all objects live while they are used, and texts end with NUL.
    unsafe {
        let config = Owned::make(c::VM_ContextConfigDelete, |out, error| c::VM_ContextConfigCreate(out, error))?;
        checked(|error| c::VM_ContextConfigSetMemoryLimit(config.get(), 4 << 20, error));
        checked(|error| c::VM_ContextConfigSetTableLimit(config.get(), 100_000, error));
        checked(|error| c::VM_ContextConfigSetInstanceLimit(config.get(), 20, error));
        let make = |out, error| c::VM_ContextCreate(engine, config.get(), out, error);
        let context = Owned::make(c::VM_ContextDelete, make)?;
        let mut modules: BTreeMap<&CStr, Owned<c::VM_HostModule>> = BTreeMap::new();
        for item in imports.iter().flatten() {
            if !modules.contains_key(&*item.module) {
                let make = |out, error| c::VM_HostModuleCreate(item.module.as_ptr(), out, error);
                modules.insert(&item.module, Owned::make(c::VM_HostModuleDelete, make)?);
            }
            let (module, name, ty) = (modules[&*item.module].get(), item.name.as_ptr(), item.ty);
            checked(|error| match ty.kind {
                c::VM_EXTERN_FUNC => {
                    let user = ty.function.cast_mut().cast();
                    c::VM_HostModuleAddFunctionWithType(module, name, ty.function, Some(host), user, None, error)
                }
                c::VM_EXTERN_MEMORY => c::VM_HostModuleAddMemory(module, name, ty.memory, error),
                c::VM_EXTERN_TABLE => c::VM_HostModuleAddTable(module, name, ty.table, error),
                _ => c::VM_HostModuleAddGlobal(module, name, ty.global, &value((*ty.global).content, 3), error),
            });
        }
        for module in modules.values() {
            checked(|error| c::VM_ContextRegisterModule(context.get(), module.get(), error));
        }
        Some(context)
    }
}

fn run(
    engine: *mut c::VM_Engine,
    module: *const c::VM_Module,
    imports: &[Option<Item<'_>>],
    exports: &[Option<Item<'_>>],
    calls: Option<Unstructured<'_>>,
) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let Some(context) = context(engine, imports) else { return outcomes };
    let mut instance = c::VM_Instance { context: 0, slot: 0, generation: 0 };
    // SAFETY: the objects live, and the instance can be written.
    let status = checked(|error| unsafe { c::VM_ContextInstantiate(context.get(), module, &mut instance, error) });
    outcomes.push((status, Vec::new()));
    let Some(mut input) = calls.filter(|_| status == abi::STATUS_OK) else { return outcomes };
    for item in exports.iter().flatten() {
        let seed = input.arbitrary().unwrap_or(0);
        // SAFETY: the instance is the context's, and the name ends with NUL.
        unsafe { touch(context.get(), instance, item, seed, &mut outcomes) };
    }
    outcomes
}

/// Uses an export as far as its kind lets one.
///
/// # Safety
/// The context lives and has the instance.
unsafe fn touch(context: *mut c::VM_Context, instance: c::VM_Instance, item: &Item<'_>, seed: u64, outcomes: &mut Outcomes) {
    let name = item.name.as_ptr();
    // SAFETY: promised above; everything written to is of this frame.
    unsafe {
        match item.ty.kind {
            c::VM_EXTERN_FUNC => {
                let (params, results) = types(item.ty.function);
                let args: Vec<Value> = params.iter().map(|ty| value(*ty, seed)).collect();
                let mut out = vec![Value::NONE; results.len()];
                let (from, to) = ((args.as_ptr(), args.len()), (out.as_mut_ptr(), out.len()));
                let status = checked(|e| c::VM_ContextExecute(context, instance, name, from.0, from.1, to.0, to.1, e));
                assert!(![abi::STATUS_WRONG_COUNT, abi::STATUS_WRONG_TYPE, abi::STATUS_NOT_FOUND].contains(&status));
                // References differ in their contexts.
                let numbers = out.iter().filter(|value| value.kind < abi::VALTYPE_FUNCREF);
                outcomes.push((status, numbers.map(|value| value.bits_64()).collect()));
                if status == abi::STATUS_OK {
                    assert!(out.iter().map(|value| value.kind).eq(results.iter().copied()));
                }
            }
            c::VM_EXTERN_MEMORY => {
                let (mut found, mut former, mut byte) = (c::VM_Memory { context: 0, slot: 0, generation: 0 }, 0, [0u8; 3]);
                checked(|error| c::VM_InstanceFindMemory(context, instance, name, &mut found, error));
                checked(|error| c::VM_MemoryGrow(context, found, seed % 4, &mut former, error));
                let status = checked(|error| c::VM_MemoryRead(context, found, seed, byte.as_mut_ptr().cast(), 3, error));
                outcomes.push((status, byte.map(u64::from).to_vec()));
                checked(|error| c::VM_MemoryWrite(context, found, seed >> 44, byte.as_ptr().cast(), 3, error));
            }
            c::VM_EXTERN_TABLE => {
                let (mut found, mut former) = (c::VM_Table { context: 0, slot: 0, generation: 0 }, 0);
                let mut element = Value::NONE;
                checked(|error| c::VM_InstanceFindTable(context, instance, name, &mut found, error));
                checked(|error| {
                    c::VM_TableGrow(context, found, seed % 4, &value((*item.ty.table).element, 0), &mut former, error)
                });
                checked(|error| c::VM_TableRead(context, found, seed % 8, &mut element, error));
                checked(|error| c::VM_TableWrite(context, found, seed % 5, &element, error));
                c::VM_RefRelease(element.reference());
            }
            _ => {
                let mut found = c::VM_Global { context: 0, slot: 0, generation: 0 };
                let mut content = Value::NONE;
                checked(|error| c::VM_InstanceFindGlobal(context, instance, name, &mut found, error));
                let status = checked(|error| c::VM_GlobalRead(context, found, &mut content, error));
                outcomes.push((status, if content.kind < abi::VALTYPE_FUNCREF { vec![content.bits_64()] } else { Vec::new() }));
                checked(|error| c::VM_GlobalWrite(context, found, &value((*item.ty.global).content, seed), error));
                c::VM_RefRelease(content.reference());
            }
        }
    }
}
