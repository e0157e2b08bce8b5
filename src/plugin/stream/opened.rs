//! What opened sources and sinks have in common: an owner, a part, and the way in which their functions are called.

use super::part::{Monitor, Part, PartOf};
use super::queue::{Capacity, Queue};
use super::report::Listener;
use super::signal::Signal;
use super::table;
use crate::log::Logger;
use crate::plugin::instance::PluginInstance;
use crate::plugin::native::stream::Ends;
use crate::plugin::options::OptionInfo;
use crate::plugin::options::given::GivenOptions;
use crate::plugin::permissions::Grants;
use crate::plugin::plugin::Plugin;
use crate::plugin::shared::OpenedScope;
use crate::status::{self, Error, Result, Status};
use crate::user_data::UserData;
use libvm_abi as abi;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

/// How a source or sink is opened.
pub struct Opening<'a> {
    /// The name of the stream.
    pub stream: &'a str,
    /// The name of the part, which is different in each part of a stream, and has no `/`.
    pub part: &'a str,
    /// The options that the host has set: the plug-in's and its own.
    pub given: &'a GivenOptions,
    /// The permissions that the context grants.
    pub grants: &'a Grants,
    /// The log of the context.
    pub logger: &'a Logger,
    /// Is raised when there is something to do.
    pub signal: &'a Arc<Signal>,
    /// Of the queue of a push source.
    pub capacity: Capacity,
    /// Is called when the state changes.
    pub listener: Option<Listener>,
}

/// Whose the source or sink is.
#[derive(Clone)]
pub enum Origin {
    Plugin(Arc<Plugin>),
    /// The host's, with its `user` pointer.
    Host(Arc<UserData>),
}

impl Origin {
    /// Names a source or sink in messages.
    pub fn describe(&self, noun: &str, name: &str) -> String {
        match self {
            Self::Plugin(plugin) => format!("{noun} `{name}` of {}", plugin.what()),
            Self::Host(_) => format!("the host's {noun} `{name}`"),
        }
    }

    /// Returns the plug-in.
    pub fn plugin(&self) -> Option<&Arc<Plugin>> {
        match self {
            Self::Plugin(plugin) => Some(plugin),
            Self::Host(_) => None,
        }
    }

    fn blame(&self, error: Error) -> Error {
        match self {
            Self::Plugin(plugin) => plugin.blame(error),
            Self::Host(_) => error,
        }
    }
}

/// Everything that ends with an opened source or sink, in this order.
struct Closing {
    pointer: *mut c_void,
    /// Of a push source that was started.
    stop: Option<abi::Free>,
    close: Option<abi::Free>,
    /// The plug-in's, with the scope of its state.
    _instance: Option<(PluginInstance, OpenedScope)>,
    /// What the plug-in was passed.
    part: Arc<Part>,
    origin: Origin,
}

// SAFETY: the pointer belongs to the plug-in or the host, and is only passed to its code, through the gate.
unsafe impl Send for Closing {}

impl Drop for Closing {
    fn drop(&mut self) {
        self.part.listen(|| {
            for end in [self.stop, self.close].into_iter().flatten() {
                // SAFETY: the function of what was opened, which was not closed before.
                unsafe { end(self.pointer) };
            }
            abi::STATUS_OK
        });
    }
}

/// An opened source or sink. Dropping it closes it.
pub struct Opened {
    /// Taken when it is dropped.
    closing: Option<Closing>,
    what: String,
    /// The thread of a thread-affine plug-in's instance.
    home: Option<u64>,
}

impl Opened {
    /// Opens what `what` names in messages, which has options of its own. A push source has a queue.
    ///
    /// # Errors
    /// Those of [`Plugin::create_instance`]; `STATUS_BUSY` if the stream has the part open already; the failure of `open`.
    pub fn open(
        opening: &Opening<'_>,
        origin: &Origin,
        (ends, options): (Ends, &[OptionInfo]),
        what: String,
        is_push: bool,
    ) -> Result<Self> {
        let instance = match origin {
            Origin::Plugin(plugin) => Some(instance(plugin, opening, options, &what)?),
            Origin::Host(_) => None,
        };
        let (home, pointer, host, myself) = match (&instance, origin) {
            (Some((instance, _)), Origin::Plugin(plugin)) => {
                let pointers = instance.pointers();
                (Some(instance.home()), pointers.instance, plugin.host().as_abi(), pointers.myself)
            }
            (_, Origin::Host(user)) => (None, user.pointer(), ptr::null(), ptr::null_mut()),
            (None, Origin::Plugin(_)) => unreachable!("a plug-in has an instance"),
        };
        let queue = is_push.then(|| Queue::new(opening.capacity));
        let of = PartOf {
            stream: opening.stream,
            name: opening.part,
            signal: opening.signal,
            listener: opening.listener.clone(),
            queue,
        };
        let part = Part::open(of, &table::TABLE, host, myself);
        let closing = Closing { pointer, stop: None, close: None, _instance: instance, part, origin: origin.clone() };
        let mut opened = Self { closing: Some(closing), what, home };
        if let Some(open) = ends.open {
            let mut made = ptr::null_mut();
            let part = opened.part().as_abi();
            // SAFETY: the function of the source or sink, with a part that lives until it is closed.
            opened.run("open", &[abi::STATUS_OK], |pointer| unsafe { open(pointer, part, &mut made) })?;
            opened.closing_mut().pointer = made;
            opened.closing_mut().close = ends.close;
        }
        Ok(opened)
    }

    fn closing(&self) -> &Closing {
        self.closing.as_ref().expect("it is taken when this is dropped")
    }

    fn closing_mut(&mut self) -> &mut Closing {
        self.closing.as_mut().expect("it is taken when this is dropped")
    }

    /// Returns its part.
    pub fn part(&self) -> &Arc<Part> {
        &self.closing().part
    }

    /// Returns what the host sees of it.
    pub fn monitor(&self) -> Monitor {
        Monitor::new(self.part())
    }

    /// Names it in messages.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Adds the plug-in to an error.
    pub fn blame(&self, error: Error) -> Error {
        self.closing().origin.blame(error)
    }

    /// Sets what is called before it is closed; `None` for nothing.
    pub fn set_stop(&mut self, stop: Option<abi::Free>) {
        self.closing_mut().stop = stop;
    }

    /// Calls its code where and when it may run, and returns its answer, which is one of `answers`.
    ///
    /// # Errors
    /// `STATUS_WRONG_THREAD`, `STATUS_BUSY`: then no code was called. Otherwise the failure of the function, or
    /// `STATUS_BAD_ANSWER`.
    pub fn run(&self, function: &str, answers: &[Status], work: impl FnOnce(*mut c_void) -> Status) -> Result<Status> {
        let Closing { pointer, part, origin, .. } = self.closing();
        let (status, reason) = match origin {
            Origin::Plugin(plugin) => {
                let turn = plugin.gate().enter(self.home).map_err(|error| self.blame(error.while_doing(&self.what)))?;
                let ((status, said), heard) = plugin.host().listen(|| part.listen(|| work(*pointer)), |(status, _)| *status);
                drop(turn);
                (status, said.or(heard))
            }
            Origin::Host(_) => part.listen(|| work(*pointer)),
        };
        if answers.contains(&status) {
            return Ok(status);
        }
        Err(self.failure(function, status, reason))
    }

    /// Returns the error of a function that has failed.
    fn failure(&self, function: &str, status: Status, reason: Option<String>) -> Error {
        let what = &self.what;
        let (status, why) = match (status::failure_name(status), reason) {
            (Some(_), Some(reason)) => (status, format!("{function} of {what} failed: {reason}")),
            (Some(name), None) => (status, format!("{function} of {what} failed with {name}")),
            (None, _) => {
                let why = status::name(status).map_or_else(
                    || format!("{status}, which is not a valid status"),
                    |name| format!("{}, which is not an answer of it", name.to_string_lossy()),
                );
                (abi::STATUS_BAD_ANSWER, format!("{function} of {what} returned {why}"))
            }
        };
        self.blame(Error::new(status, why))
    }

    /// Shows the host that it has failed, and returns the error.
    pub fn failed(&self, error: Error) -> Error {
        self.part().set_state(abi::STREAM_PART_FAILED, error.message().to_owned());
        error
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let Some(closing) = self.closing.take() else { return };
        closing.part.close();
        match closing.origin.clone() {
            Origin::Plugin(plugin) => plugin.gate().finish(plugin.name(), "a part of a stream", self.home, closing),
            Origin::Host(_) => drop(closing),
        }
    }
}

/// Creates the plug-in's instance for an opening.
fn instance(
    plugin: &Arc<Plugin>,
    opening: &Opening<'_>,
    options: &[OptionInfo],
    what: &str,
) -> Result<(PluginInstance, OpenedScope)> {
    let scope = format!("stream/{}/{}", opening.stream, opening.part);
    let Some(opened) = plugin.shared().open_scope(plugin.name(), &scope) else {
        let (stream, part) = (crate::text::name(opening.stream), crate::text::name(opening.part));
        let message = format!(
            "{what} is already open as `{part}` of a stream called `{stream}`, whose state it would share; give the stream another \
             name, or delete the other one before"
        );
        return Err(plugin.blame(Error::new(abi::STATUS_BUSY, message)));
    };
    let made = plugin.create_instance_with(opening.logger, Some(&scope), opening.given, opening.grants, options)?;
    Ok((made, opened))
}
