//! Modules on both engines.

use crate::c;
use crate::module::{Item, config, context, generate_with, look, types, value};
use crate::owned::{Owned, checked, checked_trap};
use arbitrary::Unstructured;
use libvm_abi::{self as abi, Value};

/// Bytes of the stack of guests: enough for what generated modules do before they end, as a rule.
const STACK: usize = 1 << 20;

/// What a call has done.
#[derive(Debug, PartialEq)]
struct Outcome {
    name: String,
    status: abi::Status,
    trap: c::VM_TrapCode,
    /// The bits of the results that are numbers.
    results: Vec<u128>,
    /// Of each export that is a memory, a table or a global: its bytes, its size, its bits.
    state: Vec<Vec<u8>>,
}

/// Makes a module of the bytes, which ends however it is called, and calls its exports on both engines: each call returns the same or
/// traps with the same code, and leaves the same memories, globals and sizes of tables. Where the specification permits several results, the
/// module does not ask: its NaNs are canonical, and it has no relaxed SIMD.
pub fn engines(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let deterministic =
        wasm_smith::Config { canonicalize_nans: true, export_everything: true, relaxed_simd_enabled: false, ..config() };
    let Some(wasm) = generate_with(&mut input, deterministic) else { return };
    let calls = input.take_rest();
    let interpreted = run(c::VM_TIER_INTERPRETER, &wasm, calls);
    let compiled = run(c::VM_TIER_COMPILED, &wasm, calls);
    for (interpreted, compiled) in interpreted.iter().zip(&compiled) {
        // The engines have different stacks; what follows then may differ.
        let overflows =
            |outcome: &Outcome| outcome.trap == c::VM_TRAP_STACK_OVERFLOW || outcome.status == abi::STATUS_RECURSION_LIMIT;
        if overflows(interpreted) || overflows(compiled) {
            return;
        }
        assert_eq!(interpreted, compiled, "the engines differ: interpreted and compiled");
    }
    assert_eq!(interpreted.len(), compiled.len());
}

/// Returns whether there is a compiler.
pub fn can_compile() -> bool {
    engine(c::VM_TIER_COMPILED).is_some()
}

fn engine(tier: c::VM_Tier) -> Option<Owned<c::VM_Engine>> {
    // SAFETY: out-pointers of this frame, and objects that live while they are used.
    unsafe {
        let config = Owned::make(c::VM_EngineConfigDelete, |out, error| c::VM_EngineConfigCreate(out, error))?;
        for proposal in [c::VM_PROPOSAL_CUSTOM_PAGE_SIZES, c::VM_PROPOSAL_WIDE_ARITHMETIC] {
            checked(|error| c::VM_EngineConfigSetProposal(config.get(), proposal, true, error));
        }
        checked(|error| c::VM_EngineConfigSetTier(config.get(), tier, error));
        checked(|error| c::VM_EngineConfigSetCacheDirectory(config.get(), c"".as_ptr(), error));
        checked(|error| c::VM_EngineConfigSetRecursionDepth(config.get(), 10_000, error));
        checked(|error| c::VM_EngineConfigSetStackSize(config.get(), STACK, error));
        Owned::make(c::VM_EngineDelete, |out, error| c::VM_EngineCreate(config.get(), out, error))
    }
}

fn run(tier: c::VM_Tier, wasm: &[u8], calls: &[u8]) -> Vec<Outcome> {
    let engine = engine(tier).expect("there is a compiler");
    // SAFETY: the bytes are there; the engine is not deleted yet.
    let load = |out, error| unsafe { c::VM_ModuleLoadFromBuffer(engine.get(), wasm.as_ptr(), wasm.len(), out, error) };
    let module = Owned::make(c::VM_ModuleDelete, load).expect("a generated module is valid");
    let (imports, exports) = look(module.get());
    let mut outcomes = Vec::new();
    let Some(context) = context(engine.get(), &imports) else { return outcomes };
    let exports: Vec<_> = exports.iter().flatten().collect();
    let mut instance = c::VM_Instance { context: 0, slot: 0, generation: 0 };
    // SAFETY: the objects live, and the instance can be written.
    let (status, trap) =
        checked_trap(|error| unsafe { c::VM_ContextInstantiate(context.get(), module.get(), &mut instance, error) });
    let contained = |item: &&Item<'_>| {
        // SAFETY: the context lives, and has the instance once it was created.
        unsafe { state(context.get(), instance, item) }
    };
    let mut add = |name: &str, (status, trap), results| {
        // Only instantiating can leave no instance, and nothing is called then.
        let exists = !outcomes.is_empty() || status == abi::STATUS_OK;
        let state = if exists { exports.iter().filter_map(contained).collect() } else { Vec::new() };
        outcomes.push(Outcome { name: name.to_owned(), status, trap, results, state });
    };
    add("instantiate", (status, trap), Vec::new());
    if status != abi::STATUS_OK {
        return outcomes;
    }
    let mut input = Unstructured::new(calls);
    for item in exports.iter().filter(|item| item.ty.kind == c::VM_EXTERN_FUNC) {
        // SAFETY: the type is the module's.
        let (params, results) = unsafe { types(item.ty.function) };
        let args: Vec<Value> = params.iter().map(|ty| value(*ty, input.arbitrary().unwrap_or(0))).collect();
        let mut out = vec![Value::NONE; results.len()];
        let (name, from, to) = (item.name.as_ptr(), (args.as_ptr(), args.len()), (out.as_mut_ptr(), out.len()));
        // SAFETY: the instance is the context's, the name ends with NUL, and the arrays are as long as said.
        let ended = checked_trap(|error| unsafe {
            c::VM_ContextExecute(context.get(), instance, name, from.0, from.1, to.0, to.1, error)
        });
        // References differ in their contexts.
        let numbers = out.iter().filter(|value| value.kind < abi::VALTYPE_FUNCREF);
        add(&item.name.to_string_lossy(), ended, numbers.map(bits).collect());
    }
    outcomes
}

/// The bits of a number.
fn bits(value: &Value) -> u128 {
    match value.kind {
        abi::VALTYPE_V128 => value.bits_128(),
        abi::VALTYPE_I64 | abi::VALTYPE_F64 => value.bits_64().into(),
        _ => value.bits_32().into(),
    }
}

/// What an export contains.
///
/// # Safety
/// The context lives and has the instance.
unsafe fn state(context: *mut c::VM_Context, instance: c::VM_Instance, item: &Item<'_>) -> Option<Vec<u8>> {
    let name = item.name.as_ptr();
    // SAFETY: promised above; everything written to is of this frame.
    unsafe {
        match item.ty.kind {
            c::VM_EXTERN_MEMORY => {
                let (mut found, mut size) = (c::VM_Memory { context: 0, slot: 0, generation: 0 }, 0);
                checked(|error| c::VM_InstanceFindMemory(context, instance, name, &mut found, error));
                checked(|error| c::VM_MemoryGetSize(context, found, &mut size, error));
                let mut bytes = vec![0u8; size as usize];
                checked(|error| c::VM_MemoryRead(context, found, 0, bytes.as_mut_ptr().cast(), bytes.len(), error));
                // A difference is shown as a short text.
                let sum = bytes.iter().fold(size, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
                Some([size.to_le_bytes(), sum.to_le_bytes()].concat())
            }
            c::VM_EXTERN_TABLE => {
                let (mut found, mut size) = (c::VM_Table { context: 0, slot: 0, generation: 0 }, 0);
                checked(|error| c::VM_InstanceFindTable(context, instance, name, &mut found, error));
                checked(|error| c::VM_TableGetSize(context, found, &mut size, error));
                Some(size.to_le_bytes().to_vec())
            }
            c::VM_EXTERN_GLOBAL => {
                let mut found = c::VM_Global { context: 0, slot: 0, generation: 0 };
                let mut content = Value::NONE;
                checked(|error| c::VM_InstanceFindGlobal(context, instance, name, &mut found, error));
                checked(|error| c::VM_GlobalRead(context, found, &mut content, error));
                if content.kind < abi::VALTYPE_FUNCREF {
                    return Some(bits(&content).to_le_bytes().to_vec());
                }
                c::VM_RefRelease(content.reference());
                None
            }
            _ => None,
        }
    }
}
