//! Tracing the calls between the host and the guests of a context.
#![forbid(unsafe_code)]

use super::context_config::ContextConfig;
use super::error::Status;
use super::instance::Instance;
use super::value::Value;
use crate::engine::watch::Event;
use crate::panics;
use std::sync::Arc;

pub use crate::engine::watch::EventKind as TraceKind;

/// What happens to a call; see [`ContextConfig::set_trace`].
pub struct TraceEvent<'a>(&'a Event<'a>);

impl TraceEvent<'_> {
    /// Returns what happens.
    pub fn kind(&self) -> TraceKind {
        self.0.kind
    }

    /// Returns the number of calls that this one is inside of.
    pub fn depth(&self) -> usize {
        self.0.depth
    }

    /// Returns [`Status::OK`], or the status with which the call failed or was completed; [`Status::PENDING`] of a suspended call.
    pub fn status(&self) -> Status {
        Status::from_number(self.0.status)
    }

    /// Returns the module that a host function belongs to; `None` for a function of a guest.
    pub fn module(&self) -> Option<&str> {
        self.0.called.module
    }

    /// Returns the name of the host function or the export; `None` for a function that was reached by a reference.
    pub fn function(&self) -> Option<&str> {
        self.0.called.function
    }

    /// Returns the name of the plug-in that a host function belongs to.
    pub fn plugin(&self) -> Option<&str> {
        self.0.called.plugin.map(|name| &**name)
    }

    /// Returns the instance that imports the host function, or exports the function of the guest, if it is known.
    pub fn instance(&self) -> Option<Instance> {
        self.0.called.instance.map(Instance::from)
    }

    /// Returns the arguments or results as wasm passes them: a string or bytes are two numbers. `None` stands for a reference that is not
    /// null.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Option<Value>> {
        self.0.values.iter().map(|value| (value.reference().context == 0).then(|| Value::from_abi(value)))
    }

    /// Returns why the call failed.
    pub fn message(&self) -> Option<&str> {
        self.0.text
    }
}

impl ContextConfig {
    /// Sets a function that receives each call of a host function and each call from the host into a guest, before and after it, with
    /// suspensions, on the thread that uses the context, which it may not use itself. Calls become slower. A panic of it is caught.
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (func (export "double") (param i32) (result i32)
    /// #     (i32.add (local.get 0) (local.get 0))))"#).unwrap();
    /// use std::sync::{Arc, Mutex};
    ///
    /// let lines = Arc::new(Mutex::new(Vec::new()));
    /// let kept = Arc::clone(&lines);
    /// let mut config = vm::ContextConfig::new();
    /// config.set_trace(move |event| {
    ///     let values: Vec<_> = event.values().collect();
    ///     kept.lock().unwrap().push(format!("{:?} {} {values:?}", event.kind(), event.function().unwrap_or("?")));
    /// });
    /// let mut context = vm::Context::with_config(&vm::Engine::new()?, &config)?;
    /// context.run_wasm_from_buffer::<i32>(wasm, "double", 4)?;
    /// assert_eq!(*lines.lock().unwrap(), ["GuestCall double [Some(I32(4))]", "GuestReturn double [Some(I32(8))]"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_trace(&mut self, callback: impl Fn(&TraceEvent<'_>) + Send + Sync + 'static) -> &mut Self {
        let tracer = move |event: &Event<'_>| {
            // A panic cannot pass through libvm; its message has been printed.
            let _ = panics::catch(|| callback(&TraceEvent(event)));
        };
        self.inner_mut().watch.tracer = Some(Arc::new(tracer));
        self
    }
}
