//! What is refused when a plug-in is described, and by the test of its manifest.
use super::*;
use crate::{Answer, Compiler, Compilers, Event, Hook, Hooks, Parameter, ParameterError, Plugin};
use std::panic::catch_unwind;

#[derive(Default)]
struct Probe;

impl Plugin for Probe {
    fn modules() -> Vec<Module<Self>> {
        vec![Module::new("probe").function("exclusive", |_: &mut Self| ()).permission("fs:read")]
    }
}

#[test]
fn flags_are_those_of_the_function_that_was_added_last() {
    let module = Module::<Probe>::new("flags")
        .function("a", |_: &Probe| ())
        .thread_stack()
        .may_block()
        .function("b", |_: &Probe| ())
        .pure();
    let flags: Vec<u32> = module.descriptors().iter().map(|function| function.flags).collect();
    assert_eq!(flags, [libvm_abi::FUNCTION_THREAD_STACK | libvm_abi::FUNCTION_MAY_BLOCK, libvm_abi::FUNCTION_PURE]);
}

impl Hooks for Probe {
    fn hooks() -> Vec<Hook<Self>> {
        vec![Hook::new("probe.point", |_: &mut Self, _: &mut Event<'_>| Answer::Retry)]
    }
}

impl Compilers for Probe {
    fn compilers() -> Vec<Compiler<Self>> {
        let compile = |bytes: &[u8]| crate::Result::<_, ParameterError>::Ok(bytes.to_vec());
        vec![Compiler::new("one", compile), Compiler::new("two", compile)]
    }
}

#[derive(Default)]
struct Taker;

impl Plugin for Taker {
    fn modules() -> Vec<Module<Self>> {
        vec![Module::new("taker").function("take", |_: &Self, text: Parameter<'_, String>| text.len() as u32)]
    }
}

impl Compilers for Taker {
    fn compilers() -> Vec<Compiler<Self>> {
        vec![Compiler::new("text", |bytes: &[u8]| String::from_utf8(bytes.to_vec()))]
    }
}

unsafe extern "C" fn initialize(_: *const abi::PluginHost, _: *mut *mut c_void) -> Status {
    abi::STATUS_OK
}

unsafe extern "C" fn get_extension(_: *mut c_void, _: *const c_char) -> *const c_void {
    std::ptr::null()
}

fn refusal<T: Create>(shared: bool, extensions: &[MakeExtension]) -> Option<String> {
    describe::<T>(Flags { plugin: 0, shared }, Functions { initialize, get_extension }, extensions).err()
}

#[test]
fn threads_do_not_share_an_instance_that_a_function_changes() {
    assert_eq!(refusal::<Probe>(false, &[Extension::hooks::<Probe>]), None);
    let text = "takes `&mut self`, but threads share its instance: take `&self`, or make it `serialized`";
    assert_eq!(refusal::<Probe>(true, &[]).as_deref(), Some(&*format!("its function `exclusive` {text}")));
    let found = refusal::<Probe>(true, &[Extension::hooks::<Probe>]);
    assert_eq!(found.as_deref(), Some(&*format!("its hook `probe.point` {text}")));
}

#[test]
fn parameters_have_a_compiler_of_their_type() {
    let found = refusal::<Probe>(false, &[Extension::compilers::<Probe>]).expect("it is refused");
    assert!(found.contains("two of its compilers make the type `alloc::vec::Vec<u8>`"), "{found}");
    let found = refusal::<Taker>(false, &[]).expect("it is refused");
    assert!(
        found.contains("`take` takes a parameter of type `alloc::string::String`, which none of its compilers makes"),
        "{found}"
    );
    assert_eq!(refusal::<Taker>(false, &[Extension::compilers::<Taker>]), None);
}

#[test]
fn the_manifest_is_compared_with_the_code() {
    let check = |name: &str, modules: &[&str], permissions: &[&str]| {
        let checked = catch_unwind(|| check_manifest::<Probe>(name, modules, permissions));
        checked.err().map(|panic| error::of_panic(&*panic).text().to_owned()).unwrap_or_default()
    };
    assert_eq!(check("probe", &[], &["fs:read"]), "");
    assert_eq!(check("other", &["probe"], &["net:*", "fs:*"]), "");
    let found = check("other", &[], &["fs:read"]);
    assert!(found.contains("lists the modules [], and the code has [\"probe\"]"), "{found}");
    let found = check("probe", &["probe", "more"], &["fs:read"]);
    assert!(found.contains("lists the modules [\"probe\", \"more\"], and the code has [\"probe\"]"), "{found}");
    let found = check("probe", &[], &["fs:write", "fs:rea"]);
    assert!(
        found.contains("`exclusive` requires the permission `fs:read`, which [package.metadata.libvm] does not list"),
        "{found}"
    );
}
