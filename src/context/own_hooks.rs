//! The points of libvm itself.
#![forbid(unsafe_code)]

use super::Context;
use crate::engine::Handle;
use crate::engine::watch::{Ended, Sentinel};
use crate::hooks::{Event, Field, Hook, Invocation, Suspends, own};
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::ffi::CStr;
use std::sync::Arc;

/// An event of libvm, with these values.
fn event<const N: usize>(point: &str, fields: [(&CStr, Option<Field>); N]) -> Result<Arc<Event>> {
    let event = Event::new(point);
    for (key, field) in fields {
        if let Some(field) = field {
            event.fields().set(key, field)?;
        }
    }
    Ok(Arc::new(event))
}

/// The hooks that are called with the calls of guests.
struct CallHooks {
    before: Arc<[Hook]>,
    after: Arc<[Hook]>,
    trap: Arc<[Hook]>,
    retries: u32,
}

impl CallHooks {
    fn invoke<const N: usize>(&self, point: &str, hooks: &[Hook], fields: [(&CStr, Option<Field>); N]) -> Result<()> {
        if hooks.is_empty() {
            return Ok(());
        }
        Invocation::begin(event(point, fields)?, Suspends::Never, self.retries)?.run(hooks).map(drop)
    }
}

impl Sentinel for CallHooks {
    fn before(&self, function: Option<&str>) -> Result<()> {
        self.invoke(own::CALL_BEFORE, &self.before, [(c"function", function.map(Field::text))])
    }

    fn after(&self, function: Option<&str>, ended: Ended<'_>) -> Result<()> {
        let failed = if let Ended::Failed(error) = ended { Some(error) } else { None };
        let message = || failed.map(|error| Field::text(error.message()));
        let name = || function.map(Field::text);
        let trapped = failed.filter(|error| error.is_trap()).map_or(Ok(()), |error| {
            let trap = Some(Field::Integer(error.trap() as i64));
            self.invoke(own::TRAP, &self.trap, [(c"function", name()), (c"message", message()), (c"trap", trap)])
        });
        let status = Some(Field::Integer(ended.status().into()));
        let after =
            self.invoke(own::CALL_AFTER, &self.after, [(c"function", name()), (c"message", message()), (c"status", status)]);
        trapped.and(after)
    }
}

impl Context {
    /// Calls the hooks at a point of libvm.
    ///
    /// # Errors
    /// Those of the hooks, and of creating an instance of a plug-in.
    fn invoke_own<const N: usize>(&mut self, point: &str, fields: [(&CStr, Option<Field>); N]) -> Result<()> {
        if !self.hooks.may_have(point) {
            return Ok(());
        }
        let mut invocation = Invocation::begin(event(point, fields)?, Suspends::Never, self.hooks.retries)?;
        self.run_hooks(&mut invocation).map(drop)
    }

    /// Has the calls of guests watched, if they have hooks.
    ///
    /// # Errors
    /// Those of creating an instance of a plug-in.
    pub(super) fn watch_calls(&mut self) -> Result<()> {
        let points = [own::CALL_BEFORE, own::CALL_AFTER, own::TRAP];
        if !points.iter().any(|point| self.hooks.may_have(point)) {
            return Ok(());
        }
        points.iter().try_for_each(|point| self.find_hooks(point))?;
        let of = |point| self.hooks.known(point).cloned().unwrap_or_else(|| Arc::new([]));
        let [before, after, trap] = points.map(of);
        let is_used = !(before.is_empty() && after.is_empty() && trap.is_empty());
        let retries = self.hooks.retries;
        self.store.set_sentinel(is_used.then(|| Arc::new(CallHooks { before, after, trap, retries }) as Arc<dyn Sentinel>));
        Ok(())
    }

    /// Tells hooks that a plug-in was registered.
    ///
    /// # Errors
    /// Those of the hooks.
    pub(super) fn tell_registered(&mut self, index: usize) -> Result<()> {
        if !self.hooks.may_have(own::PLUGIN_REGISTERED) {
            return Ok(());
        }
        let plugin = Arc::clone(&self.plugins.ordered[index].plugin);
        let version = Field::text(plugin.version().as_str());
        self.invoke_own(own::PLUGIN_REGISTERED, [(c"plugin", Some(Field::text(plugin.name()))), (c"version", Some(version))])
    }

    /// Tells hooks that an instance was created; `index` is its own in the list of instances.
    ///
    /// # Errors
    /// Those of the hooks: then the instance was removed.
    pub fn tell_instantiated(&mut self, instance: Handle) -> Result<()> {
        let index = Some(Field::Integer(self.instances.len() as i64));
        self.invoke_own(own::MODULE_INSTANTIATED, [(c"index", index)]).inspect_err(|_| {
            // It was not removed before, because nothing else knows its handle.
            let _ = self.store.remove_instance(instance);
        })
    }

    /// Tells hooks that the context is being deleted.
    pub fn tell_closing(&mut self) {
        let name = self.name.as_deref().map(Field::text);
        if let Err(error) = self.invoke_own(own::CONTEXT_CLOSING, [(c"context", name)]) {
            self.logger().log(abi::LOG_WARNING, error.plugin(), error.message());
        }
    }

    /// Refuses a plug-in that was just registered.
    pub(super) fn unregister_last(&mut self, index: usize, error: Error) -> Error {
        self.providers.remove(|provider| provider.source.plugin() == Some(index));
        self.hooks.forget();
        self.plugins.pop();
        // The hooks of the others are known, or can be found again later.
        let _ = self.watch_calls();
        error
    }
}
