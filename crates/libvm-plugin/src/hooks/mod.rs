//! Hooks.
mod answer;
mod event;
mod suspend;

pub use answer::{Answer, IntoAnswer};
pub use event::{Event, EventType};
pub use suspend::{EventCompleter, Suspended};

use crate::Result;
use crate::entry::{Extension, Flags, refuse_exclusive, table};
use crate::error::{self, c_string};
use crate::function::{ByMut, ByRef};
use crate::instance::Instance;
use crate::plugin::Plugin;
use libvm_abi::{self as abi, Status};
use std::any::Any;
use std::ffi::{CString, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Takes part in decisions of the host: word `hooks` in [`libvm_plugin!`](crate::libvm_plugin).
///
/// A hook is called at a named point with an [`Event`], and [answers](Answer).
///
/// ```
/// use libvm_plugin::{Answer, Event, Hook, Hooks, Module, Plugin, Result, libvm_plugin};
///
/// #[derive(Default)]
/// struct Check {
///     refused: u32,
/// }
///
/// impl Check {
///     fn received(&mut self, mail: &mut Event<'_>) -> Result<Answer> {
///         if !mail.string("from")?.is_empty() {
///             return Ok(Answer::Continue); // the next plug-in is asked
///         }
///         self.refused += 1;
///         mail.set_string("reply", "550 who are you?")?;
///         Ok(Answer::Complete) // decided
///     }
/// }
///
/// impl Hooks for Check {
///     fn hooks() -> Vec<Hook<Self>> {
///         vec![Hook::new("mail.received", Self::received).describe("Refuses mail without a sender")]
///     }
/// }
///
/// impl Plugin for Check {
///     fn modules() -> Vec<Module<Self>> {
///         Vec::new()
///     }
/// }
///
/// libvm_plugin!(Check: hooks);
/// # fn main() {}
/// ```
pub trait Hooks: Plugin {
    /// Returns the hooks. Those at one point are called in this order. Called once in a process.
    fn hooks() -> Vec<Hook<Self>>;
}

/// A function at a point.
pub struct Hook<T> {
    point: CString,
    description: CString,
    callback: abi::HookCallback,
    exclusive: bool,
    data: Box<dyn Any + Send + Sync>,
    marker: PhantomData<fn(T)>,
}

/// A function or closure that is a hook: it takes `&mut self` or `&self` and an [`Event`], and returns what is an [`Answer`]. `M` stands for its
/// type.
pub trait HookFunction<T, M>: Send + Sync + 'static {
    /// Whether no other function of the instance may run meanwhile.
    const EXCLUSIVE: bool;

    /// Calls it.
    ///
    /// # Errors
    /// Those of the hook.
    fn call(&self, instance: &Instance<T>, event: &mut Event<'_>) -> Result<Answer>;
}

impl<T, F, R> HookFunction<T, (ByMut, R)> for F
where
    F: Fn(&mut T, &mut Event<'_>) -> R + Send + Sync + 'static,
    R: IntoAnswer,
{
    const EXCLUSIVE: bool = true;

    fn call(&self, instance: &Instance<T>, event: &mut Event<'_>) -> Result<Answer> {
        let mut me = instance.borrow_mut().ok_or_else(Instance::<T>::in_use)?;
        self(&mut me, event).into_answer()
    }
}

impl<T, F, R> HookFunction<T, (ByRef, R)> for F
where
    F: Fn(&T, &mut Event<'_>) -> R + Send + Sync + 'static,
    R: IntoAnswer,
{
    const EXCLUSIVE: bool = false;

    fn call(&self, instance: &Instance<T>, event: &mut Event<'_>) -> Result<Answer> {
        let me = instance.borrow().ok_or_else(Instance::<T>::in_use)?;
        self(&me, event).into_answer()
    }
}

impl<T: Plugin> Hook<T> {
    /// Creates a hook at a point: a method or closure. The types of the parameters of a closure must be written:
    /// `|_: &Self, event: &mut Event<'_>| …`.
    pub fn new<F: HookFunction<T, M>, M: 'static>(point: &str, function: F) -> Self {
        Self {
            point: c_string(point),
            description: CString::default(),
            callback: callback::<T, F, M>,
            exclusive: F::EXCLUSIVE,
            data: Box::new(function),
            marker: PhantomData,
        }
    }

    /// Describes it in one line.
    #[must_use]
    pub fn describe(self, text: &str) -> Self {
        Self { description: c_string(text), ..self }
    }
}

impl Extension {
    /// Creates the extension of plug-ins with hooks.
    ///
    /// # Errors
    /// If threads share the instance, and a hook takes `&mut self`.
    pub fn hooks<T: Hooks>(flags: Flags) -> Result<Self, String> {
        let hooks = T::hooks();
        if let Some(hook) = hooks.iter().find(|hook| flags.shared && hook.exclusive) {
            return Err(refuse_exclusive("hook", &hook.point.to_string_lossy()));
        }
        let describe = |hook: &Hook<T>| abi::Hook {
            flags: 0,
            reserved: 0,
            point: hook.point.as_ptr(),
            callback: Some(hook.callback),
            data: std::ptr::from_ref(&*hook.data).cast_mut().cast(),
            description: hook.description.as_ptr(),
        };
        let descriptors: Vec<_> = hooks.iter().map(describe).collect();
        let extension =
            abi::HooksExtension { size: size_of::<abi::HooksExtension>() as u32, reserved: 0, hooks: table(&descriptors) };
        Ok(Self::new(abi::HOOKS_EXTENSION, extension, (descriptors, hooks)))
    }
}

/// # Safety
/// libvm calls it: `instance` is an [`Instance`], and `event->data` a function of this type.
unsafe extern "C-unwind" fn callback<T: 'static, F: HookFunction<T, M>, M>(
    instance: *mut c_void,
    event: *mut abi::Event,
) -> Status {
    // SAFETY: promised by the caller.
    let (instance, function) = unsafe { (&*instance.cast::<Instance<T>>(), &*(*event).data.cast::<F>()) };
    // SAFETY: the event is valid during the call, and the host as long as the instance.
    let mut given = unsafe { Event::new(event, instance.host()) };
    #[cfg(feature = "log")]
    let _current = crate::log::enter(given.services());
    let called = catch_unwind(AssertUnwindSafe(|| function.call(instance, &mut given)));
    match called.unwrap_or_else(|panic| Err(error::of_panic(&*panic))) {
        Ok(answer) => answer.status(),
        Err(error) => given.fail(&error.outside_of_guests()),
    }
}
