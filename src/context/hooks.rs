//! The hooks of a context: those of its plug-ins and of the host, by point.
#![forbid(unsafe_code)]

use super::Context;
use super::hook_list::HookPlace;
use crate::hooks::{Event, Hook, HostHook, Invocation, Owner, Place, Position, Step, Suspends};
use crate::limits::MAX_HOST_HOOKS;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

impl Context {
    /// Returns the bits of the points that have hooks, as `Event::bit` returns them.
    pub fn hook_bits(&self) -> &Arc<AtomicU64> {
        &self.hooks.bits
    }

    /// Adds a hook of the host.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for a point that libvm does not have, `STATUS_LIMIT`.
    pub fn add_hook(&mut self, point: &str, place: HookPlace, hook: HostHook) -> Result<()> {
        crate::hooks::check_any_point(point)?;
        if self.hooks.of_host().len() >= MAX_HOST_HOOKS {
            let message = format!("the context has {MAX_HOST_HOOKS} hooks of the host, the most that are possible");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
        self.hooks.add(place, point, hook);
        self.changes.settings += 1;
        self.hooks.add_bit(point);
        self.hooks.forget();
        self.watch_calls()
    }

    /// Sets for how long an event waits for a hook; `None` for any time.
    pub fn set_hook_time(&mut self, time: Option<Duration>) {
        self.changes.settings += 1;
        self.hooks.time = time;
    }

    /// Takes note of the hooks of a plug-in that was registered, or updated.
    ///
    /// # Errors
    /// Those of `watch_calls`.
    pub(super) fn note_hooks(&mut self, index: usize) -> Result<()> {
        for hook in self.plugins.ordered[index].plugin.hooks() {
            self.hooks.add_bit(&hook.point);
        }
        self.hooks.forget();
        self.watch_calls()
    }

    /// Ensures that the hooks of a point are known.
    pub(super) fn find_hooks(&mut self, point: &str) -> Result<()> {
        if self.hooks.known(point).is_some() {
            return Ok(());
        }
        let at_point = |index: &usize| {
            let plugin = &self.plugins.ordered[*index].plugin;
            plugin.has_point(point) && plugin.hooks().iter().any(|hook| hook.point == point)
        };
        let plugins: Vec<usize> = (0..self.plugins.ordered.len()).filter(at_point).collect();
        let mut found = Vec::new();
        for index in plugins {
            self.make_instance(index)?;
            let registered = &self.plugins.ordered[index];
            let Some(instance) = &registered.instance else { continue };
            let pointers = instance.pointers();
            let hooks = registered.plugin.hooks().iter().enumerate().filter(|(_, hook)| hook.point == point);
            found.extend(hooks.map(|(number, hook)| {
                let owner = Arc::clone(instance) as Arc<dyn Owner>;
                Hook::of_plugin(Position(Place::Plugins, index, number), hook, (pointers.instance, pointers.myself), owner)
            }));
        }
        let of_host = self.hooks.of_host().iter().enumerate().filter(|(_, (_, at, _))| **at == *point);
        found.extend(of_host.map(|(number, (place, _, hook))| {
            let place = if *place == HookPlace::First { Place::First } else { Place::Last };
            Hook::of_host(Position(place, 0, number), hook)
        }));
        found.sort_by_key(|hook| hook.position);
        self.hooks.keep(point, found.into());
        Ok(())
    }

    /// Begins to call the hooks of an event's point, which may suspend it unless `suspends` is false.
    ///
    /// # Errors
    /// `STATUS_BUSY` if the event is in use.
    pub fn begin_hooks(&mut self, event: Arc<Event>, suspends: bool) -> Result<Invocation> {
        let suspends = if suspends { Suspends::For(self.hooks.time) } else { Suspends::WouldBlock };
        Invocation::begin(event, suspends, self.hooks.retries)
    }

    /// Calls the hooks of an invocation, from where it stopped.
    ///
    /// # Errors
    /// Those of `Invocation::run`, and of creating an instance of a plug-in.
    pub fn run_hooks(&mut self, invocation: &mut Invocation) -> Result<Step> {
        let point = invocation.event().point_name();
        self.find_hooks(point)?;
        let hooks = self.hooks.known(point).map_or(&[][..], |hooks| &hooks[..]);
        invocation.run(hooks)
    }
}
