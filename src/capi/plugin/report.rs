//! The result of a load call.

use crate::capi::ffi::{c_path, c_text};
use crate::capi::guard::guard_value;
use crate::plugin;
use libvm_abi::Status;
use std::ffi::{CString, c_char};
use std::ptr;

/// The result of a load call: a line for every candidate.
pub struct PluginReport {
    shown: Vec<PluginReportLine>,
    _texts: Vec<CString>,
}

/// The result for one candidate. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct PluginReportLine {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_STATUS_OK if it is loaded, or need not be: the same file by another path, a default directory that does not exist.
    pub status: Status,
    /// Where it was found: a path, byte for byte; UTF-8 on Windows.
    pub path: *const c_char,
    /// Its name, UTF-8; NULL if it could not be read.
    pub name: *const c_char,
    /// Its version, UTF-8; NULL if it could not be read.
    pub version: *const c_char,
    /// The reason in words, UTF-8; never NULL.
    pub message: *const c_char,
    /// Whether the plug-in is in the registry now, by this call or an earlier one.
    pub loaded: bool,
    /// Zero.
    pub reserved: [u8; 7],
}

impl PluginReport {
    pub(super) fn new(report: &plugin::Report) -> Self {
        let (mut shown, mut texts) = (Vec::new(), Vec::new());
        let mut keep = |text: CString| {
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        for line in report.lines() {
            shown.push(PluginReportLine {
                size: size_of::<PluginReportLine>() as u32,
                status: line.status(),
                path: keep(c_path(line.path())),
                name: line.name().map_or(ptr::null(), |name| keep(c_text(name))),
                version: line.version().map_or(ptr::null(), |version| keep(c_text(version))),
                message: keep(c_text(line.message())),
                loaded: line.loaded(),
                reserved: [0; 7],
            });
        }
        Self { shown, _texts: texts }
    }
}

/// Returns the number of lines of a report.
///
/// @param report the report; NULL has none
/// @return the number of lines
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginReportGetCount(report: Option<&PluginReport>) -> usize {
    report.map_or(0, |report| report.shown.len())
}

/// Returns a line of a report.
///
/// @param report the report; NULL has none
/// @param index from 0, in the order in which the candidates were found
/// @return the line; NULL if the index is past the end
/// @par Ownership
/// The line and its strings belong to the report and live as long as it.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginReportGetLine(report: Option<&PluginReport>, index: usize) -> Option<&PluginReportLine> {
    report.and_then(|report| report.shown.get(index))
}

/// Deletes a report.
///
/// @param report the report; NULL does nothing
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginReportDelete(report: Option<Box<PluginReport>>) {
    guard_value((), || drop(report));
}
