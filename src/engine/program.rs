//! What a module consists of, for every engine that runs it.
#![forbid(unsafe_code)]

use super::fingerprint::fingerprint;
use super::interface::Interface;
use super::names::Names;
use super::rewrite::{self, Plan, Record};
use super::scan::Scan;
use crate::backtrace::Frame;
use crate::status::Error;
#[cfg(feature = "compiled")]
use crate::status::Result;
use libvm_abi as abi;
#[cfg(feature = "compiled")]
use std::borrow::Cow;
use std::ops::Deref;

/// The exports that a module gets when it is rewritten: engines know of no start function, and of no active segments of imported
/// tables, so that libvm runs both.
pub(super) struct HiddenExports {
    /// The start function and its hidden name.
    start: Option<(u32, String)>,
    /// The hidden name of a function that applies the active segments.
    segments: Option<String>,
}

impl HiddenExports {
    /// Chooses the names for a module.
    pub(super) fn new(scan: &Scan<'_>) -> Self {
        Self {
            start: scan.start.map(|function| (function, rewrite::unused_name("start", &scan.exports))),
            segments: scan.fills_imported_table.then(|| rewrite::unused_name("segments", &scan.exports)),
        }
    }

    /// Returns the binary that is compiled: the module's own one, with these exports.
    ///
    /// # Errors
    /// `STATUS_INTERNAL` for one that is not the module's.
    #[cfg(feature = "compiled")]
    pub(super) fn for_compiler<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        let rewritten = rewrite::rewrite(bytes, &self.plan(false, None)).map_err(disagree)?;
        Ok(rewritten.map_or(Cow::Borrowed(bytes), |rewritten| Cow::Owned(rewritten.wasm)))
    }

    /// Returns the plan for rewriting the module.
    pub(super) fn plan(&self, split_table_grow: bool, record: Option<Record>) -> Plan<'_> {
        let start = self.start.as_ref().map(|(function, name)| (*function, &**name));
        Plan { start, segments: self.segments.as_deref(), split_table_grow, record }
    }
}

/// What a module consists of, apart from its code.
pub struct Program {
    interface: Interface,
    hidden: HiddenExports,
    /// The indices of the functions among the exports; of others `u32::MAX`.
    exported_functions: Box<[u32]>,
    custom_sections: Box<[(String, Box<[u8]>)]>,
    fingerprint: u64,
}

impl Deref for Program {
    type Target = Interface;

    fn deref(&self) -> &Interface {
        &self.interface
    }
}

impl Program {
    /// Describes a valid module.
    pub(super) fn new(bytes: &[u8], scan: Scan<'_>, hidden: HiddenExports, interface: Interface) -> Self {
        let owned = |(name, section): &(&str, &[u8])| ((*name).to_owned(), (*section).into());
        Self {
            interface,
            hidden,
            exported_functions: scan.exported_functions.into(),
            custom_sections: scan.custom_sections.iter().map(owned).collect(),
            fingerprint: fingerprint(bytes),
        }
    }

    /// Returns the exports that it gets when it is rewritten.
    #[cfg(feature = "compiled")]
    pub(super) fn hidden(&self) -> &HiddenExports {
        &self.hidden
    }

    /// Returns a number that differs from that of other modules.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Returns the hidden name of the start function, which runs before anything else of an instance.
    pub fn start(&self) -> Option<&str> {
        self.hidden.start.as_ref().map(|(_, name)| &**name)
    }

    /// Returns the hidden name of the function that applies the active segments, before the start function.
    pub fn segments(&self) -> Option<&str> {
        self.hidden.segments.as_deref()
    }

    /// Returns the frame of an exported function, of which it is not known where it is.
    pub fn frame_of(&self, export: &str) -> Option<Frame> {
        let function = match &self.hidden.start {
            Some((start, name)) if name == export => *start,
            _ => self.exported_functions[self.export_index(export)?],
        };
        let names = self.names(&[function]);
        Some(Frame::guest(names.module, names.of(function), function, None))
    }

    /// Returns the names of the module and of some functions: those of its name section, else those of its exports.
    pub fn names(&self, functions: &[u32]) -> Names<'_> {
        let section = self.custom_sections().find(|(name, _)| *name == "name");
        let mut names = section.map_or_else(Names::default, |(_, section)| Names::new(section, functions));
        for (export, function) in self.exports().iter().zip(&self.exported_functions) {
            if functions.contains(function) {
                names.functions.entry(*function).or_insert(&export.name);
            }
        }
        names
    }

    /// Returns its name, if it has one in its name section.
    pub fn name(&self) -> Option<&str> {
        Some(self.names(&[]).module).filter(|name| !name.is_empty())
    }

    /// Returns its custom sections: name and bytes, in its order.
    pub fn custom_sections(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.custom_sections.iter().map(|(name, section)| (&**name, &**section))
    }
}

/// Creates the error of a valid module that the scan and an engine read in different ways.
pub fn disagree<E>(_: E) -> Error {
    Error::new(abi::STATUS_INTERNAL, "the scan of the module and the engine disagree")
}
