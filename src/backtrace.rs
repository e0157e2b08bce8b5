//! The frames of calls that an error went through.
#![forbid(unsafe_code)]

use crate::limits::MAX_SHOWN_FRAMES;
use crate::text;
use std::fmt::Write;

/// What a frame is. The numbers equal those of `VM_FrameKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum FrameKind {
    /// A function of a guest.
    Guest = 1,
    /// A host function.
    Host = 2,
    /// Frames that were omitted.
    Omitted = 3,
}

/// A call that had not returned when an error occurred. Names are as messages show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: FrameKind,
    /// The name of the module; empty if it is not known.
    pub module: String,
    /// The name of the function; empty if it is not known.
    pub function: String,
    /// The plug-in that the host function belongs to.
    pub plugin: Option<String>,
    /// The index of the function in its module.
    pub index: Option<u32>,
    /// Where the function is, in the file of its module.
    pub offset: Option<u32>,
    /// Number of frames that were omitted.
    pub omitted: u32,
}

impl Frame {
    const NONE: Self = Self {
        kind: FrameKind::Guest,
        module: String::new(),
        function: String::new(),
        plugin: None,
        index: None,
        offset: None,
        omitted: 0,
    };

    /// A function of a guest of which nothing is known.
    pub fn unknown() -> Self {
        Self::NONE
    }

    /// A function of a guest.
    pub fn guest(module: &str, function: &str, index: u32, offset: Option<u32>) -> Self {
        let (module, function) = (text::name(module).into_owned(), text::name(function).into_owned());
        Self { module, function, index: Some(index), offset, ..Self::NONE }
    }

    /// A host function.
    pub fn host(module: &str, function: &str, plugin: Option<&str>) -> Self {
        let (module, function) = (text::name(module).into_owned(), text::name(function).into_owned());
        Self { kind: FrameKind::Host, module, function, plugin: plugin.map(str::to_owned), ..Self::NONE }
    }

    /// This many frames, which were omitted.
    pub fn omitted(count: u32) -> Self {
        Self { kind: FrameKind::Omitted, omitted: count, ..Self::NONE }
    }

    /// Returns whether it is a function of a guest of which nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::NONE
    }

    fn describe(&self) -> String {
        let Self { module, function, .. } = self;
        match self.kind {
            FrameKind::Omitted if self.omitted == 1 => return "… 1 frame omitted …".to_owned(),
            FrameKind::Omitted => return format!("… {} frames omitted …", self.omitted),
            FrameKind::Host => {
                let plugin = self.plugin.as_ref().map_or_else(String::new, |plugin| format!(" of plug-in `{plugin}`"));
                return format!("host function `{module}.{function}`{plugin}");
            }
            FrameKind::Guest => {}
        }
        let number = self.index.map(|index| format!("function {index}"));
        let module = if module.is_empty() { String::new() } else { format!(" of module `{module}`") };
        let what = match (function.is_empty(), number) {
            (true, None) => "a function of the guest".to_owned(),
            (true, Some(number)) => number + &module,
            (false, None) => format!("{function}{module}"),
            (false, Some(number)) => format!("{function} ({number}{module})"),
        };
        self.offset.map_or(what.clone(), |offset| format!("{what} at {offset:#x}"))
    }
}

/// Returns a line for each frame, the innermost one first; of many the middle is omitted.
pub fn lines(frames: &[Frame]) -> String {
    let mut lines = String::new();
    let (head, tail) = (MAX_SHOWN_FRAMES / 4 * 3, MAX_SHOWN_FRAMES / 4);
    let skipped = if frames.len() > MAX_SHOWN_FRAMES { head..frames.len() - tail } else { frames.len()..frames.len() };
    for (index, frame) in frames.iter().enumerate() {
        if index == skipped.start {
            let more = frames[skipped.clone()].iter().map(|frame| frame.omitted.max(1)).sum();
            let _ = write!(lines, "\n      {}", Frame::omitted(more).describe());
        }
        if !skipped.contains(&index) {
            let _ = match frame.kind {
                FrameKind::Omitted => write!(lines, "\n      {}", frame.describe()),
                _ => write!(lines, "\n  {index:>2}: {}", frame.describe()),
            };
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_shown() {
        let frames = [
            Frame::guest("", "", 7, Some(0x1a2b)),
            Frame::guest("app", "parse\n", 12, Some(0x2000)),
            Frame::host("env", "call", Some("zip")),
            Frame::omitted(1),
            Frame::guest("", "main", 3, None),
            Frame::unknown(),
        ];
        let shown = "\n   0: function 7 at 0x1a2b\n   1: parse\\n (function 12 of module `app`) at 0x2000\
                     \n   2: host function `env.call` of plug-in `zip`\n      … 1 frame omitted …\n   4: main (function 3)\
                     \n   5: a function of the guest";
        assert_eq!(lines(&frames), shown);
        assert_eq!(lines(&[]), "");
    }

    #[test]
    fn of_many_frames_the_middle_is_omitted() {
        let mut frames = vec![Frame::guest("", "f", 1, Some(16)); 500];
        frames[200] = Frame::omitted(1000);
        let shown = lines(&frames);
        assert_eq!(shown.lines().count(), MAX_SHOWN_FRAMES + 2);
        assert!(shown.contains(&format!("… {} frames omitted …", 500 - MAX_SHOWN_FRAMES + 999)), "{shown}");
        assert!(shown.ends_with(" 499: f (function 1) at 0x10"), "{shown}");
    }
}
