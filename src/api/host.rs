//! Host modules.
#![forbid(unsafe_code)]

use super::caller::Caller;
use super::error::{Error, Result, Status};
use super::function::{self, HostFunction};
use super::future::{Async, AsyncFunction};
use super::value::Value;
use crate::host::{self, Item};
use crate::plugin::permissions;
use crate::text;
use crate::value::{FuncType, GlobalType, MemoryType, TableType};
use std::sync::Arc;

/// A module of the host: named functions and other items that guests can import. It can be registered in any number of contexts; the
/// first time seals it.
///
/// ```
/// # fn main() -> vm::Result<()> {
/// let mut host = vm::HostModule::new("host");
/// host.function("add", |a: i32, b: i32| a + b)?
///     .function("length", |text: &str| text.chars().count() as u32)?
///     .function("fail", || -> Result<(), &str> { Err("not today") })?;
/// let mut context = vm::Context::new(&vm::Engine::new()?)?;
/// context.register_module(&host)?;
/// # Ok(())
/// # }
/// ```
pub struct HostModule(Arc<host::HostModule>);

impl HostModule {
    /// Creates an empty module with the name that imports use.
    pub fn new(name: &str) -> Self {
        Self(Arc::new(host::HostModule::new(name)))
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Adds a function; see [`HostFunction`] for what it can be.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](Status::ALREADY_EXISTS), [`SEALED`](Status::SEALED).
    pub fn function<M>(&mut self, name: &str, function: impl HostFunction<M>) -> Result<&mut Self> {
        let item = Item::Function(Arc::new(function::typed((self.name(), name), function)));
        self.add(name, item)
    }

    /// Adds an asynchronous function: a guest that calls it is suspended until its future is ready; see [`AsyncFunction`].
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "host" "length" (func $length (param i32 i32) (result i32)))
    /// #     (memory (export "memory") 1) (func (export "run") (result i32) (call $length (i32.const 0) (i32.const 5))))"#).unwrap();
    /// # async fn fetch(_: String) -> Result<u32, &'static str> { Ok(17) }
    /// let mut host = vm::HostModule::new("host");
    /// host.async_function("length", |url: String| async move { fetch(url).await })?;
    /// # let mut context = vm::Context::new(&vm::Engine::new()?)?;
    /// # context.register_module(&host)?;
    /// # assert_eq!(context.run_wasm_from_buffer::<i32>(wasm, "run", ())?, 17);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`function`](Self::function).
    pub fn async_function<M: 'static>(&mut self, name: &str, function: impl AsyncFunction<M>) -> Result<&mut Self> {
        let item = Item::Function(Arc::new(function::typed((self.name(), name), Async::<_, M>::new(function))));
        self.add(name, item)
    }

    /// Adds a function whose type is known at run time only.
    ///
    /// # Errors
    /// As for [`function`](Self::function).
    pub fn function_with_type<E>(
        &mut self,
        name: &str,
        ty: FuncType,
        function: impl Fn(Caller<'_>, &[Value]) -> Result<Vec<Value>, E> + Send + Sync + 'static,
    ) -> Result<&mut Self>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let item = Item::Function(Arc::new(function::untyped((self.name(), name), ty, function)));
        self.add(name, item)
    }

    /// Adds a linear memory. Each context gets its own memory when it is first imported there.
    ///
    /// # Errors
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for a type that is not possible, and as for [`function`](Self::function).
    pub fn memory(&mut self, name: &str, ty: MemoryType) -> Result<&mut Self> {
        self.add(name, Item::Memory(ty))
    }

    /// Adds a table of null references. Each context gets its own table when it is first imported there.
    ///
    /// # Errors
    /// As for [`memory`](Self::memory), and [`WRONG_TYPE`](Status::WRONG_TYPE) for elements that are no references.
    pub fn table(&mut self, name: &str, ty: TableType) -> Result<&mut Self> {
        if !ty.element.is_reference() {
            let text = format!("{} is not a reference type; a table has elements of funcref or externref", ty.element);
            return Err(Error::with_status(Status::WRONG_TYPE, text));
        }
        self.add(name, Item::Table(ty))
    }

    /// Adds a global with its initial value, which is a number or a null reference. Each context gets its own global when it is first
    /// imported there.
    ///
    /// # Errors
    /// [`WRONG_TYPE`](Status::WRONG_TYPE) for a reference that is not null, and as for [`function`](Self::function).
    pub fn global(&mut self, name: &str, mutable: bool, value: impl Into<Value>) -> Result<&mut Self> {
        let value = value.into();
        let abi = value.to_abi();
        if abi.reference().context != 0 {
            let text =
                "the initial value of a global of a host module must be the null reference: other references belong to a context";
            return Err(Error::with_status(Status::WRONG_TYPE, text));
        }
        self.add(name, Item::Global(GlobalType { content: value.ty(), mutable }, abi))
    }

    /// Sets the permission that calls of a function require. A context grants it with
    /// [`grant_permission`](crate::Context::grant_permission) to the name of this module, before it registers it.
    ///
    /// # Errors
    /// [`NOT_FOUND`](Status::NOT_FOUND), [`WRONG_TYPE`](Status::WRONG_TYPE) for an item that is not a function,
    /// [`INVALID_ARGUMENT`](Status::INVALID_ARGUMENT) for an invalid permission, [`SEALED`](Status::SEALED).
    pub fn set_permission(&mut self, function: &str, permission: Option<&str>) -> Result<&mut Self> {
        if let Some((permission, why)) = permission.and_then(|given| Some((given, permissions::check(given).err()?))) {
            let (name, permission) = (text::name(function), text::name(permission));
            let text = format!("function `{name}` cannot require \"{permission}\": a permission {why}");
            return Err(Error::with_status(Status::INVALID_ARGUMENT, text));
        }
        self.change(|| format!("set the permission of `{}`", text::name(function)))?.set_permission(function, permission)?;
        Ok(self)
    }

    /// Sets whether a function always runs on the stack of the thread (`VM_FUNCTION_THREAD_STACK`). Otherwise it has 256 KiB of another
    /// stack in a started execution of compiled code, and using more of that ends the process.
    ///
    /// # Errors
    /// [`NOT_FOUND`](Status::NOT_FOUND), [`WRONG_TYPE`](Status::WRONG_TYPE) for an item that is not a function,
    /// [`SEALED`](Status::SEALED).
    pub fn set_thread_stack(&mut self, function: &str, wanted: bool) -> Result<&mut Self> {
        self.change(|| format!("set the stack of `{}`", text::name(function)))?.set_thread_stack(function, wanted)?;
        Ok(self)
    }

    fn add(&mut self, name: &str, item: Item) -> Result<&mut Self> {
        self.change(|| format!("add `{}`", text::name(name)))?.add(name, item)?;
        Ok(self)
    }

    fn change(&mut self, what: impl FnOnce() -> String) -> Result<&mut host::HostModule> {
        // Twice, since the borrow checker does not see that the error ends the borrow.
        if Arc::get_mut(&mut self.0).is_none() {
            return Err(self.0.sealed_error(&what()).into());
        }
        Ok(Arc::get_mut(&mut self.0).expect("nothing shares it"))
    }

    pub(super) fn inner(&self) -> &Arc<host::HostModule> {
        &self.0
    }
}
