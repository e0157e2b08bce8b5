//! How a call of a guest has ended, if not by returning.

use super::Run;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::module_file::ModuleFile;
use crate::{text, words};
use std::time::Duration;
use vm::{Error, Frame, FrameKind, Status};

/// Frames that are told in one sentence; more are lines.
const MOST_IN_ONE_LINE: usize = 4;

/// Returns the exit code of a guest that has exited.
///
/// # Errors
/// It was stopped, or has failed: with the functions in which that was.
pub fn ended(error: &Error, arguments: &Run, file: &ModuleFile) -> Result<Exit, Failure> {
    if let Some(code) = error.exit_code() {
        return Ok(Exit::guest(code));
    }
    let (exit, message) = match (error.status(), arguments.timeout, arguments.fuel) {
        (Status::TIMEOUT, Some(time), _) => {
            (Exit::TIMEOUT, format!("the guest was stopped after {} (limit --timeout)", shown(time)))
        }
        (Status::OUT_OF_FUEL, _, Some(units)) => {
            let units = if units == 1 { "1 unit".to_owned() } else { format!("{units} units") };
            (Exit::TIMEOUT, format!("the guest was stopped after {units} of fuel (limit --fuel)"))
        }
        (Status::INTERNAL | Status::OUT_OF_MEMORY | Status::RECURSION_LIMIT, ..) => (Exit::FAILED, reason(error)),
        (status, ..) if cannot_be_linked(status) => (Exit::NOT_RUNNABLE, format!("{}: {}", file.shown(), reason(error))),
        _ => {
            let reason = reason(error);
            let called = format!("in `{}`: ", text::name(arguments.function()));
            (Exit::TRAPPED, reason.strip_prefix(&called).map(str::to_owned).unwrap_or(reason))
        }
    };
    let failure = Failure::from_library(exit, error).with_message(message + &trace(error.frames(), file));
    Err(match error.status() {
        Status::PLUGIN_PERMISSION => match permission(failure.message()) {
            Some(permission) => {
                let hint = format!("grant it with --grant {permission}");
                failure.hint(hint)
            }
            None => failure,
        },
        _ => failure,
    })
}

/// Returns the permission that a message names, unless no grant can help.
fn permission(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("needs the permission `")?;
    let (permission, rest) = rest.split_once('`')?;
    rest.starts_with(", which is not granted").then(|| permission.to_owned())
}

fn cannot_be_linked(status: Status) -> bool {
    [
        Status::UNRESOLVED_IMPORT,
        Status::INCOMPATIBLE_IMPORT,
        Status::INSTANTIATION,
        Status::MODULE_REFUSED,
        Status::BAD_PARAMETER,
        Status::LIMIT,
    ]
    .contains(&status)
}

/// Returns the message without the frames, which [`trace`] describes in words of the command.
fn reason(error: &Error) -> String {
    let message = error.message();
    let frames = if error.frames().is_empty() { None } else { message.find("\n   0: ") };
    let text = &message[..frames.unwrap_or(message.len())];
    // A user of the command grants permissions by an option.
    let of_host = if error.status() == Status::PLUGIN_PERMISSION { text.find("; the host grants it with VM_") } else { None };
    text::lines(&words::of_command(&text[..of_host.unwrap_or(text.len())]))
}

/// Describes where the guest was: in one sentence, or a line for each frame.
fn trace(frames: &[Frame], file: &ModuleFile) -> String {
    const HEAD: usize = 15;
    const TAIL: usize = 5;
    let Some((inner, callers)) = frames.split_first() else { return String::new() };
    let mut text = format!("\n  in {}, {}", file.shown(), described(inner));
    let between = if frames.len() > MOST_IN_ONE_LINE { ",\n  called by " } else { ", called by " };
    let mut omitted = if callers.len() > HEAD + TAIL { HEAD..callers.len() - TAIL } else { 0..0 };
    // What was not recorded is a part of it.
    if let Some(at) = callers.iter().position(|frame| frame.kind == FrameKind::Omitted).filter(|at| omitted.start < *at) {
        omitted.end = omitted.end.max(at + 1);
    }
    for (index, frame) in callers.iter().enumerate() {
        if index == omitted.start && !omitted.is_empty() {
            let more: u32 = callers[omitted.clone()].iter().map(|frame| frame.omitted.max(1)).sum();
            text = format!("{text},\n  … {more} more …");
        }
        if !omitted.contains(&index) {
            text = format!("{text}{between}{}", called(frame));
        }
    }
    text
}

/// The innermost frame, with its place in the file.
fn described(frame: &Frame) -> String {
    match (frame.kind, frame.offset) {
        (FrameKind::Guest, Some(offset)) => format!("function {} (offset {offset:#x})", called(frame)),
        (FrameKind::Guest, None) => format!("function {}", called(frame)),
        _ => called(frame),
    }
}

fn called(frame: &Frame) -> String {
    match frame.kind {
        FrameKind::Omitted => format!("{} functions that are not recorded", frame.omitted),
        FrameKind::Host => {
            let plugin = frame.plugin.as_ref().map_or_else(String::new, |plugin| format!(" of the plug-in `{plugin}`"));
            format!("the host function `{}.{}`{plugin}", frame.module, frame.function)
        }
        FrameKind::Guest => match (frame.function.as_str(), frame.index) {
            ("", Some(index)) => index.to_string(),
            ("", None) => "that is not recorded".into(),
            (name, _) => format!("`{name}`"),
        },
    }
}

/// Returns a time as it is written in options.
fn shown(time: Duration) -> String {
    if time < Duration::from_millis(1) {
        format!("{} µs", time.as_micros())
    } else if time < Duration::from_secs(1) {
        format!("{} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{} s", time.as_secs_f64())
    }
}
