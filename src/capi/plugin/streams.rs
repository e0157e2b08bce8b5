//! The sources and sinks of a plug-in as C sees them.

use crate::capi::ffi::c_text;
use crate::capi::plugin::option::Options;
use crate::plugin::stream::{SinkInfo, SourceInfo};
use std::ffi::{CString, c_char};

/// A source of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginSource {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_SOURCE_*.
    pub flags: u32,
    /// Its name, UTF-8.
    pub name: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
    /// The number of its options, in addition to the plug-in's: see VM_PluginGetSourceOption.
    pub option_count: usize,
    /// Whether it emits events by itself, and is not pulled.
    pub is_push: bool,
    /// Whether it can go back.
    pub is_rewindable: bool,
    /// Whether it is told which events were acknowledged.
    pub has_commit: bool,
    /// Zero.
    pub reserved: [u8; 5],
}

/// A sink of a plug-in. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginSink {
    /// Bytes of this struct.
    pub size: u32,
    /// Zero.
    pub flags: u32,
    /// Its name, UTF-8.
    pub name: *const c_char,
    /// One line about it, UTF-8; "" if there is none.
    pub description: *const c_char,
    /// The number of its options, in addition to the plug-in's: see VM_PluginGetSinkOption.
    pub option_count: usize,
    /// Whether it acknowledges events when it is flushed; otherwise it does so when it takes them.
    pub has_flush: bool,
    /// Zero.
    pub reserved: [u8; 7],
}

/// What C is shown of a plug-in's sources and sinks, and what that points to.
#[derive(Default)]
pub(in crate::capi) struct Streams {
    pub sources: Vec<PluginSource>,
    pub sinks: Vec<PluginSink>,
    /// Of each source, and of each sink.
    pub options: (Vec<Options>, Vec<Options>),
    _texts: Vec<CString>,
}

impl Streams {
    pub(super) fn new<'a>(sources: impl Iterator<Item = &'a SourceInfo>, sinks: impl Iterator<Item = &'a SinkInfo>) -> Self {
        let mut made = Self::default();
        let mut texts = Vec::new();
        let mut keep = |text: &str| {
            let text = c_text(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        for info in sources {
            made.options.0.push(Options::new(&info.options));
            made.sources.push(PluginSource {
                size: size_of::<PluginSource>() as u32,
                flags: info.flags,
                name: keep(&info.name),
                description: keep(&info.description),
                option_count: info.options.len(),
                is_push: info.is_push,
                is_rewindable: info.is_rewindable,
                has_commit: info.has_commit,
                reserved: [0; 5],
            });
        }
        for info in sinks {
            made.options.1.push(Options::new(&info.options));
            made.sinks.push(PluginSink {
                size: size_of::<PluginSink>() as u32,
                flags: info.flags,
                name: keep(&info.name),
                description: keep(&info.description),
                option_count: info.options.len(),
                has_flush: info.has_flush,
                reserved: [0; 7],
            });
        }
        Self { _texts: texts, ..made }
    }
}
