//! The result of a load call.

use super::or_null;
use crate::capi::error::Error;
use crate::capi::ffi::{c_text, required};
use crate::capi::guard::{guard, guard_value};
use crate::plugin;
use crate::status;
use libvm_abi::Status;
use std::ffi::{CString, c_char};

/// What came of a load call: a line for every candidate.
pub struct PluginReport {
    lines: Vec<ReportLine>,
}

struct ReportLine {
    path: CString,
    name: Option<CString>,
    version: Option<CString>,
    message: CString,
    status: Status,
    loaded: bool,
}

/// What came of one candidate.
#[repr(C)]
pub struct PluginReportLine {
    /// VM_STATUS_OK when it is loaded, or need not be: the same file by another path, a default directory that is not there.
    pub status: Status,
    /// Whether the plug-in is in the registry now, by this call or an earlier one.
    pub loaded: bool,
    /// Where it was found, UTF-8.
    pub path: *const c_char,
    /// Its name, or NULL when it could not be read.
    pub name: *const c_char,
    /// Its version, or NULL when it could not be read.
    pub version: *const c_char,
    /// Why, in words, UTF-8; never NULL.
    pub message: *const c_char,
}

impl PluginReport {
    pub(super) fn new(report: &plugin::Report) -> Self {
        let line = |line: &plugin::Line| ReportLine {
            path: c_text(&line.path().to_string_lossy()),
            name: line.name().map(c_text),
            version: line.version().map(c_text),
            message: c_text(line.message()),
            status: line.status(),
            loaded: line.loaded(),
        };
        Self { lines: report.lines().iter().map(line).collect() }
    }
}

/// Tells how many lines a report has.
///
/// @param report the report; NULL has none
/// @return how many
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginReportGetCount(report: Option<&PluginReport>) -> usize {
    report.map_or(0, |report| report.lines.len())
}

/// Gives a line of a report.
///
/// @param report the report
/// @param index from 0, in the order in which the candidates were found
/// @param line gets the line; not NULL
/// @param error gets the error on failure; may be NULL
/// @return VM_STATUS_OK or a failure
/// @par Errors
/// VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
/// @par Ownership
/// The texts stay with the report.
/// @par Threads
/// [thread-safe]
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginReportGetLine(
    report: Option<&PluginReport>,
    index: usize,
    line: Option<&mut PluginReportLine>,
    error: Option<&mut *mut Error>,
) -> Status {
    guard(error, || {
        let (report, out) = (required(report, "report")?, required(line, "line")?);
        let line = report.lines.get(index).ok_or_else(|| status::no_index("the report", index, report.lines.len(), "line"))?;
        *out = PluginReportLine {
            status: line.status,
            loaded: line.loaded,
            path: line.path.as_ptr(),
            name: or_null(line.name.as_ref()),
            version: or_null(line.version.as_ref()),
            message: line.message.as_ptr(),
        };
        Ok(())
    })
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
