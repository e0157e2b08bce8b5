//! Instances of a context, and running them.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use super::instance::Instance;
use super::module::Module;
use super::value::{WasmArgs, WasmResults, check_results};
use crate::engine::{self, Handle, Kind};
use crate::{context, status};
use std::path::Path;
use std::sync::Arc;

impl Context {
    /// Instantiates a module and registers the instance under a name: other modules can import its exports.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), and those of [`instantiate`](Self::instantiate).
    pub fn register_wasm(&mut self, name: &str, module: &Module) -> Result<Instance> {
        self.with(|context| context.register_wasm(name, module.inner()).map(Instance::from))
    }

    /// Registers an instance under a name: other modules can import its exports.
    ///
    /// # Errors
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS), [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT),
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn register_instance(&mut self, name: &str, instance: Instance) -> Result<()> {
        self.with(|context| context.register_instance(name, instance.into()))
    }

    /// Instantiates a module.
    ///
    /// # Errors
    /// [`UNRESOLVED_IMPORT`](crate::Status::UNRESOLVED_IMPORT), [`INCOMPATIBLE_IMPORT`](crate::Status::INCOMPATIBLE_IMPORT),
    /// [`INSTANTIATION`](crate::Status::INSTANTIATION), [`LIMIT`](crate::Status::LIMIT), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT), and
    /// the failure of a start function.
    pub fn instantiate(&mut self, module: &Module) -> Result<Instance> {
        self.with(|context| context.instantiate(module.inner()).map(Instance::from))
    }

    /// Returns the instances in the order in which they were created.
    ///
    /// # Errors
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn instances(&self) -> Result<Vec<Instance>> {
        self.with(|context| Ok(context.instances().iter().copied().map(Instance::from).collect()))
    }

    /// Returns the instance that is registered under a name.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn find_instance(&self, name: &str) -> Result<Instance> {
        self.with(|context| context.find_instance(name).map(Instance::from))
    }

    /// Removes an instance: its names become free, and its handle and those of its exports become stale. Instances that import from it
    /// keep working.
    ///
    /// # Errors
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn remove_instance(&mut self, instance: Instance) -> Result<()> {
        self.with(|context| context.remove_instance(instance.into()))
    }

    /// Calls an export of an instance.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND), [`WRONG_TYPE`](crate::Status::WRONG_TYPE), [`WRONG_COUNT`](crate::Status::WRONG_COUNT),
    /// [`STALE`](crate::Status::STALE), [`WRONG_CONTEXT`](crate::Status::WRONG_CONTEXT), [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT),
    /// [`TRAP`](crate::Status::TRAP), [`EXIT`](crate::Status::EXIT), and what a host function fails with.
    pub fn execute<R: WasmResults>(&mut self, instance: Instance, name: &str, args: impl WasmArgs) -> Result<R> {
        self.with(|context| execute(context, instance.into(), name, args))
    }

    /// Loads a module from a file, instantiates it, and calls an export.
    ///
    /// # Errors
    /// Those of [`Module::from_file`], [`instantiate`](Self::instantiate) and [`execute`](Self::execute).
    pub fn run_wasm_from_file<R: WasmResults>(&mut self, path: impl AsRef<Path>, name: &str, args: impl WasmArgs) -> Result<R> {
        self.run(|engine| engine::Module::from_file(engine, path.as_ref()), name, args)
    }

    /// Loads a module from its bytes, instantiates it, and calls an export.
    ///
    /// # Errors
    /// Those of [`Module::from_buffer`], [`instantiate`](Self::instantiate) and [`execute`](Self::execute).
    pub fn run_wasm_from_buffer<R: WasmResults>(&mut self, data: impl AsRef<[u8]>, name: &str, args: impl WasmArgs) -> Result<R> {
        self.run(|engine| engine::Module::new(engine, data.as_ref()), name, args)
    }

    fn run<R: WasmResults>(
        &mut self,
        load: impl FnOnce(&engine::Engine) -> status::Result<engine::Module>,
        name: &str,
        args: impl WasmArgs,
    ) -> Result<R> {
        self.with(|context| {
            let module = Arc::new(load(context.store().engine())?);
            let instance = context.instantiate(&module)?;
            execute(context, instance, name, args)
        })
    }
}

fn execute<R: WasmResults>(
    context: &mut context::Context,
    instance: Handle,
    name: &str,
    args: impl WasmArgs,
) -> status::Result<R> {
    let func = context.store().find(instance, Kind::Func, name)?;
    let ty = context.store().func_type(func)?;
    check_results::<R>(&ty)?;
    let mut room = R::room(ty.results.len());
    args.with(|args| context.execute(instance, name, args, room.as_mut()))?;
    Ok(R::from_room(room))
}
