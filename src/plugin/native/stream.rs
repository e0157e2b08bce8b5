//! Reading the sources and sinks of a plug-in (`libvm.stream/1`) or of a host into structures that can be trusted.

use super::descriptor::{Growing, optional, read_growing, read_option, read_table, required};
use crate::plugin::flags;
use crate::plugin::options::OptionInfo;
use crate::similar;
use crate::status::{Error, Result};
use libvm_abi::{self as abi, SinkDescriptor, SourceDescriptor, StreamExtension};
use std::collections::HashSet;
use std::ffi::{c_char, c_void};
use std::mem::offset_of;
use std::sync::Arc;

/// The description of a source.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// Its name.
    pub name: String,
    /// One line about it; empty if there is none.
    pub description: String,
    /// `SOURCE_*` of the ABI.
    pub flags: u32,
    /// Its options, in addition to the plug-in's.
    pub options: Vec<OptionInfo>,
    /// Whether it emits events by itself, and is not pulled.
    pub is_push: bool,
    /// Whether it can go back.
    pub is_rewindable: bool,
    /// Whether it is told what was acknowledged.
    pub has_commit: bool,
}

/// The description of a sink.
#[derive(Clone, Debug)]
pub struct SinkInfo {
    /// Its name.
    pub name: String,
    /// One line about it; empty if there is none.
    pub description: String,
    /// Flags of the ABI, of which there are none yet.
    pub flags: u32,
    /// Its options, in addition to the plug-in's.
    pub options: Vec<OptionInfo>,
    /// Whether it acknowledges events with its flush; otherwise it does so by taking them.
    pub has_flush: bool,
}

/// How a source or a sink is opened and closed.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    pub open: Option<abi::StreamOpen>,
    pub close: Option<abi::Free>,
}

/// How the events of a source arrive.
#[derive(Clone, Copy, Debug)]
pub enum Delivery {
    Pull(abi::SourcePull),
    Push { start: abi::StreamDo, stop: abi::Free },
}

/// A source that was read.
#[derive(Debug)]
pub struct SourceRead {
    pub info: SourceInfo,
    pub ends: Ends,
    pub delivery: Delivery,
    pub commit: Option<abi::SourceMove>,
    pub rewind: Option<abi::SourceMove>,
}

/// A sink that was read.
#[derive(Debug)]
pub struct SinkRead {
    pub info: SinkInfo,
    pub ends: Ends,
    pub write: abi::SinkWrite,
    pub flush: Option<abi::StreamDo>,
}

/// The sources and sinks of a plug-in.
#[derive(Debug, Default)]
pub struct Streams {
    pub sources: Vec<Arc<SourceRead>>,
    pub sinks: Vec<Arc<SinkRead>>,
}

// SAFETY: integers, tables of nullable pointers and integers.
unsafe impl Growing for StreamExtension {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_StreamExtension";
}

// SAFETY: integers, nullable pointers, a table of them, and functions that may be missing.
unsafe impl Growing for SourceDescriptor {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_SourceDescriptor";
}

// SAFETY: as above.
unsafe impl Growing for SinkDescriptor {
    const LEAST: usize = size_of::<Self>();
    const NAME: &'static str = "VM_SinkDescriptor";
}

const _: () = assert!(offset_of!(SourceDescriptor, size) == 0 && offset_of!(SinkDescriptor, size) == 0);

impl Streams {
    /// Reads the extension that a plug-in with these options has returned, or NULL; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR`.
    pub fn read(raw: *const c_void, own: &[OptionInfo], what: &str) -> Result<Self> {
        let mut made = Self::default();
        if raw.is_null() {
            return Ok(made);
        }
        let bad = |why: String| {
            let message = format!("the extension {} of {what} is invalid: {why}", abi::STREAM_EXTENSION);
            Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message)
        };
        // SAFETY: the plug-in returned it for this id, so it is such a struct, with its size; its tables and what they point to
        // belong to the plug-in.
        let (sources, sinks) = unsafe {
            let raw = read_growing(raw.cast::<StreamExtension>()).map_err(bad)?;
            (read_table(&raw.sources).map_err(bad)?, read_table(&raw.sinks).map_err(bad)?)
        };
        for (index, source) in sources.iter().enumerate() {
            // SAFETY: as above.
            let read = unsafe { read_source(source) }.map_err(|why| bad(named("source", index, source.name, &why)))?;
            check_options(own, &read.info.options).map_err(|why| bad(named("source", index, source.name, &why)))?;
            made.sources.push(Arc::new(read));
        }
        for (index, sink) in sinks.iter().enumerate() {
            // SAFETY: as above.
            let read = unsafe { read_sink(sink) }.map_err(|why| bad(named("sink", index, sink.name, &why)))?;
            check_options(own, &read.info.options).map_err(|why| bad(named("sink", index, sink.name, &why)))?;
            made.sinks.push(Arc::new(read));
        }
        let twice = [
            repeated(made.sources.iter().map(|source| &*source.info.name)).map(|name| format!("source `{name}` occurs twice")),
            repeated(made.sinks.iter().map(|sink| &*sink.info.name)).map(|name| format!("sink `{name}` occurs twice")),
        ];
        twice.into_iter().flatten().next().map_or(Ok(made), |why| Err(bad(why)))
    }

    /// Returns a source by name; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, with the nearest name.
    pub fn source(&self, name: &str, what: &str) -> Result<&Arc<SourceRead>> {
        let found = self.sources.iter().find(|source| source.info.name == name);
        found.ok_or_else(|| missing(what, "source", name, self.sources.iter().map(|source| &*source.info.name)))
    }

    /// Returns a sink by name; `what` names the plug-in in messages.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`, with the nearest name.
    pub fn sink(&self, name: &str, what: &str) -> Result<&Arc<SinkRead>> {
        let found = self.sinks.iter().find(|sink| sink.info.name == name);
        found.ok_or_else(|| missing(what, "sink", name, self.sinks.iter().map(|sink| &*sink.info.name)))
    }
}

fn missing<'a>(what: &str, noun: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let known = similar::listed(name, known);
    Error::new(abi::STATUS_NOT_FOUND, format!("{what} has no {noun} `{}`; it has {known}", crate::text::name(name)))
}

/// Names an item in a message by its name or, if that cannot be read, by its index.
fn named(noun: &str, index: usize, name: *const c_char, why: &str) -> String {
    // SAFETY: a string of the plug-in.
    match unsafe { required(name, "name") } {
        Ok(name) => format!("{noun} `{name}`: {why}"),
        Err(_) => format!("{noun} {index}: {why}"),
    }
}

/// Returns a name that occurs twice.
fn repeated<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = HashSet::new();
    names.find(|name| !seen.insert(*name))
}

/// Checks that the options of a source or sink have other keys than those of the plug-in and each other.
fn check_options(own: &[OptionInfo], options: &[OptionInfo]) -> Result<(), String> {
    let mut keys: HashSet<&str> = own.iter().map(|option| &*option.key).collect();
    for option in options {
        if own.iter().any(|known| known.key == option.key) {
            return Err(format!("option `{}` is an option of the plug-in", option.key));
        }
        if !keys.insert(&option.key) {
            return Err(format!("option `{}` occurs twice", option.key));
        }
    }
    Ok(())
}

/// Checks the size that a descriptor begins with, which a plug-in of another age may have longer.
fn check_size<T: Growing>(size: u32) -> Result<(), String> {
    if (size as usize) < T::LEAST {
        return Err(format!("the size of its {} is {size} bytes, and at least {} are required", T::NAME, T::LEAST));
    }
    Ok(())
}

/// # Safety
/// The table and what it points to belong to the plug-in.
unsafe fn read_options(raw: &abi::Table<abi::OptionDescriptor>) -> Result<Vec<OptionInfo>, String> {
    // SAFETY: promised above.
    let options = unsafe { read_table(raw) }?;
    // SAFETY: as above.
    let read = |(index, option)| unsafe { read_option(option) }.map_err(|why| format!("option {index}: {why}"));
    options.iter().enumerate().map(read).collect()
}

/// # Safety
/// What the descriptor points to belongs to a plug-in or a host.
unsafe fn read_source(raw: &SourceDescriptor) -> Result<SourceRead, String> {
    check_size::<SourceDescriptor>(raw.size)?;
    flags::check(raw.flags, abi::SOURCE_BOUNDED)?;
    // SAFETY: promised above.
    let (name, description, options) = unsafe {
        let name = required(raw.name, "name")?;
        (name, optional(raw.description, "description")?.unwrap_or_default(), read_options(&raw.options)?)
    };
    if name.is_empty() {
        return Err("its name is empty".to_owned());
    }
    let delivery = match (raw.pull, raw.start, raw.stop) {
        (Some(pull), None, None) => Delivery::Pull(pull),
        (None, Some(start), Some(stop)) => Delivery::Push { start, stop },
        (None, None, None) => return Err("it has no pull, and neither start nor stop".to_owned()),
        (None, _, _) => return Err("it has one of start and stop, and needs both".to_owned()),
        _ => return Err("it has a pull besides start or stop; a source has either".to_owned()),
    };
    let info = SourceInfo {
        name,
        description,
        flags: raw.flags,
        options,
        is_push: matches!(delivery, Delivery::Push { .. }),
        is_rewindable: raw.rewind.is_some(),
        has_commit: raw.commit.is_some(),
    };
    let ends = Ends { open: raw.open, close: raw.close };
    Ok(SourceRead { info, ends, delivery, commit: raw.commit, rewind: raw.rewind })
}

/// # Safety
/// As for [`read_source`].
unsafe fn read_sink(raw: &SinkDescriptor) -> Result<SinkRead, String> {
    check_size::<SinkDescriptor>(raw.size)?;
    flags::check(raw.flags, 0)?;
    // SAFETY: promised above.
    let (name, description, options) = unsafe {
        let name = required(raw.name, "name")?;
        (name, optional(raw.description, "description")?.unwrap_or_default(), read_options(&raw.options)?)
    };
    if name.is_empty() {
        return Err("its name is empty".to_owned());
    }
    let write = raw.write.ok_or("its write is NULL")?;
    let info = SinkInfo { name, description, flags: raw.flags, options, has_flush: raw.flush.is_some() };
    Ok(SinkRead { info, ends: Ends { open: raw.open, close: raw.close }, write, flush: raw.flush })
}

/// Reads a source of the host.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `raw` is NULL or points to such a struct, with its size.
pub unsafe fn read_source_of_host(raw: *const SourceDescriptor) -> Result<SourceRead> {
    // SAFETY: promised above.
    unsafe { read_of_host(raw, "source", |raw| read_source(raw), |read| &read.info.options) }
}

/// Reads a sink of the host.
///
/// # Errors
/// `STATUS_NULL_ARGUMENT`, `STATUS_INVALID_ARGUMENT`.
///
/// # Safety
/// `raw` is NULL or points to such a struct, with its size.
pub unsafe fn read_sink_of_host(raw: *const SinkDescriptor) -> Result<SinkRead> {
    // SAFETY: promised above.
    unsafe { read_of_host(raw, "sink", |raw| read_sink(raw), |read| &read.info.options) }
}

/// # Safety
/// `raw` is NULL or points to such a struct, with its size.
unsafe fn read_of_host<T: Growing, R>(
    raw: *const T,
    noun: &str,
    read: impl FnOnce(&T) -> Result<R, String>,
    options: impl FnOnce(&R) -> &[OptionInfo],
) -> Result<R> {
    if raw.is_null() {
        return Err(Error::new(abi::STATUS_NULL_ARGUMENT, format!("{noun} is NULL")));
    }
    let bad = |why: String| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("the host's {noun} is invalid: {why}"));
    // SAFETY: promised above.
    let made = unsafe { read_growing(raw) }.and_then(|raw| read(&raw)).map_err(bad)?;
    if options(&made).is_empty() {
        return Ok(made);
    }
    Err(bad("it has options, which only those of plug-ins can have; use the user pointer".to_owned()))
}
