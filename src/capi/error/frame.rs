//! The frames of an error: the calls that had not returned.

use crate::backtrace;
use crate::capi::ffi::c_text;
use std::ffi::{CString, c_char};
use std::ptr;

/// What a frame of a backtrace is.
pub type FrameKind = i32;
/// A function of a guest.
pub const FRAME_GUEST: FrameKind = 1;
/// A host function.
pub const FRAME_HOST: FrameKind = 2;
/// Frames that were omitted, of a deep recursion.
pub const FRAME_OMITTED: FrameKind = 3;

const _: () = {
    use backtrace::FrameKind as K;
    assert!(FRAME_GUEST == K::Guest as i32);
    assert!(FRAME_HOST == K::Host as i32);
    assert!(FRAME_OMITTED == K::Omitted as i32);
};

/// A call that had not returned when an error occurred. Strings are UTF-8 as in messages: characters that would affect a terminal
/// are escaped, and the middle of a long name is omitted. It may grow at its end: check later fields with VM_HAS.
#[repr(C)]
pub struct Frame {
    /// Bytes of this struct.
    pub size: u32,
    /// VM_FRAME_*
    pub kind: FrameKind,
    /// The name of the module: of a guest from its name section, of a host function the one it is imported from; "" if it is not
    /// known.
    pub module: *const c_char,
    /// The name of the function: of a guest from its name section, otherwise the name of the export that was called; "" if it is not
    /// known.
    pub function: *const c_char,
    /// The name of the plug-in that a host function belongs to; NULL if it belongs to none.
    pub plugin: *const c_char,
    /// Where a guest was: of the call or the instruction that trapped the offset in bytes from the beginning of the module's binary;
    /// 0 if it is not known.
    pub code_offset: u64,
    /// The index of a guest's function in its module; UINT32_MAX if it is not known.
    pub function_index: u32,
    /// Number of frames that were omitted, in a frame of the kind VM_FRAME_OMITTED; 0 in others.
    pub omitted: u32,
}

/// Frames as C is shown them, and the strings that they point to.
pub struct Frames {
    pub shown: Vec<Frame>,
    _texts: Vec<CString>,
}

// SAFETY: nothing changes what the pointers lead to, which belongs to the same object.
unsafe impl Send for Frames {}
// SAFETY: as above.
unsafe impl Sync for Frames {}

impl Frames {
    /// Those of an error without any.
    pub const NONE: Self = Self { shown: Vec::new(), _texts: Vec::new() };

    pub fn new(frames: &[backtrace::Frame]) -> Self {
        let mut texts = Vec::new();
        let mut keep = |text: &str| {
            let text = c_text(text);
            let pointer = text.as_ptr();
            texts.push(text);
            pointer
        };
        let shown = frames.iter().map(|frame| Frame {
            size: size_of::<Frame>() as u32,
            kind: frame.kind as FrameKind,
            module: keep(&frame.module),
            function: keep(&frame.function),
            plugin: frame.plugin.as_deref().map_or(ptr::null(), &mut keep),
            code_offset: frame.offset.map_or(0, u64::from),
            function_index: frame.index.unwrap_or(u32::MAX),
            omitted: frame.omitted,
        });
        Self { shown: shown.collect(), _texts: texts }
    }
}
