//! Sinks.
use super::event::StreamEvent;
use super::opened::{self, Open, close, open};
use super::part::StreamPart;
use crate::Result;
use crate::entry::Described;
use crate::error::c_string;
use crate::options::Options;
use crate::plugin::Plugin;
use libvm_abi::{self as abi, Status};
use std::ffi::{CString, c_void};
use std::marker::PhantomData;

/// Whether a sink has done what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has.
    Done,
    /// Not now: it is called again after [`StreamPart::notify`], at the latest after a short time.
    NotYet,
}

/// Acknowledges what was written to a sink. A failure ends the stream.
pub type Flush<S> = fn(&mut S) -> Result<Progress>;

/// An opened sink. It is dropped when the stream closes it.
///
/// ```
/// use libvm_plugin::{Flush, Module, Options, Plugin, Progress, Result, Sink, StreamEvent, StreamPart, StreamSink, Streams, libvm_plugin};
/// use std::fs::File;
/// use std::io::Write;
///
/// #[derive(Default)]
/// struct Files;
///
/// #[derive(Options)]
/// struct Settings {
///     /// The file to append to
///     #[option(required)]
///     path: String,
/// }
///
/// struct Append(File);
///
/// impl StreamSink for Append {
///     type Plugin = Files;
///     type Options = Settings;
///
///     fn open(_: &Files, _: StreamPart, settings: Settings) -> Result<Self> {
///         Ok(Self(File::options().append(true).create(true).open(settings.path)?))
///     }
///
///     fn write(&mut self, event: &StreamEvent<'_>) -> Result<Progress> {
///         self.0.write_all(&event.payload)?;
///         Ok(Progress::Done)
///     }
///
///     const FLUSH: Option<Flush<Self>> = Some(|append| {
///         append.0.sync_data()?; // what was written is safe now
///         Ok(Progress::Done)
///     });
/// }
///
/// impl Streams for Files {
///     fn sinks() -> Vec<Sink<Self>> {
///         vec![Sink::new::<Append>("append").describe("Appends events to a file")]
///     }
/// }
///
/// impl Plugin for Files {
///     fn modules() -> Vec<Module<Self>> {
///         Vec::new()
///     }
/// }
///
/// libvm_plugin!(Files: streams);
/// # fn main() {}
/// ```
pub trait StreamSink: Sized + Send + 'static {
    /// The plug-in.
    type Plugin: Plugin;
    /// Its options besides those of the plug-in, with other keys.
    type Options: Options;

    /// Acknowledges everything that was written: after [`Progress::Done`] it is as safe as the sink makes it. `None` if an event is acknowledged
    /// by taking it.
    const FLUSH: Option<Flush<Self>> = None;

    /// Opens it. `plugin` is the instance of this opening.
    ///
    /// # Errors
    /// The stream then cannot be opened.
    fn open(plugin: &Self::Plugin, part: StreamPart, options: Self::Options) -> Result<Self>;

    /// Takes an event; called again with the same event after [`Progress::NotYet`].
    ///
    /// # Errors
    /// It has not taken this event; what happens then is the error policy of the stream.
    fn write(&mut self, event: &StreamEvent<'_>) -> Result<Progress>;
}

/// A sink that a plug-in offers.
pub struct Sink<T> {
    name: CString,
    description: CString,
    options: Described,
    open: abi::StreamOpen,
    close: abi::Free,
    write: abi::SinkWrite,
    flush: Option<abi::StreamDo>,
    marker: PhantomData<fn(T)>,
}

impl<T: Plugin> Sink<T> {
    /// Offers a type as a sink.
    pub fn new<S: StreamSink<Plugin = T>>(name: &str) -> Self {
        Self {
            name: c_string(name),
            description: CString::default(),
            options: Written::<S>::options(),
            open: open::<Written<S>>,
            close: close::<Written<S>>,
            write: write::<S>,
            flush: S::FLUSH.map(|_| flush::<S> as abi::StreamDo),
            marker: PhantomData,
        }
    }

    /// Describes it in one line.
    #[must_use]
    pub fn describe(self, text: &str) -> Self {
        Self { description: c_string(text), ..self }
    }

    pub(super) fn descriptor(&self) -> abi::SinkDescriptor {
        abi::SinkDescriptor {
            size: size_of::<abi::SinkDescriptor>() as u32,
            flags: 0,
            name: self.name.as_ptr(),
            description: self.description.as_ptr(),
            options: self.options.table(),
            open: Some(self.open),
            close: Some(self.close),
            write: Some(self.write),
            flush: self.flush,
        }
    }
}

/// A sink as [`Open`] has it.
struct Written<S>(S);

impl<S: StreamSink> Open for Written<S> {
    type Plugin = S::Plugin;
    type Options = S::Options;

    fn open(plugin: &S::Plugin, part: StreamPart, options: S::Options) -> Result<Self> {
        S::open(plugin, part, options).map(Self)
    }
}

fn status(progress: Progress) -> Status {
    match progress {
        Progress::Done => abi::STATUS_OK,
        Progress::NotYet => abi::STATUS_WOULD_BLOCK,
    }
}

unsafe extern "C" fn write<S: StreamSink>(opened: *mut c_void, event: *const abi::StreamEvent) -> Status {
    // SAFETY: libvm calls the functions of an opened sink one at a time, with an event that is valid during the call.
    unsafe { opened::with::<Written<S>>(opened, |sink| sink.value.0.write(&StreamEvent::of_host(&*event)).map(status)) }
}

unsafe extern "C" fn flush<S: StreamSink>(opened: *mut c_void) -> Status {
    // SAFETY: as above.
    unsafe {
        opened::with::<Written<S>>(opened, |sink| {
            S::FLUSH.map_or(Ok(Progress::Done), |flush| flush(&mut sink.value.0)).map(status)
        })
    }
}
