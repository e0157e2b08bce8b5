//! The call driver, with the engine's own interface: what suspends, what continues, what ends.
#![expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the callbacks use what they were registered with, and the values of their call"
)]

use crate::capi::caller_table::TABLE;
use crate::context::{Context, ContextConfig};
use crate::engine::{
    self, Completion, Engine, EngineConfig, Handle, HostFunction, Kind, Module, Progress, Receiver, RunLimits, cancel, complete,
    complete_with_failure, with_caller,
};
use crate::host::{HostModule, Item, parse_signature};
use crate::status::{Error, TrapCode};
use crate::user_data::UserData;
use libvm_abi::{self as abi, Caller, Status, Suspension, Value};
use std::ffi::c_void;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the host functions of a test share.
#[derive(Default)]
struct Shared {
    tokens: Mutex<Vec<u64>>,
    log: Mutex<Vec<&'static str>>,
    resumes: AtomicI32,
    naps: AtomicI32,
}

impl Shared {
    fn token(&self) -> u64 {
        self.tokens.lock().unwrap().pop().expect("a call is suspended")
    }

    fn log(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

fn answer(done: Result<u64, Status>, shared: &Shared) -> Status {
    match done {
        Ok(token) => {
            shared.tokens.lock().unwrap().push(token);
            abi::STATUS_PENDING
        }
        Err(status) => status,
    }
}

fn suspend(caller: *mut Caller, shared: &Shared, given: Suspension) -> Status {
    let outcome =
        unsafe { with_caller(caller, |call| call.suspend(engine::Suspension::new(given)).map_err(|error| failed(call, error))) };
    answer(outcome, shared)
}

fn failed(call: &crate::engine::ActiveCall<'_>, error: Error) -> Status {
    let status = error.status();
    call.set_failure(error);
    status
}

unsafe extern "C-unwind" fn later(user: *mut c_void, caller: *mut Caller, _: *const Value, _: *mut Value) -> Status {
    suspend(caller, unsafe { &*user.cast::<Shared>() }, Suspension::NONE)
}

unsafe extern "C-unwind" fn now(user: *mut c_void, caller: *mut Caller, args: *const Value, _: *mut Value) -> Status {
    let shared = unsafe { &*user.cast::<Shared>() };
    let status = suspend(caller, shared, Suspension::NONE);
    let arg = unsafe { *args };
    complete(shared.token(), Completion::with(vec![Value::i32(arg.bits_32() as i32 * 2)])).unwrap();
    status
}

fn suspension(shared: &Shared) -> Suspension {
    Suspension {
        user: std::ptr::from_ref(shared).cast_mut().cast(),
        resume: Some(resumed),
        cancel: Some(cancelled),
        release: Some(released),
        ..Suspension::NONE
    }
}

unsafe extern "C-unwind" fn twice(user: *mut c_void, caller: *mut Caller, _: *const Value, _: *mut Value) -> Status {
    let shared = unsafe { &*user.cast::<Shared>() };
    shared.resumes.store(1, Ordering::Relaxed);
    suspend(caller, shared, suspension(shared))
}

/// Suspends again as often as `resumes` says, and then adds the completion to the argument.
unsafe extern "C-unwind" fn resumed(
    user: *mut c_void,
    caller: *mut Caller,
    completion: *const abi::Completion,
    args: *const Value,
    results: *mut Value,
) -> Status {
    let shared = unsafe { &*user.cast::<Shared>() };
    shared.log.lock().unwrap().push("resume");
    let completion = unsafe { &*completion };
    if completion.status != abi::STATUS_OK {
        return completion.status;
    }
    if shared.resumes.fetch_sub(1, Ordering::Relaxed) > 0 {
        return suspend(caller, shared, suspension(shared));
    }
    let (value, arg) = unsafe { (*completion.values, *args) };
    unsafe { results.write(Value::i32(value.bits_32() as i32 + arg.bits_32() as i32)) };
    abi::STATUS_OK
}

unsafe extern "C" fn cancelled(user: *mut c_void) {
    unsafe { &*user.cast::<Shared>() }.log.lock().unwrap().push("cancel");
}

unsafe extern "C" fn released(user: *mut c_void) {
    unsafe { &*user.cast::<Shared>() }.log.lock().unwrap().push("release");
}

/// Has the guest call its export `down` with one less, until 0.
unsafe extern "C-unwind" fn guest(user: *mut c_void, caller: *mut Caller, args: *const Value, _: *mut Value) -> Status {
    let shared = unsafe { &*user.cast::<Shared>() };
    let next = [Value::i32(unsafe { *args }.bits_32() as i32 - 1)];
    let given = suspension(shared);
    let outcome = unsafe {
        with_caller(caller, |call| {
            let func = call.export_ref("down").map_err(|error| error.status())?;
            call.start_call(func, &next, engine::Suspension::new(given)).map_err(|error| failed(call, error))
        })
    };
    answer(outcome, shared)
}

/// Calls the guest's export `nap`, and waits for it.
unsafe extern "C-unwind" fn nested(_: *mut c_void, caller: *mut Caller, args: *const Value, results: *mut Value) -> Status {
    let mut out = [Value::NONE];
    let args = [unsafe { *args }];
    let called = unsafe {
        with_caller(caller, |call| {
            let called = call.call_export("nap", &args, &mut out);
            called.map_err(|error| failed(call, error))
        })
    };
    unsafe { results.write(out[0]) };
    called.err().unwrap_or(abi::STATUS_OK)
}

unsafe extern "C-unwind" fn doze(user: *mut c_void, _: *mut Caller, _: *const Value, results: *mut Value) -> Status {
    unsafe { &*user.cast::<Shared>() }.naps.fetch_add(1, Ordering::Relaxed);
    thread::sleep(Duration::from_millis(1));
    unsafe { results.write(Value::i32(0)) };
    abi::STATUS_OK
}

unsafe extern "C-unwind" fn late(_: *mut c_void, _: *mut Caller, _: *const Value, _: *mut Value) -> Status {
    abi::STATUS_TIMEOUT
}

const GUEST: &str = r#"(module
  (import "host" "later" (func $later (param i32) (result i32)))
  (import "host" "now" (func $now (param i32) (result i32)))
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (import "host" "guest" (func $guest (param i32) (result i32)))
  (import "host" "nested" (func $nested (param i32) (result i32)))
  (import "host" "doze" (func $doze (param i32) (result i32)))
  (import "host" "late" (func $late (param i32) (result i32)))
  (export "direct" (func $later))
  (func (export "nap") (param i32) (result i32) (i32.add (call $later (local.get 0)) (i32.const 1)))
  (func (export "tail") (param i32) (result i32) (return_call $later (local.get 0)))
  (func (export "now") (param i32) (result i32) (i32.add (call $now (local.get 0)) (i32.const 1)))
  (func (export "twice") (param i32) (result i32) (i32.add (call $twice (local.get 0)) (i32.const 1)))
  (func (export "nested") (param i32) (result i32) (i32.add (call $nested (local.get 0)) (i32.const 1)))
  (func (export "down") (param i32) (result i32)
    (if (i32.lt_s (local.get 0) (i32.const 0)) (then (return (call $late (i32.const 0)))))
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $later (i32.const 0)))
      (else (i32.add (call $guest (local.get 0)) (i32.const 100)))))
  (func (export "bad") (param i32) (result i32) (i32.div_s (call $later (i32.const 0)) (i32.const 0)))
  (func (export "spin") (param i32) (result i32) (loop $again (br $again)) (unreachable))
  (func (export "lazy") (param i32) (result i32) (loop $again (drop (call $doze (i32.const 0))) (br $again)) (unreachable))
  (func (export "busy") (param i32) (result i32) (loop $again (drop (call $now (i32.const 0))) (br $again)) (unreachable))
  (func (export "ask") (param i32) (result i32) (call $guest (local.get 0)))
  (func (export "count") (param i32) (result i32)
    (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.const 7)))"#;

struct Test {
    shared: Arc<Shared>,
    context: Context,
    instance: Handle,
}

fn test(config: EngineConfig) -> Test {
    let engine = Engine::new(config).unwrap();
    let shared = Arc::new(Shared::default());
    let mut module = HostModule::new("host");
    let functions: [(&str, abi::Callback); 7] =
        [("later", later), ("now", now), ("twice", twice), ("guest", guest), ("nested", nested), ("doze", doze), ("late", late)];
    for (name, callback) in functions {
        let function = HostFunction {
            module: "host".into(),
            name: name.into(),
            signature: parse_signature("(i)i").unwrap(),
            flags: if ["doze", "late"].contains(&name) { 0 } else { abi::FUNCTION_MAY_SUSPEND },
            callback,
            data: UserData::new(std::ptr::null_mut(), None),
            receiver: Receiver::User(UserData::new(Arc::as_ptr(&shared).cast_mut().cast(), None)),
            plugin: None,
        };
        module.add(name, Item::Function(Arc::new(function))).unwrap();
    }
    let mut context = Context::new(&engine, ContextConfig::default(), &TABLE);
    context.register_module(&Arc::new(module)).unwrap();
    let guest = Arc::new(Module::new(&engine, wat::parse_str(GUEST).unwrap().as_slice()).unwrap());
    let instance = context.instantiate(&guest).unwrap();
    context.store().begin_use(crate::thread::id());
    Test { shared, context, instance }
}

impl Test {
    fn func(&mut self, name: &str) -> Handle {
        self.context.store().find(self.instance, Kind::Func, name).unwrap()
    }

    fn begin(&mut self, name: &str, arg: i32) -> Result<Progress, Error> {
        let func = self.func(name);
        self.context.store().begin(func, &[Value::i32(arg)])
    }

    fn suspended(&mut self, name: &str, arg: i32) {
        assert!(matches!(self.begin(name, arg), Ok(Progress::Suspended)), "{name}");
        assert!(matches!(self.context.store().go_on(), Ok(Progress::Suspended)), "nothing was completed");
    }

    fn complete(&self, result: i32) {
        complete(self.shared.token(), Completion::with(vec![Value::i32(result)])).unwrap();
    }

    fn done(&mut self) -> i32 {
        match self.context.store().go_on() {
            Ok(Progress::Done(values)) => values[0].bits_32() as i32,
            Ok(_) => panic!("unfinished"),
            Err(error) => panic!("{error}"),
        }
    }

    fn call(&mut self, name: &str, arg: i32) -> Result<i32, Error> {
        let mut results = [Value::NONE];
        self.context.execute(self.instance, name, &[Value::i32(arg)], &mut results)?;
        Ok(results[0].bits_32() as i32)
    }
}

fn metered() -> EngineConfig {
    let mut config = EngineConfig::default();
    config.set_interruptible(true);
    config
}

#[test]
fn a_suspended_call_continues_with_its_results() {
    for config in [EngineConfig::default(), metered()] {
        let mut test = test(config);
        for (name, expected) in [("nap", 42), ("direct", 41), ("tail", 41)] {
            test.suspended(name, 5);
            test.complete(41);
            assert_eq!(test.done(), expected, "{name}");
        }
        assert_eq!(test.call("now", 4).unwrap(), 9);
        assert!(matches!(test.begin("now", 4), Ok(Progress::Done(values)) if values[0].bits_32() == 9));
    }
}

#[test]
fn resume_may_suspend_again_and_each_suspension_is_released() {
    let mut test = test(EngineConfig::default());
    test.suspended("twice", 5);
    test.complete(1);
    assert!(matches!(test.context.store().go_on(), Ok(Progress::Suspended)));
    assert_eq!(test.shared.log(), ["resume", "release"]);
    test.complete(30);
    assert_eq!(test.done(), 36);
    assert_eq!(test.shared.log(), ["resume", "release"]);
    test.suspended("twice", 5);
    let token = test.shared.token();
    test.context.store().abandon();
    assert_eq!(test.shared.log(), ["cancel", "release"]);
    assert_eq!(complete(token, Completion::with(vec![Value::i32(1)])).unwrap_err().status(), abi::STATUS_STALE);
    test.suspended("twice", 5);
    complete(test.shared.token(), Completion::failed(abi::STATUS_IO, None)).unwrap();
    let error = test.context.store().go_on().err().unwrap();
    assert_eq!((error.status(), test.shared.log()), (abi::STATUS_IO, vec!["resume", "release"]));
}

#[test]
fn blocking_calls_wait_for_other_threads() {
    let mut test = test(EngineConfig::default());
    for name in ["nap", "nested"] {
        let shared = Arc::clone(&test.shared);
        let completer = thread::spawn(move || {
            let token = loop {
                if let Some(token) = shared.tokens.lock().unwrap().pop() {
                    break token;
                }
                thread::yield_now();
            };
            complete(token, Completion::with(vec![Value::i32(10)])).unwrap();
            token
        });
        assert_eq!(test.call(name, 0).unwrap(), if name == "nap" { 11 } else { 12 });
        let token = completer.join().unwrap();
        assert_eq!(complete(token, Completion::with(Vec::new())).unwrap_err().status(), abi::STATUS_STALE);
    }
    let error = test.begin("nested", 0).err().unwrap();
    assert_eq!(error.status(), abi::STATUS_WOULD_BLOCK, "{error}");
    assert!(error.message().contains("use VM_CallerStartCall"), "{error}");
}

#[test]
fn the_guest_is_called_between_suspension_and_resumption() {
    let mut test = test(metered());
    test.suspended("down", 3);
    test.complete(7);
    assert_eq!(test.done(), 300 + 7 + 3 + 2 + 1);
    assert_eq!(test.shared.log(), ["resume", "release", "resume", "release", "resume", "release"]);
    test.shared.tokens.lock().unwrap().clear();
    test.suspended("down", 3);
    test.context.store().abandon();
    assert_eq!(test.shared.log(), ["cancel", "release", "cancel", "release", "cancel", "release"]);
    assert_eq!(test.call("count", 3).unwrap(), 7);
}

#[test]
fn wrong_completions_leave_the_token_good() {
    let mut test = test(EngineConfig::default());
    test.suspended("nap", 0);
    let token = test.shared.token();
    let refused = |values| complete(token, Completion::with(values)).unwrap_err();
    assert_eq!(refused(vec![Value::i64(1)]).status(), abi::STATUS_WRONG_TYPE);
    assert_eq!(refused(Vec::new()).status(), abi::STATUS_WRONG_COUNT);
    assert_eq!(complete_with_failure(token, 5, None).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
    complete(token, Completion::failed(abi::STATUS_USER, Some("the disk is full".to_owned()))).unwrap();
    let error = test.context.store().go_on().err().unwrap();
    assert_eq!(error.message(), "host function `host.later` failed: the disk is full");
    test.suspended("bad", 0);
    test.complete(1);
    assert_eq!(test.context.store().go_on().err().unwrap().trap(), TrapCode::DivisionByZero);
}

#[test]
fn executions_are_cancelled_and_time_out() {
    let mut test = test(metered());
    let number = test.context.store().controls().number();
    let canceller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        cancel(number).unwrap();
    });
    assert_eq!(test.call("spin", 0).unwrap_err().status(), abi::STATUS_CANCELLED);
    canceller.join().unwrap();
    assert_eq!(cancel(number).unwrap_err().status(), abi::STATUS_STALE);
    cancel(test.context.store().controls().number()).unwrap();
    assert_eq!(test.call("count", 3).unwrap_err().status(), abi::STATUS_CANCELLED);
    assert_eq!(test.call("count", 3).unwrap(), 7);
    let short = Some(Duration::from_millis(10));
    for limits in [RunLimits { timeout: short, ..RunLimits::default() }, RunLimits { compute: short, ..RunLimits::default() }] {
        test.context.store().set_run_limits(limits).unwrap();
        let error = test.call("spin", 0).unwrap_err();
        assert_eq!(error.status(), abi::STATUS_TIMEOUT);
        assert!(error.message().contains("10 ms"), "{error}");
    }
    test.context.store().set_run_limits(RunLimits { timeout: short, ..RunLimits::default() }).unwrap();
    assert_eq!(test.call("nap", 0).unwrap_err().status(), abi::STATUS_TIMEOUT);
    test.context.store().set_run_limits(RunLimits { slice: Some(Duration::from_micros(50)), ..RunLimits::default() }).unwrap();
    assert!(matches!(test.begin("count", 5_000_000), Ok(Progress::Yielded)));
    let mut turns = 0;
    while matches!(test.context.store().go_on(), Ok(Progress::Yielded)) {
        turns += 1;
    }
    assert!(turns > 2, "{turns}");
}

#[test]
fn a_guest_that_spends_its_time_in_host_functions_is_interrupted() {
    let mut test = test(metered());
    let number = test.context.store().controls().number();
    let shared = Arc::clone(&test.shared);
    let canceller = thread::spawn(move || {
        while shared.naps.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        cancel(number).unwrap();
    });
    assert_eq!(test.call("lazy", 0).unwrap_err().status(), abi::STATUS_CANCELLED);
    canceller.join().unwrap();
    // Looking only when a slice of fuel is used up would take ten thousands of naps.
    assert!(test.shared.naps.load(Ordering::Relaxed) < 1000);
}

#[test]
fn host_functions_that_complete_at_once_do_not_lift_limits() {
    let mut test = test(metered());
    let some = Some(Duration::from_millis(10));
    test.context.store().set_run_limits(RunLimits { timeout: some, ..RunLimits::default() }).unwrap();
    assert_eq!(test.call("busy", 0).unwrap_err().status(), abi::STATUS_TIMEOUT);
    test.context.store().set_run_limits(RunLimits { slice: some, ..RunLimits::default() }).unwrap();
    assert!(matches!(test.begin("busy", 0), Ok(Progress::Yielded)));
    test.context.store().abandon();
}

#[test]
fn a_failure_of_a_host_function_is_no_limit_of_the_execution() {
    let mut test = test(metered());
    let error = test.begin("ask", 0).err().unwrap();
    assert_eq!((error.status(), error.function()), (abi::STATUS_TIMEOUT, Some("late")));
    assert_eq!(test.shared.log(), ["resume", "release"]);
}

#[test]
fn fuel_is_deterministic_and_independent_of_slices() {
    let mut sliced = metered();
    sliced.set_fuel_metering(true);
    let mut whole = EngineConfig::default();
    whole.set_fuel_metering(true);
    let used: Vec<u64> = [sliced, whole]
        .into_iter()
        .map(|config| {
            let mut test = test(config);
            assert_eq!(test.call("count", 3).unwrap_err().status(), abi::STATUS_OUT_OF_FUEL);
            test.context.store().set_fuel(10_000_000).unwrap();
            assert_eq!(test.call("count", 200_000).unwrap(), 7);
            let used = 10_000_000 - test.context.store().fuel().unwrap();
            test.context.store().set_fuel(used).unwrap();
            assert_eq!(test.call("count", 200_000).unwrap(), 7);
            assert_eq!(test.context.store().fuel().unwrap(), 0);
            test.context.store().set_fuel(used - 1).unwrap();
            assert_eq!(test.call("count", 200_000).unwrap_err().trap(), TrapCode::OutOfFuel);
            used
        })
        .collect();
    assert!(used[0] == used[1] && used[0] > 200_000, "{used:?}");
}
