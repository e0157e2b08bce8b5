//! Parameter compilers.
use crate::call::Guest;
use crate::data::{Compile, Compiled, Data, Kind, ParameterError};
use crate::entry::{Extension, Flags, table};
use crate::error::{self, c_string};
use crate::param::{Param, Place};
use crate::plugin::Plugin;
use crate::services::{Level, Services};
use crate::shared::Shared;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status, Value};
use std::any::TypeId;
use std::ffi::{CStr, CString, c_void};
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Compiles parameters of guests: word `compilers` in [`libvm_plugin!`](crate::libvm_plugin).
///
/// The author of a guest writes a parameter down in the module, with an id. It is compiled once for the module; host functions take it as a
/// [`Parameter`], which is the id in wasm.
///
/// ```
/// use libvm_plugin::{Compiler, Compilers, Module, Parameter, ParameterError, Plugin, libvm_plugin};
///
/// #[derive(Default)]
/// struct Templates;
///
/// /// What a template is compiled to.
/// struct Template(String, String);
///
/// fn compile(bytes: &[u8]) -> Result<Template, ParameterError> {
///     let text = std::str::from_utf8(bytes).map_err(|error| ParameterError::at(error.valid_up_to(), "it is not UTF-8"))?;
///     let (before, after) = text.split_once('%').ok_or_else(|| ParameterError::at(text.len(), "a template has a `%`"))?;
///     Ok(Template(before.to_owned(), after.to_owned()))
/// }
///
/// impl Compilers for Templates {
///     fn compilers() -> Vec<Compiler<Self>> {
///         vec![Compiler::new("template", compile).describe("A text with a `%`")]
///     }
/// }
///
/// impl Plugin for Templates {
///     fn modules() -> Vec<Module<Self>> {
///         let fill = |_: &Self, template: Parameter<'_, Template>, name: &str, out: &mut [u8]| {
///             let text = format!("{}{name}{}", template.0, template.1);
///             let size = text.len().min(out.len());
///             out[..size].copy_from_slice(&text.as_bytes()[..size]);
///             text.len() as u32
///         };
///         vec![Module::new("templates").function("fill", fill)]
///     }
/// }
///
/// libvm_plugin!(Templates: compilers);
/// # fn main() {}
/// ```
pub trait Compilers: Plugin {
    /// Returns the compilers, one for each kind, each of which makes another type. Called once in a process.
    fn compilers() -> Vec<Compiler<Self>>;
}

/// A compiler of one kind of parameters.
pub struct Compiler<T> {
    kind: Kind,
    description: CString,
    marker: PhantomData<fn(T)>,
}

impl<T: Plugin> Compiler<T> {
    fn with<C: Send + Sync + 'static, E: Into<ParameterError>>(
        kind: &str,
        compile: impl Fn(&Data, &[u8]) -> Result<C, E> + Send + Sync + 'static,
    ) -> Self {
        let compiled = Compiled { id: TypeId::of::<C>(), name: std::any::type_name::<C>() };
        let compile: Compile = Box::new(move |data, bytes| {
            compile(data, bytes).map(|made| Box::into_raw(Box::new(made)).cast()).map_err(Into::into)
        });
        let kind = Kind { name: c_string(kind), compiled, compile, release: release::<C> };
        Self { kind, description: CString::default(), marker: PhantomData }
    }

    /// Creates the compiler of a kind (letters, digits, `-` and `_`). The closure may be called on several threads at the same time, and all
    /// contexts use what it returns.
    pub fn new<C, E>(kind: &str, compile: impl Fn(&[u8]) -> Result<C, E> + Send + Sync + 'static) -> Self
    where
        C: Send + Sync + 'static,
        E: Into<ParameterError>,
    {
        Self::with(kind, move |_, bytes| compile(bytes))
    }

    /// Creates the compiler of a kind that uses what the registry [shares](Shared), such as a budget of memory.
    pub fn sharing<C, E>(kind: &str, compile: impl Fn(&T::Data, &[u8]) -> Result<C, E> + Send + Sync + 'static) -> Self
    where
        T: Shared,
        C: Send + Sync + 'static,
        E: Into<ParameterError>,
    {
        Self::with(kind, move |data, bytes| {
            let shared = data.shared.as_deref().and_then(|shared| shared.downcast_ref::<T::Data>());
            let shared =
                shared.ok_or_else(|| Error::new("the plug-in shares nothing: add the word `shared` to `libvm_plugin!`"))?;
            compile(shared, bytes).map_err(Into::<ParameterError>::into)
        })
    }

    /// Describes it in one line.
    #[must_use]
    pub fn describe(self, text: &str) -> Self {
        Self { description: c_string(text), ..self }
    }
}

impl Extension {
    /// Creates the extension of plug-ins that compile parameters.
    ///
    /// # Errors
    /// If two compilers make the same type.
    pub fn compilers<T: Compilers>(_: Flags) -> Result<Self, String> {
        let (mut kinds, mut descriptions) = (Vec::new(), Vec::new());
        for compiler in T::compilers() {
            if kinds.iter().any(|other: &Kind| other.compiled.id == compiler.kind.compiled.id) {
                let name = compiler.kind.compiled.name;
                return Err(format!("two of its compilers make the type `{name}`: wrap it in a type of its own for each"));
            }
            kinds.push(compiler.kind);
            descriptions.push(compiler.description);
        }
        let kinds: Arc<[Kind]> = kinds.into();
        let describe = |(kind, description): (&Kind, &CString)| abi::CompilerDescriptor {
            flags: 0,
            reserved: 0,
            kind: kind.name.as_ptr(),
            description: description.as_ptr(),
            compile: Some(compile),
            release: Some(kind.release),
        };
        let descriptors: Vec<_> = kinds.iter().zip(&descriptions).map(describe).collect();
        let size = size_of::<abi::CompilerExtension>() as u32;
        let extension = abi::CompilerExtension { size, reserved: 0, compilers: table(&descriptors) };
        Ok(Self::new(abi::COMPILER_EXTENSION, extension, (descriptors, descriptions, Arc::clone(&kinds))).with_compilers(kinds))
    }
}

unsafe extern "C" fn compile(data: *mut c_void, parameter: *mut abi::Parameter, compiled: *mut *mut c_void) -> Status {
    // SAFETY: libvm passes the data of `initialize` and a parameter, whose kind is a C string.
    let (data, given, kind) = unsafe { (&*data.cast::<Data>(), &*parameter, CStr::from_ptr((*parameter).kind)) };
    let abi::Bytes { data: first, size } = given.bytes;
    // SAFETY: libvm passes this many bytes.
    let bytes = if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(first, size) } };
    let compile = || match data.compilers.iter().find(|other| *other.name == *kind) {
        Some(kind) => (kind.compile)(data, bytes),
        None => Err(Error::with_status(abi::STATUS_INVALID_ARGUMENT, "the plug-in has no such compiler").into()),
    };
    let services = Services { host: data.host, myself: std::ptr::null_mut() };
    match catch_unwind(AssertUnwindSafe(compile)) {
        Ok(Ok(made)) => {
            // SAFETY: libvm passes the place of the result.
            unsafe { compiled.write(made) };
            abi::STATUS_OK
        }
        Ok(Err(ParameterError { position, error })) if error.is_plain() => {
            let text = c_string(error.text());
            // SAFETY: the parameter has its functions, and is valid during the call.
            unsafe { ((*given.table).fail)(parameter, position.unwrap_or(usize::MAX), text.as_ptr()) }
        }
        Ok(Err(ParameterError { error, .. })) => services.fail(&error),
        Err(panic) => services.fail(&error::of_panic(&*panic).outside_of_guests()),
    }
}

unsafe extern "C" fn release<C>(data: *mut c_void, compiled: *mut c_void) {
    // SAFETY: `compile` has made it, and it is released once.
    let made = unsafe { Box::from_raw(compiled.cast::<C>()) };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(made))) {
        // SAFETY: libvm passes the data of `initialize`.
        let host = unsafe { (*data.cast::<Data>()).host };
        let text = format!("releasing a compiled parameter: {}", error::of_panic(&*panic));
        Services { host, myself: std::ptr::null_mut() }.log(Level::Error, &text);
    }
}

/// What one of the plug-in's [compilers](Compilers) made of a parameter of the calling module: a parameter of a host function. In wasm it is
/// the id that the guest's author chose; a call with an id that the module does not have traps.
pub struct Parameter<'a, C>(&'a C);

impl<C> Deref for Parameter<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0
    }
}

// SAFETY: an id.
unsafe impl<C: Send + Sync + 'static> Param for Parameter<'_, C> {
    type Item<'a> = Parameter<'a, C>;
    const SIGNATURE: &'static str = "i";

    fn compiled() -> Option<Compiled> {
        Some(Compiled { id: TypeId::of::<C>(), name: std::any::type_name::<C>() })
    }

    #[inline]
    unsafe fn get<'a>(call: Place<'a>, args: *const Value) -> Result<Parameter<'a, C>> {
        // SAFETY: null, or libvm's service, which is valid as long as the host.
        let Some(service) = (unsafe { call.parameters.as_ref() }) else {
            return Err(Error::with_status(abi::STATUS_UNSUPPORTED, "this host has no parameters"));
        };
        // SAFETY: promised by the caller.
        let (guest, id): (&Guest<'_>, _) = unsafe { (&*call.guest, (*args).bits_32()) };
        let mut compiled = std::ptr::null_mut();
        // SAFETY: the host and the caller of the call.
        let status = unsafe { (service.get)(guest.host, guest.caller, call.compiler, id, &mut compiled) };
        if status != abi::STATUS_OK {
            return Err(Error::known(status, format!("the guest has no parameter {id}")));
        }
        // SAFETY: the compiler with this index has made a `C`, which the calling function keeps until it has returned.
        Ok(Parameter(unsafe { &*compiled.cast::<C>() }))
    }
}
