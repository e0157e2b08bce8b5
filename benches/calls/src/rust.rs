//! The same calls through wasmi from Rust.
use crate::signature::Signature;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmi::{Config, Engine, Extern, F32, F64, Func, Instance, Module, Store, TypedFunc, V128, Val};

/// How a host function is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Func::wrap`
    Wrap,
    /// `Func::new`
    New,
}

/// A guest and its host.
pub struct Guest {
    store: Store<()>,
    call: Func,
    run: TypedFunc<u32, u64>,
    /// How often the host function without parameters was called.
    called: Arc<AtomicU64>,
    index: usize,
}

impl Guest {
    /// Instantiates the guest of a signature, given by its index.
    pub fn new(wasm: &[u8], index: usize, kind: Kind) -> Result<Self, wasmi::Error> {
        let mut config = Config::default();
        // What libvm does by default.
        config.set_max_stack_height(16 << 20).set_max_recursion_depth(65_536).set_max_cached_stacks(8);
        config.compilation_mode(wasmi::CompilationMode::LazyTranslation);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm)?;
        let mut store = Store::new(&engine, ());
        let called = Arc::new(AtomicU64::new(0));
        let host = match kind {
            Kind::Wrap => wrap(&mut store, index, Arc::clone(&called)),
            Kind::New => new(&mut store, &module, index, Arc::clone(&called)),
        };
        let instance = Instance::new(&mut store, &module, &[Extern::Func(host)])?;
        let call = instance.get_func(&store, "f").expect("every guest exports f");
        let run = instance.get_typed_func(&store, "loop")?;
        Ok(Self { store, call, run, called, index })
    }

    /// Lets the guest call the host `n` times.
    pub fn guest_to_host(&mut self, n: u32) -> u64 {
        self.called.store(0, Ordering::Relaxed);
        let sum = self.run.call(&mut self.store, n).expect("the guest does not trap");
        if self.index == 0 { self.called.load(Ordering::Relaxed) } else { sum }
    }

    /// Calls the guest `n` times with `Func::call`.
    pub fn call(&mut self, n: u32) -> u64 {
        let (call, store) = (self.call, &mut self.store);
        let mut out = [Val::I32(0)];
        match self.index {
            0 => {
                (0..n).for_each(|_| call.call(&mut *store, &[], &mut []).expect("no trap"));
                u64::from(n)
            }
            1 => {
                for _ in 0..n {
                    let x = i32_of(&out[0]);
                    call.call(&mut *store, &[Val::I32(x)], &mut out).expect("no trap");
                }
                i64::from(i32_of(&out[0])) as u64
            }
            2 => {
                for i in 0..n {
                    let x = i32_of(&out[0]);
                    call.call(&mut *store, &[Val::I32(x), Val::I32(i as i32)], &mut out).expect("no trap");
                }
                i64::from(i32_of(&out[0])) as u64
            }
            3 => {
                out = [Val::I64(0)];
                for i in 0..n {
                    let (x, i) = (out[0].i64().expect("an i64"), || Val::I64(i64::from(i)));
                    call.call(&mut *store, &[Val::I64(x), i(), i(), i(), i(), i()], &mut out).expect("no trap");
                }
                out[0].i64().expect("an i64") as u64
            }
            4 => {
                out = [Val::F64(F64::from(0.0))];
                for _ in 0..n {
                    let x = out[0].f64().expect("an f64");
                    call.call(&mut *store, &[Val::F64(x), Val::F64(F64::from(1.5))], &mut out).expect("no trap");
                }
                out[0].f64().expect("an f64").to_bits()
            }
            5 => {
                for i in 0..n {
                    let (x, i) = (i32_of(&out[0]), i as i32);
                    let args = [Val::I32(x), Val::I32(i), Val::I32(i), Val::F32(F32::from(1.0))];
                    call.call(&mut *store, &args, &mut out).expect("no trap");
                }
                i64::from(i32_of(&out[0])) as u64
            }
            _ => {
                let mut vector = V128::from(0);
                for _ in 0..n {
                    call.call(&mut *store, &[Val::V128(vector)], &mut out).expect("no trap");
                    vector = v128_of(&out[0]);
                }
                vector.as_u128() as u64
            }
        }
    }

    /// Calls the guest `n` times with `TypedFunc::call`.
    pub fn call_typed(&mut self, n: u32) -> u64 {
        let (call, store) = (self.call, &mut self.store);
        match self.index {
            0 => {
                let call = call.typed::<(), ()>(&*store).expect("its type");
                (0..n).for_each(|_| call.call(&mut *store, ()).expect("no trap"));
                u64::from(n)
            }
            1 => {
                let call = call.typed::<i32, i32>(&*store).expect("its type");
                (0..n).fold(0, |x, _| call.call(&mut *store, x).expect("no trap")) as u64
            }
            2 => {
                let call = call.typed::<(i32, i32), i32>(&*store).expect("its type");
                (0..n).fold(0, |x, i| call.call(&mut *store, (x, i as i32)).expect("no trap")) as u64
            }
            3 => {
                let call = call.typed::<(i64, i64, i64, i64, i64, i64), i64>(&*store).expect("its type");
                let step = |x, i| call.call(&mut *store, (x, i, i, i, i, i)).expect("no trap");
                (0..i64::from(n)).fold(0, step) as u64
            }
            4 => {
                let call = call.typed::<(f64, f64), f64>(&*store).expect("its type");
                (0..n).fold(0.0, |x, _| call.call(&mut *store, (x, 1.5)).expect("no trap")).to_bits()
            }
            5 => {
                let call = call.typed::<(i32, i32, i32, f32), i32>(&*store).expect("its type");
                (0..n as i32).fold(0, |x, i| call.call(&mut *store, (x, i, i, 1.0)).expect("no trap")) as u64
            }
            _ => {
                let call = call.typed::<V128, V128>(&*store).expect("its type");
                let zero = V128::from(0);
                (0..n).fold(zero, |x, _| call.call(&mut *store, x).expect("no trap")).as_u128() as u64
            }
        }
    }
}

/// How often the guest's loop goes round alone.
pub fn empty_loop(signature: &Signature) -> impl FnMut(u32) -> u64 + use<> {
    let engine = Engine::default();
    let module = Module::new(&engine, signature.empty_guest()).expect("the guest is valid");
    let mut store = Store::new(&engine, ());
    let host = new(&mut store, &module, 0, Arc::default());
    let instance = Instance::new(&mut store, &module, &[Extern::Func(host)]).expect("its import is there");
    let run = instance.get_typed_func::<u32, u64>(&store, "loop").expect("every guest exports loop");
    move |n| {
        run.call(&mut store, n).expect("the guest does not trap");
        0
    }
}

fn i32_of(val: &Val) -> i32 {
    val.i32().expect("an i32")
}

fn v128_of(val: &Val) -> V128 {
    match val {
        Val::V128(vector) => *vector,
        other => unreachable!("{other:?} is no v128"),
    }
}

fn count(called: &AtomicU64) {
    called.store(called.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

fn next(vector: V128) -> V128 {
    let bits = vector.as_u128();
    V128::from(bits & !u128::from(u64::MAX) | u128::from((bits as u64).wrapping_add(1)))
}

fn sum(a: i32, b: i32, c: i32, d: f32) -> i32 {
    a.wrapping_add(b).wrapping_add(c).wrapping_add(d as i32)
}

fn wrap(store: &mut Store<()>, index: usize, called: Arc<AtomicU64>) -> Func {
    match index {
        0 => Func::wrap(store, move || count(&called)),
        1 => Func::wrap(store, |a: i32| a.wrapping_add(1)),
        2 => Func::wrap(store, |a: i32, b: i32| a.wrapping_add(b)),
        3 => Func::wrap(store, |a: i64, b: i64, c: i64, d: i64, e: i64, f: i64| a + b + c + d + e + f),
        4 => Func::wrap(store, |a: f64, b: f64| a + b),
        5 => Func::wrap(store, sum),
        _ => Func::wrap(store, next),
    }
}

fn new(store: &mut Store<()>, module: &Module, index: usize, called: Arc<AtomicU64>) -> Func {
    let import = module.imports().next().expect("every guest has an import");
    let ty = import.ty().func().expect("which is a function").clone();
    match index {
        0 => Func::new(store, ty, move |_, _, _| {
            count(&called);
            Ok(())
        }),
        1 => Func::new(store, ty, |_, args, results| {
            results[0] = Val::I32(i32_of(&args[0]).wrapping_add(1));
            Ok(())
        }),
        2 => Func::new(store, ty, |_, args, results| {
            results[0] = Val::I32(i32_of(&args[0]).wrapping_add(i32_of(&args[1])));
            Ok(())
        }),
        3 => Func::new(store, ty, |_, args, results| {
            results[0] = Val::I64(args.iter().map(|arg| arg.i64().expect("an i64")).sum());
            Ok(())
        }),
        4 => Func::new(store, ty, |_, args, results| {
            let [a, b] = [0, 1].map(|index: usize| f64::from(args[index].f64().expect("an f64")));
            results[0] = Val::F64(F64::from(a + b));
            Ok(())
        }),
        5 => Func::new(store, ty, |_, args, results| {
            let [a, b, c] = [0, 1, 2].map(|index: usize| i32_of(&args[index]));
            results[0] = Val::I32(sum(a, b, c, args[3].f32().expect("an f32").into()));
            Ok(())
        }),
        _ => Func::new(store, ty, |_, args, results| {
            results[0] = Val::V128(next(v128_of(&args[0])));
            Ok(())
        }),
    }
}
