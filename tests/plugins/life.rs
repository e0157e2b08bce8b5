//! The life cycle of plug-ins: initialize and cleanup, instances, growth, built-in ones, permitted calls during each.
use crate::fixture::{Dir, has_run, names, ok, registry, rewritten, times_run};
use libvm_abi as abi;
use std::ffi::c_void;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use vm::host::Item;
use vm::log::{self, Logger};
use vm::plugin::{Builtin, GivenOptions, Grants, OptionType, OptionValue, PluginRegistry, Policy};

/// Receives the process's log for one test at a time.
struct Listening {
    lines: Arc<Mutex<Vec<String>>>,
    _turn: MutexGuard<'static, ()>,
}

impl Listening {
    fn start() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let lines = Arc::new(Mutex::new(Vec::new()));
        log::set(abi::LOG_TRACE, Some(listener(&lines)));
        Self { lines, _turn: turn }
    }

    /// Returns what these sources wrote since the last time.
    fn take(&self, sources: &[&str]) -> Vec<String> {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        lines.into_iter().filter(|line| sources.contains(&line.split(':').next().unwrap())).collect()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        log::set(0, None);
    }
}

fn listener(lines: &Arc<Mutex<Vec<String>>>) -> log::Listener {
    let lines = lines.clone();
    Arc::new(move |_, source, text| lines.lock().unwrap().push(format!("{source}: {text}")))
}

#[test]
fn an_instance_lives_as_long_as_its_context() {
    let listening = Listening::start();
    let dir = Dir::new();
    let registry = registry();
    ok(registry.load_from_path(&dir.compile("instances", &[], "instances.so")));
    assert_eq!(listening.take(&["instances"]), ["instances: initialize"]);

    let plugin = registry.find("instances").unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let logger = Logger::new();
    logger.set(abi::LOG_DEBUG, Some(listener(&lines)));
    let first = plugin.create_instance(&logger, None, &GivenOptions::new(), &Grants::new()).unwrap();
    let second = plugin.create_instance(&Logger::new(), None, &GivenOptions::new(), &Grants::new()).unwrap();
    assert!(!first.pointers().instance.is_null() && first.pointers().instance != second.pointers().instance);
    drop(plugin);
    drop(registry);
    assert_eq!(listening.take(&["instances"]), ["instances: create"], "of the second, which has no log of its own");

    // An instance may move to another thread, and dropping the last one drops the plug-in.
    std::thread::spawn(move || drop(second)).join().unwrap();
    assert_eq!(listening.take(&["instances"]), ["instances: destroy"]);
    drop(first);
    assert_eq!(listening.take(&["instances"]), ["instances: cleanup"]);
    assert_eq!(*lines.lock().unwrap(), ["instances: create", "instances: destroy"]);
}

#[test]
fn plugins_go_in_reverse_order_and_after_what_needs_them() {
    let listening = Listening::start();
    let dir = Dir::new();
    let template = fs::read(dir.compile("instances", &[], "template")).unwrap();
    for (file, name, depends) in
        [("1.so", "first", ""), ("2.so", "second", ""), ("3.so", "third", "first"), ("4.so", "fourth", "")]
    {
        dir.write(&format!("all/{file}"), &rewritten(&template, name, "1.0.0", depends));
    }
    let registry = registry();
    ok(registry.load_from_path(&dir.path().join("all")));
    let sources = ["first", "second", "third", "fourth"];
    assert_eq!(listening.take(&sources), sources.map(|name| format!("{name}: initialize")));
    let third = registry.find("third").unwrap();
    drop(registry);
    assert_eq!(listening.take(&sources), ["fourth: cleanup", "second: cleanup"]);
    drop(third);
    assert_eq!(listening.take(&sources), ["third: cleanup", "first: cleanup"]);
}

#[test]
fn each_registry_has_its_own() {
    let listening = Listening::start();
    let dir = Dir::new();
    let path = dir.compile("instances", &[], "instances.so");
    let (one, other) = (registry(), registry());
    ok(one.load_from_path(&path));
    ok(other.load_from_path(&path));
    assert_eq!(listening.take(&["instances"]).len(), 2);
    let (a, b) = (one.find("instances").unwrap(), other.find("instances").unwrap());
    assert!(!Arc::ptr_eq(&a, &b));
    drop((one, a));
    assert_eq!(listening.take(&["instances"]), ["instances: cleanup"]);
    drop((other, b));
    assert_eq!(listening.take(&["instances"]), ["instances: cleanup"]);
}

#[test]
fn a_plugin_is_described() {
    let _listening = Listening::start();
    let dir = Dir::new();
    let path = dir.compile("instances", &[], "instances.so");
    let registry = registry();
    ok(registry.load_from_path(&path));
    let plugin = registry.find("instances").unwrap();
    assert_eq!((plugin.name(), plugin.version().as_str(), plugin.path()), ("instances", "1.0.0", Some(&*path)));
    assert_eq!((&*plugin.manifest().description, &*plugin.manifest().license), ("Counts its instances", "MIT OR Apache-2.0"));
    assert_eq!(plugin.abi_minor(), abi::ABI_MINOR);
    let modules: Vec<_> = plugin.modules().iter().map(|module| module.name()).collect();
    assert_eq!(modules, ["instances", "instances.more"]);
    let more = plugin.find_module("instances.more").unwrap();
    let Item::Function(other) = more.item(more.find("other").unwrap()) else { panic!("not a function") };
    assert_eq!(
        (&*other.module, &*other.name, other.signature.func_type(false).to_string().as_str()),
        ("instances.more", "other", "() -> (i32)")
    );
    assert_eq!(other.plugin.as_deref(), Some("instances"));
    assert!(!other.data.pointer().is_null());
    assert_eq!(plugin.module_infos()[1].functions[0].flags, abi::FUNCTION_PURE);
    let [start, colour] = plugin.options() else { panic!("two options") };
    assert_eq!((start.ty, &start.default), (OptionType::Integer, &Some(OptionValue::Integer(7))));
    assert_eq!(colour.choices, ["red", "green"]);
}

#[test]
fn what_a_later_version_appended_is_not_read() {
    let dir = Dir::new();
    let registry = registry();
    ok(registry.load_from_path(&dir.compile("newer", &[], "newer.so")));
    let newer = registry.find("newer").unwrap();
    let functions: Vec<_> = newer.modules()[0].items().map(|(name, _)| name).collect();
    assert_eq!(functions, ["same", "other"]);
    assert_eq!((newer.manifest().abi_minor_built, newer.abi_minor()), (abi::ABI_MINOR, abi::ABI_MINOR));
    ok(registry.load_from_path(&dir.compile("shorter", &[], "shorter.so")));
    let shorter = registry.find("shorter").unwrap();
    // Its size excludes `create`, whatever follows: so the instance is the data of initialize, which is NULL.
    let instance = shorter.create_instance(&Logger::new(), None, &GivenOptions::new(), &Grants::new()).unwrap();
    assert!(instance.pointers().instance.is_null());
}

#[test]
fn a_file_put_in_the_place_of_a_loaded_one_is_another() {
    let dir = Dir::new();
    let path = dir.plugin("a.so", "a", "1.0.0", "");
    let old = registry();
    ok(old.load_from_path(&path));
    for version in ["2.0.0", "3.0.0"] {
        fs::rename(dir.plugin("new", "a", version, ""), &path).unwrap();
        let new = registry();
        ok(new.load_from_path(&path));
        assert_eq!(new.find("a").unwrap().version().as_str(), version);
        assert_eq!(new.find("a").unwrap().path(), Some(&*path));
    }
    assert_eq!(old.load_from_path(&path).1.unwrap_err().status(), abi::STATUS_ALREADY_EXISTS);
}

/// Also if it says the same about itself.
#[test]
fn a_new_build_of_the_same_version_is_what_runs() {
    let dir = Dir::new();
    let build = |mark: &str, file: &str| {
        dir.compile("named", &[&format!("MARK=\"{mark}\""), "NAME=\"built\"", "VERSION=\"1.0.0\""], file)
    };
    let path = build("built-first", "a.so");
    ok(registry().load_from_path(&path));
    for mark in ["built-second", "built-third"] {
        fs::rename(build(mark, "new"), &path).unwrap();
        ok(registry().load_from_path(&path));
        assert!(has_run(mark), "{mark} did not run");
        ok(registry().load_from_path(&path));
        assert_eq!(times_run(mark), 1);
    }
}

// A plug-in in the program: its initialize checks what the host permits during it.

static CURRENT: Mutex<Option<Arc<PluginRegistry>>> = Mutex::new(None);
static SEEN: OnceLock<abi::Status> = OnceLock::new();

unsafe extern "C" fn look_around(host: *const abi::PluginHost, data: *mut *mut c_void) -> abi::Status {
    let registry = CURRENT.lock().unwrap().clone().unwrap();
    let (report, result) = registry.load_from_path(std::path::Path::new("/nowhere"));
    SEEN.get_or_init(|| result.unwrap_err().status());
    assert!(report.lines().is_empty());
    // SAFETY: the host was passed by libvm, and all pointers are valid or NULL, which its functions accept.
    unsafe {
        ((*host).log)(host, std::ptr::null(), abi::LOG_INFO, c"from inside".as_ptr());
        ((*host).log)(std::ptr::null(), std::ptr::null(), abi::LOG_INFO, c"of nobody".as_ptr());
        assert_eq!(((*host).fail)(std::ptr::null(), std::ptr::null()), abi::STATUS_PLUGIN_FAILED);
        assert!(((*host).get_data)(std::ptr::null()).is_null());
        assert!(((*host).get_service)(std::ptr::null(), c"\xff".as_ptr()).is_null());
        *data = host.cast_mut().cast();
    }
    abi::STATUS_OK
}

static DESCRIPTOR: Shared<abi::PluginDescriptor> = Shared(abi::PluginDescriptor {
    size: size_of::<abi::PluginDescriptor>() as u32,
    flags: 0,
    modules: abi::Table { items: std::ptr::null(), count: 0, stride: 0 },
    options: abi::Table { items: std::ptr::null(), count: 0, stride: 0 },
    create: None,
    destroy: None,
    initialize: Some(look_around),
    cleanup: None,
    get_extension: None,
});

struct Shared<T>(T);
// SAFETY: constants.
unsafe impl<T> Sync for Shared<T> {}

unsafe extern "C" fn entry(_: *const abi::PluginHost) -> *const abi::PluginDescriptor {
    &raw const DESCRIPTOR.0
}

fn builtin(name: &str, version: &str) -> &'static abi::PluginBuiltin {
    fn text<const N: usize>(text: &str) -> [u8; N] {
        let mut made = [0; N];
        made[..text.len()].copy_from_slice(text.as_bytes());
        made
    }
    let manifest = Box::leak(Box::new(abi::PluginManifest {
        size: size_of::<abi::PluginManifest>() as u32,
        magic: abi::MAGIC,
        abi_major: abi::ABI_MAJOR,
        abi_minor_built: abi::ABI_MINOR,
        abi_minor_required: 0,
        flags: 0,
        name: text(name),
        version: text(version),
        description: text(""),
        license: text(""),
        modules: text(""),
        depends: text(""),
        permissions: text(""),
        host_version: text(""),
    }));
    Box::leak(Box::new(abi::PluginBuiltin {
        size: size_of::<abi::PluginBuiltin>() as u32,
        reserved: 0,
        manifest,
        entry: Some(entry),
    }))
}

fn read(raw: *const abi::PluginBuiltin) -> vm::status::Result<Builtin> {
    // SAFETY: it is NULL or was created above and never freed.
    unsafe { Builtin::read(raw) }
}

#[test]
fn a_builtin_plugin_is_registered() {
    let listening = Listening::start();
    let registry = registry();
    *CURRENT.lock().unwrap() = Some(registry.clone());
    let looking = read(builtin("looking", "1.0.0")).unwrap();
    let plugin = registry.register_builtin(&looking).unwrap();
    assert_eq!(SEEN.get(), Some(&abi::STATUS_REENTRANT), "loading into the registry from inside");
    assert_eq!(listening.take(&["looking"]), ["looking: from inside"]);
    assert!(plugin.path().is_none());
    let instance = plugin.create_instance(&Logger::new(), None, &GivenOptions::new(), &Grants::new()).unwrap();
    assert!(!instance.pointers().instance.is_null(), "without create it is initialize's data");

    assert!(Arc::ptr_eq(&plugin, &registry.register_builtin(&looking).unwrap()));
    let refused = |version, status| {
        let other = read(builtin("looking", version)).unwrap();
        let error = registry.register_builtin(&other).err().unwrap();
        assert_eq!(error.status(), status);
        assert!(error.message().contains("built into the program"), "{error}");
    };
    refused("1.0.0", abi::STATUS_PLUGIN_DUPLICATE);
    refused("0.9.0", abi::STATUS_PLUGIN_SUPERSEDED);
    refused("1.1.0", abi::STATUS_ALREADY_EXISTS);
    assert_eq!(names(&registry), ["looking"]);

    // Locks and keys are about files, and names about all.
    let dir = Dir::new();
    let pinned = PluginRegistry::new(Policy::Any, Vec::new());
    pinned.set_lock(&dir.write("empty.lock", b"version = 1")).unwrap();
    pinned.add_key_text("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
    *CURRENT.lock().unwrap() = Some(pinned.clone());
    pinned.register_builtin(&looking).unwrap();
    let lock = dir.path().join("builtin.lock");
    pinned.write_lock(&lock).unwrap();
    assert!(!fs::read_to_string(&lock).unwrap().contains("[[plugin]]"));

    let strict = PluginRegistry::new(Policy::Named(Default::default()), Vec::new());
    let error = strict.register_builtin(&looking).err().unwrap();
    assert_eq!(error.status(), abi::STATUS_PLUGIN_NOT_ALLOWED);
    assert!(error.message().contains("allows none"), "{error}");
}

#[test]
fn a_wrong_builtin_is_refused() {
    assert_eq!(read(std::ptr::null()).err().unwrap().status(), abi::STATUS_NULL_ARGUMENT);
    let good = builtin("good", "1.0.0");
    let with = |size, manifest, entry| abi::PluginBuiltin { size, reserved: 0, manifest, entry };
    assert_eq!(read(&with(8, good.manifest, good.entry)).err().unwrap().status(), abi::STATUS_PLUGIN_BAD_DESCRIPTOR);
    assert_eq!(read(&with(good.size, std::ptr::null(), good.entry)).err().unwrap().status(), abi::STATUS_NULL_ARGUMENT);
    assert_eq!(read(&with(good.size, good.manifest, None)).err().unwrap().status(), abi::STATUS_NULL_ARGUMENT);
    assert_eq!(read(builtin("bad name", "1")).err().unwrap().status(), abi::STATUS_PLUGIN_BAD_MANIFEST);
}
