//! Showing modules to plug-ins: `libvm.dependencies/1`.

use crate::engine::{HostFunction, Module, Receiver};
use crate::host::{parse_signature, signature_text};
use crate::limits::{MAX_MODULE_PLUGINS, MAX_PROVIDED_FUNCTIONS};
use crate::panics;
use crate::plugin::file::manifest::{self, Dependency, Manifest, check_name};
use crate::plugin::flags;
use crate::plugin::host::object::Host;
use crate::plugin::host::text;
use crate::plugin::native::answer::{Answer, Provided};
use crate::plugin::native::descriptor::{Growing, check_permission, read_growing};
use crate::plugin::threading::gate::Gate;
use crate::status::{self, Error, Result, Status};
use crate::user_data::UserData;
use crate::value::ExternType;
use libvm_abi::{self as abi, Bytes, DependenciesExtension, ModuleItem, ModuleSection, ModuleView, ModuleViewTable};
use std::cell::OnceCell;
use std::ffi::{c_char, c_void};
use std::mem::offset_of;
use std::ptr;
use std::sync::Arc;

// SAFETY: integers, and a function that may be missing.
unsafe impl Growing for DependenciesExtension {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_DependenciesExtension";
}

// SAFETY: integers, nullable pointers, and functions that may be missing.
unsafe impl Growing for abi::ProvidedFunction {
    const LEAST: usize = offset_of!(Self, permission);
    const NAME: &'static str = "VM_ProvidedFunction";
}

/// The function with which a plug-in examines modules.
pub struct Dependencies {
    examine: abi::Examine,
}

/// The plug-in that is shown a module.
pub struct Examiner<'a> {
    /// Its host.
    pub host: &'a Host,
    /// The data of `initialize`.
    pub data: &'a UserData,
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// Where and when its code may run.
    pub gate: &'a Gate,
    /// Its name and place in messages.
    pub what: String,
}

impl Dependencies {
    /// Reads the extension that a plug-in has returned, or NULL; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
    pub fn read(raw: *const c_void, what: &str) -> Result<Option<Self>> {
        if raw.is_null() {
            return Ok(None);
        }
        let bad = |why: String| {
            let message = format!("the extension {} of {what} is invalid: {why}", abi::DEPENDENCIES_EXTENSION);
            Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
        };
        // SAFETY: the plug-in returned it for this id, so it is such a struct, with its size.
        let table = unsafe { read_growing(raw.cast::<DependenciesExtension>()) }.map_err(bad)?;
        let examine = table.examine.ok_or_else(|| bad("its examine is NULL".to_owned()))?;
        Ok(Some(Self { examine }))
    }

    /// Shows a module to the plug-in, and returns its answer.
    ///
    /// # Errors
    /// `STATUS_MODULE_REFUSED` or another status that it returned, with its reason; `STATUS_LIMIT` for an answer that does not end;
    /// `STATUS_BAD_ANSWER` for a number that is not a status.
    pub fn examine(&self, module: &Module, examiner: Examiner<'_>) -> Result<Answer> {
        let mut view = View {
            shown: ModuleView { table: &TABLE },
            module,
            examiner,
            imports: OnceCell::new(),
            exports: OnceCell::new(),
            sections: OnceCell::new(),
            answer: Answer::default(),
            failure: None,
        };
        let (host, data) = (view.examiner.host, view.examiner.data.pointer());
        let _turn = view.examiner.gate.enter(None)?;
        let shown = (&raw mut view).cast();
        // SAFETY: the plug-in's own function, with its data, and a view that lives until it returns.
        let (status, reason) = host.listen(|| unsafe { (self.examine)(data, shown) }, |status| *status);
        let View { examiner, answer, failure, .. } = view;
        match failure {
            // What was not taken any more would be missing.
            Some((abi::STATUS_LIMIT, why)) => Err(Error::new(abi::STATUS_LIMIT, format!("{} {why}", examiner.what))),
            _ if status == abi::STATUS_OK => Ok(answer),
            Some((given, why)) if given == status => Err(Error::new(status, format!("{} {why}", examiner.what))),
            _ => Err(refused(status, reason, &examiner.what)),
        }
    }
}

/// Returns the error of an examination that failed for a reason that the plug-in knows.
fn refused(status: Status, reason: Option<String>, what: &str) -> Error {
    let Some(name) = status::failure_name(status) else {
        let message = format!("{what} returned {status} from examine, which is not a valid status");
        return Error::new(abi::STATUS_BAD_ANSWER, message);
    };
    let why = reason.unwrap_or_else(|| format!("{name} without a reason"));
    Error::new(status, format!("{what} cannot examine the module: {why}"))
}

/// A module as one plug-in sees it, and what that has answered so far.
#[repr(C)]
struct View<'a> {
    // First, so that a pointer to it is a pointer to the view.
    shown: ModuleView,
    module: &'a Module,
    examiner: Examiner<'a>,
    imports: OnceCell<Items>,
    exports: OnceCell<Items>,
    sections: OnceCell<Vec<ModuleSection>>,
    answer: Answer,
    /// The last failure of a function of the view, and its reason.
    failure: Option<(Status, String)>,
}

static TABLE: ModuleViewTable = ModuleViewTable {
    size: size_of::<ModuleViewTable>() as u32,
    reserved: 0,
    get_import,
    get_export,
    get_section,
    require,
    provide,
    refuse,
};

/// Imports or exports, and the strings that they point to.
struct Items {
    shown: Vec<ModuleItem>,
    _strings: Vec<String>,
}

impl Items {
    fn new<'a>(items: impl Iterator<Item = (&'a str, &'a str, &'a ExternType)>) -> Self {
        let mut made = Self { shown: Vec::new(), _strings: Vec::new() };
        for (module, name, ty) in items {
            let mut keep = |text: &str| {
                let text = format!("{text}\0");
                let pointer = text.as_ptr().cast();
                made._strings.push(text);
                pointer
            };
            let (kind, signature) = match ty {
                ExternType::Func(ty) => (abi::MODULE_ITEM_FUNCTION, keep(&signature_text(ty))),
                ExternType::Memory(_) => (abi::MODULE_ITEM_MEMORY, ptr::null()),
                ExternType::Table(_) => (abi::MODULE_ITEM_TABLE, ptr::null()),
                ExternType::Global(_) => (abi::MODULE_ITEM_GLOBAL, ptr::null()),
            };
            let item = ModuleItem {
                size: size_of::<ModuleItem>() as u32,
                kind,
                module: keep(module),
                module_size: module.len(),
                name: keep(name),
                name_size: name.len(),
                signature,
            };
            made.shown.push(item);
        }
        made
    }

    fn get(&self, index: usize) -> *const ModuleItem {
        self.shown.get(index).map_or(ptr::null(), ptr::from_ref)
    }
}

/// Why a function of the view fails.
type Failure = (Status, String);

impl View<'_> {
    fn require(&mut self, name: Option<&str>, range: Option<&str>) -> Result<(), Failure> {
        let name = name.ok_or_else(|| (abi::STATUS_NULL_ARGUMENT, "requires a plug-in whose name is NULL".to_owned()))?;
        let wrong = |why: String| (abi::STATUS_INVALID_ARGUMENT, format!("requires the plug-in \"{name}\": {why}"));
        let name = check_name(name).map_err(|_| wrong("that is not a valid name".to_owned()))?;
        let range = manifest::range(range.unwrap_or_default()).map_err(wrong)?;
        if self.answer.requirements.len() >= MAX_MODULE_PLUGINS {
            return Err((abi::STATUS_LIMIT, format!("requires more than {MAX_MODULE_PLUGINS} plug-ins for one module")));
        }
        self.answer.requirements.push(Dependency { name: name.to_owned(), range });
        Ok(())
    }

    /// # Safety
    /// The strings are those of a plug-in.
    unsafe fn provide(&mut self, given: &abi::ProvidedFunction, data: UserData) -> Result<(), Failure> {
        // SAFETY: promised above.
        let (module, name, signature, permission) = unsafe {
            let module = string(given.module, "the module of a function")?;
            let name = string(given.name, "the name of a function")?;
            (module, name, string(given.signature, "the signature of a function")?, optional(given.permission, "a permission")?)
        };
        let of_it = |why: String| format!("provides `{module}.{name}`: {why}");
        let wrong = |why: String| (abi::STATUS_INVALID_ARGUMENT, of_it(why));
        let callback = given.callback.ok_or_else(|| (abi::STATUS_NULL_ARGUMENT, of_it("its callback is NULL".to_owned())))?;
        flags::check(given.flags, flags::FUNCTION_FLAGS).map_err(wrong)?;
        permission.map_or(Ok(()), |permission| check_permission(permission, self.examiner.manifest)).map_err(wrong)?;
        let signature = parse_signature(signature).map_err(|error| (error.status(), of_it(error.message().to_owned())))?;
        if self.answer.find(module, name).is_some() {
            return Err((abi::STATUS_ALREADY_EXISTS, of_it("it was provided before".to_owned())));
        }
        if self.answer.function_count() >= MAX_PROVIDED_FUNCTIONS {
            return Err((abi::STATUS_LIMIT, format!("provides more than {MAX_PROVIDED_FUNCTIONS} functions for one module")));
        }
        let plugin = Arc::clone(self.examiner.host.name());
        let pointer = data.pointer();
        let owner = GatedData { data: Some(data), gate: self.examiner.gate.clone(), plugin: Arc::clone(&plugin) };
        let function = HostFunction {
            module: module.into(),
            name: name.into(),
            signature,
            flags: given.flags,
            callback,
            data: UserData::owned(pointer, owner),
            receiver: Receiver::Instance,
            plugin: Some(plugin),
        };
        let provided = Provided { function: Arc::new(function), permission: permission.map(str::to_owned) };
        self.answer.add(module, name, provided);
        Ok(())
    }
}

/// The data of a function, which is freed through the plug-in's gate.
struct GatedData {
    data: Option<UserData>,
    gate: Gate,
    plugin: Arc<str>,
}

impl Drop for GatedData {
    fn drop(&mut self) {
        self.gate.finish(&self.plugin, "the data of a function", None, self.data.take());
    }
}

/// # Safety
/// The pointer is NULL or a string of the plug-in.
unsafe fn optional<'a>(given: *const c_char, what: &str) -> Result<Option<&'a str>, Failure> {
    // SAFETY: promised above.
    unsafe { text::read(given) }.map_err(|why| (abi::STATUS_BAD_UTF8, format!("provides a function, and {what} {why}")))
}

/// # Safety
/// As [`optional`].
unsafe fn string<'a>(given: *const c_char, what: &str) -> Result<&'a str, Failure> {
    // SAFETY: promised above.
    let found = unsafe { optional(given, what) }?;
    found.ok_or_else(|| (abi::STATUS_NULL_ARGUMENT, format!("provides a function, and {what} is NULL")))
}

/// Calls a function of the view that a plug-in has passed; keeps the reason of a failure.
///
/// # Safety
/// `view` is NULL, or the pointer that the plug-in was passed, whose examine has not returned.
unsafe fn answering(view: *mut ModuleView, work: impl FnOnce(&mut View<'_>) -> Result<(), Failure>) -> Status {
    // SAFETY: promised above: `examine` made the pointer from a whole view, which nothing else uses meanwhile.
    let Some(view) = (unsafe { view.cast::<View<'_>>().as_mut() }) else { return abi::STATUS_NULL_ARGUMENT };
    match panics::catch(|| work(view)) {
        Ok(Ok(())) => abi::STATUS_OK,
        Ok(Err((status, why))) => {
            if !matches!(view.failure, Some((abi::STATUS_LIMIT, _))) {
                view.failure = Some((status, why));
            }
            status
        }
        Err(_) => abi::STATUS_INTERNAL,
    }
}

/// # Safety
/// As [`answering`].
unsafe fn showing<T>(view: *mut ModuleView, work: impl FnOnce(&View<'_>) -> *const T) -> *const T {
    // SAFETY: as for `answering`.
    let Some(view) = (unsafe { view.cast::<View<'_>>().as_ref() }) else { return ptr::null() };
    panics::catch(|| work(view)).unwrap_or(ptr::null())
}

unsafe extern "C" fn get_import(view: *mut ModuleView, index: usize) -> *const ModuleItem {
    let items = |view: &View<'_>| Items::new(view.module.imports().iter().map(|item| (&*item.module, &*item.name, &item.ty)));
    // SAFETY: the plug-in passes the view that it was passed, or NULL.
    unsafe { showing(view, |view| view.imports.get_or_init(|| items(view)).get(index)) }
}

unsafe extern "C" fn get_export(view: *mut ModuleView, index: usize) -> *const ModuleItem {
    let items = |view: &View<'_>| Items::new(view.module.exports().iter().map(|item| ("", &*item.name, &item.ty)));
    // SAFETY: as above.
    unsafe { showing(view, |view| view.exports.get_or_init(|| items(view)).get(index)) }
}

unsafe extern "C" fn get_section(view: *mut ModuleView, index: usize) -> *const ModuleSection {
    let bytes = |bytes: &[u8]| Bytes { data: bytes.as_ptr(), size: bytes.len() };
    let show = |(name, content): (&str, &[u8])| ModuleSection {
        size: size_of::<ModuleSection>() as u32,
        reserved: 0,
        name: bytes(name.as_bytes()),
        content: bytes(content),
    };
    let sections = |view: &View<'_>| view.module.custom_sections().map(show).collect();
    let at = |sections: &Vec<ModuleSection>| sections.get(index).map_or(ptr::null(), ptr::from_ref);
    // SAFETY: as above.
    unsafe { showing(view, |view| at(view.sections.get_or_init(|| sections(view)))) }
}

unsafe extern "C" fn require(view: *mut ModuleView, plugin: *const c_char, range: *const c_char) -> Status {
    // SAFETY: as above; the strings are NULL or NUL-terminated.
    let (plugin, range) = unsafe { (text::read(plugin), text::read(range)) };
    let bad = |why: String| (abi::STATUS_BAD_UTF8, format!("requires a plug-in whose name or range {why}"));
    // SAFETY: as above.
    unsafe { answering(view, |view| view.require(plugin.map_err(bad)?, range.map_err(bad)?)) }
}

unsafe extern "C" fn provide(view: *mut ModuleView, function: *const abi::ProvidedFunction) -> Status {
    if function.is_null() {
        // SAFETY: as above.
        return unsafe { answering(view, |_| Err((abi::STATUS_NULL_ARGUMENT, "provides a function that is NULL".to_owned()))) };
    }
    // SAFETY: it begins with its size.
    match unsafe { read_growing(function) } {
        Ok(given) => {
            // Freed on each path that does not keep it.
            let data = UserData::new(given.data, given.free_data);
            // SAFETY: as above; the strings are the plug-in's.
            unsafe { answering(view, |view| view.provide(&given, data)) }
        }
        // SAFETY: as above.
        Err(why) => unsafe { answering(view, |_| Err((abi::STATUS_INVALID_ARGUMENT, format!("provides a function: {why}")))) },
    }
}

unsafe extern "C" fn refuse(view: *mut ModuleView, reason: *const c_char) -> Status {
    // SAFETY: as above; the string is NULL or NUL-terminated.
    let reason = unsafe { text::read_lossy(reason) }.unwrap_or_else(|| "it says no reason".to_owned());
    // SAFETY: as above.
    unsafe { answering(view, |_| Err((abi::STATUS_MODULE_REFUSED, format!("refuses the module: {reason}")))) }
}
