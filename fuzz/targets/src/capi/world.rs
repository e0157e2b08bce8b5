//! The objects that are alive, the values that were alive, and what is left of the input.
//!
//! Callbacks take their steps from the same input as the sequence that called them, so everything here is behind a cell that
//! is held for no longer than a line.

use crate::c;
use arbitrary::{Arbitrary, Unstructured};
use libvm_abi::{self as abi, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{c_char, c_void};
use std::ptr;

/// How many objects of a kind are kept alive at once.
const POOL: usize = 5;
/// How many steps a sequence has.
const STEPS: u32 = 300;

/// Objects of one kind; NULL is always among those that `any` gives.
pub struct Pool<T>(RefCell<Vec<*mut T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Pool<T> {
    /// One of them, or NULL.
    pub fn any(&self, choice: u8) -> *mut T {
        let list = self.0.borrow();
        if choice >= 250 || list.is_empty() { ptr::null_mut() } else { list[choice as usize % list.len()] }
    }

    /// Whether another one may be made.
    pub fn has_room(&self) -> bool {
        self.0.borrow().len() < POOL
    }

    /// Adds one, unless it was not made.
    pub fn add(&self, object: *mut T) {
        if !object.is_null() {
            self.0.borrow_mut().push(object);
        }
    }

    /// Takes one out to be deleted, or NULL.
    pub fn take(&self, choice: u8) -> *mut T {
        let mut list = self.0.borrow_mut();
        if choice >= 250 || list.is_empty() {
            return ptr::null_mut();
        }
        let index = choice as usize % list.len();
        list.swap_remove(index)
    }
}

/// A pointer that was given to libvm with a function that frees it.
pub struct Tag {
    /// The signature's result types, for a host function.
    pub results: Vec<u32>,
}

/// All that a sequence of calls works on.
pub struct World {
    input: RefCell<Unstructured<'static>>,
    steps: Cell<u32>,
    pub depth: Cell<u32>,
    pub engine_configs: Pool<c::VM_EngineConfig>,
    pub engines: Pool<c::VM_Engine>,
    pub func_types: Pool<c::VM_FuncType>,
    pub modules: Pool<c::VM_Module>,
    pub host_modules: Pool<c::VM_HostModule>,
    pub context_configs: Pool<c::VM_ContextConfig>,
    pub contexts: Pool<c::VM_Context>,
    pub registries: Pool<c::VM_PluginRegistry>,
    pub reports: Pool<c::VM_PluginReport>,
    pub plugins: Pool<c::VM_Plugin>,
    pub wasis: Pool<c::VM_Wasi>,
    /// Handles and references, of contexts that live and of those that do not.
    pub handles: RefCell<Vec<abi::Ref>>,
    /// Callers of calls that run and of those that are over.
    pub callers: RefCell<Vec<*mut abi::Caller>>,
    tags: RefCell<HashMap<usize, Box<Tag>>>,
    next_tag: Cell<usize>,
    /// How often the built-in plug-in's instances and data were made and not unmade.
    pub plugin_balance: Cell<i64>,
}

thread_local!(static WORLD: Cell<*const World> = const { Cell::new(ptr::null()) });

impl World {
    /// Runs `work` in a world of its own.
    pub fn with(data: &[u8], work: impl FnOnce(&Self)) {
        // SAFETY: the world does not outlive this call, and the data does.
        let input = Unstructured::new(unsafe { std::slice::from_raw_parts(data.as_ptr(), data.len()) });
        let world = Self {
            input: RefCell::new(input),
            steps: Cell::new(STEPS),
            depth: Cell::new(0),
            engine_configs: Pool::default(),
            engines: Pool::default(),
            func_types: Pool::default(),
            modules: Pool::default(),
            host_modules: Pool::default(),
            context_configs: Pool::default(),
            contexts: Pool::default(),
            registries: Pool::default(),
            reports: Pool::default(),
            plugins: Pool::default(),
            wasis: Pool::default(),
            handles: RefCell::default(),
            callers: RefCell::default(),
            tags: RefCell::default(),
            next_tag: Cell::new(1),
            plugin_balance: Cell::new(0),
        };
        WORLD.set(&world);
        work(&world);
        WORLD.set(ptr::null());
        assert!(world.tags.borrow().is_empty(), "{} pointers were never freed", world.tags.borrow().len());
        assert_eq!(world.plugin_balance.get(), 0, "instances of a plug-in were never destroyed");
    }

    /// The world that callbacks on this thread are in; `None` on the threads that only knock.
    pub fn current<'a>() -> Option<&'a Self> {
        // SAFETY: it is set while the world lives, and callbacks run only then.
        unsafe { WORLD.get().as_ref() }
    }

    /// Something of the input; zeros when it has ended.
    pub fn draw<T: Arbitrary<'static> + Default>(&self) -> T {
        self.input.borrow_mut().arbitrary().unwrap_or_default()
    }

    /// Whether another step may be taken.
    pub fn may_step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0 && !self.input.borrow().is_empty()
    }

    /// Lets no further step be taken.
    pub fn end(&self) {
        self.steps.set(0);
    }

    /// A pointer that libvm must free exactly once with [`free_tag`].
    pub fn tag(&self, results: Vec<u32>) -> *mut c_void {
        let number = self.next_tag.get();
        self.next_tag.set(number + 1);
        self.tags.borrow_mut().insert(number, Box::new(Tag { results }));
        ptr::without_provenance_mut(number)
    }

    /// The result types of a host function that is running.
    pub fn results_of(&self, tag: *mut c_void) -> Vec<u32> {
        self.tags.borrow().get(&tag.addr()).expect("a function is not freed while it runs").results.clone()
    }

    /// A handle or reference that was given some time, or one that never was.
    pub fn handle(&self) -> abi::Ref {
        let choice: u8 = self.draw();
        let list = self.handles.borrow();
        match choice {
            250.. => abi::Ref { context: u64::from(choice - 250), slot: 1, generation: 1 },
            _ if list.is_empty() => abi::Ref::default(),
            _ => list[choice as usize % list.len()],
        }
    }

    /// Remembers a handle or reference.
    pub fn remember(&self, handle: abi::Ref) {
        let mut list = self.handles.borrow_mut();
        if list.len() >= 40 {
            list.remove(0);
        }
        list.push(handle);
    }

    /// A value, possibly one that cannot be.
    pub fn value(&self) -> Value {
        match self.draw::<u8>() % 10 {
            0 | 1 => Value::i32(self.draw::<i8>().into()),
            2 => Value::i64(self.draw()),
            3 => Value::f32_bits(self.draw()),
            4 => Value::f64_bits(self.draw()),
            5 => Value::v128(u128::from(self.draw::<u64>())),
            6 => Value::func_ref(self.handle()),
            7 | 8 => Value::extern_ref(self.handle()),
            _ => Value { kind: self.draw::<u8>().into(), ..Value::v128(u128::MAX) },
        }
    }

    /// Up to five values.
    pub fn values(&self) -> Vec<Value> {
        (0..self.draw::<u8>() % 6).map(|_| self.value()).collect()
    }

    /// A text of which some are names here, one is not UTF-8, and one is NULL.
    pub fn text(&self) -> *const c_char {
        let texts = [
            c"f",
            c"run",
            c"host",
            c"a",
            c"memory",
            c"g",
            c"h",
            c"trap",
            c"table",
            c"global",
            c"object",
            c"objects",
            c"calc",
            c"_start",
            c"wasi_snapshot_preview1",
            c"v",
            c"deep",
            c"/nowhere",
            c"",
            c"\xff\xfe",
        ];
        match self.draw::<u8>() {
            255 => ptr::null(),
            choice => texts[choice as usize % texts.len()].as_ptr(),
        }
    }
}

/// Frees a pointer that [`World::tag`] gave, and takes a step of the sequence.
pub unsafe extern "C" fn free_tag(tag: *mut c_void) {
    let world = World::current().expect("pointers are freed on the thread of the sequence");
    let freed = world.tags.borrow_mut().remove(&tag.addr());
    assert!(freed.is_some(), "pointer {tag:?} was freed twice");
    super::nested(world);
}
