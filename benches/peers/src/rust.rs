//! Peers that are linked in: wasmi, also through its C API, and tinywasm.
use libvm_bench::peer::{Context, Peer, Prepared, Table};
use wasmi::{Config, Engine, Error, Extern, Func, Instance, Module, Store, TypedFunc};

// Linked for its C functions.
use wasmi_c_api as _;

unsafe extern "C" {
    static wasmi_peer: Table;
}

/// wasmi through its own C API.
pub fn wasmi_c_api() -> Peer {
    // SAFETY: c/wasmi.c defines it with this layout.
    Peer::in_c("wasmi, C API", unsafe { &wasmi_peer })
}

/// wasmi, with what libvm sets by default.
pub fn wasmi() -> Peer {
    Peer::new("wasmi", |wasm| {
        let mut config = Config::default();
        config.set_max_stack_height(16 << 20).set_max_recursion_depth(65_536).set_max_cached_stacks(8);
        config.compilation_mode(wasmi::CompilationMode::LazyTranslation);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).map_err(|error| error.to_string())?;
        Ok(Box::new(Wasmi(engine, module)))
    })
}

struct Wasmi(Engine, Module);

struct WasmiContext {
    store: Store<()>,
    run: Option<TypedFunc<u32, u64>>,
    f: Option<TypedFunc<(i32, i32), i32>>,
}

impl Prepared for Wasmi {
    fn instantiate(&self) -> Result<Box<dyn Context + '_>, String> {
        let Self(engine, module) = self;
        let mut store = Store::new(engine, ());
        let mut imports = Vec::new();
        for import in module.imports() {
            let ty = import.ty().func().ok_or("imports something else than functions")?.clone();
            let func = if import.module() == "host" {
                Func::wrap(&mut store, |a: i32, b: i32| a.wrapping_add(b))
            } else {
                Func::new(&mut store, ty, |_, _, _| Err(Error::new("not provided")))
            };
            imports.push(Extern::Func(func));
        }
        let instance = Instance::new(&mut store, module, &imports).map_err(|error| error.to_string())?;
        let run = instance.get_typed_func(&store, "run").ok();
        let f = instance.get_typed_func(&store, "f").ok();
        Ok(Box::new(WasmiContext { store, run, f }))
    }
}

impl Context for WasmiContext {
    fn run(&mut self, n: u32) -> u64 {
        self.run.expect("the guest exports it").call(&mut self.store, n).expect("no trap")
    }

    fn call(&mut self, n: u32) -> u64 {
        let f = self.f.expect("the guest exports it");
        (0..n).fold(0, |x, i| f.call(&mut self.store, (x, i as i32)).expect("no trap")) as u64
    }
}

/// tinywasm.
pub fn tinywasm() -> Peer {
    Peer::new("tinywasm", |wasm| {
        let module = tinywasm::parse_bytes(wasm).map_err(|error| error.to_string())?;
        Ok(Box::new(Tiny(module)))
    })
}

struct Tiny(tinywasm::Module);

struct TinyContext {
    store: tinywasm::Store,
    run: Option<tinywasm::FunctionTyped<i32, i64>>,
    f: Option<tinywasm::FunctionTyped<(i32, i32), i32>>,
}

impl Prepared for Tiny {
    fn instantiate(&self) -> Result<Box<dyn Context + '_>, String> {
        use tinywasm::types::ImportType;
        use tinywasm::{FuncContext, HostFunction, Trap};
        let mut store = tinywasm::Store::default();
        let mut imports = tinywasm::Imports::new();
        for import in self.0.imports() {
            let ImportType::Func(ty) = import.ty else { return Err("imports something else than functions".to_owned()) };
            let function = if import.module == "host" {
                HostFunction::from(&mut store, |_: FuncContext<'_>, (a, b): (i32, i32)| Ok(a.wrapping_add(b)))
            } else {
                HostFunction::from_untyped(&mut store, ty, |_, _| Err(Trap::Unreachable.into()))
            };
            imports.define(import.module, import.name, function);
        }
        let instance = tinywasm::ModuleInstance::instantiate(&mut store, &self.0, Some(imports));
        let instance = instance.map_err(|error| error.to_string())?;
        let run = instance.func(&store, "run").ok();
        let f = instance.func(&store, "f").ok();
        Ok(Box::new(TinyContext { store, run, f }))
    }
}

impl Context for TinyContext {
    fn run(&mut self, n: u32) -> u64 {
        let run = self.run.as_ref().expect("the guest exports it");
        run.call(&mut self.store, n as i32).expect("no trap") as u64
    }

    fn call(&mut self, n: u32) -> u64 {
        let f = self.f.as_ref().expect("the guest exports it");
        (0..n).fold(0, |x, i| f.call(&mut self.store, (x, i as i32)).expect("no trap")) as u64
    }
}
