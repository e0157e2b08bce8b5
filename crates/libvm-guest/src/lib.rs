//! For guests of libvm: declares parameters, which plug-ins compile once for a module, and the plug-ins that the module needs.
//!
//! ```
//! libvm_guest::param!("regex", 1, r"^[a-z]+@[a-z]+\.(com|org)$");
//! libvm_guest::param!("table", 7, include_bytes!("lib.rs"));
//! ```
//!
//! `1` and `7` are then the arguments of calls of the plug-ins' functions. The entries stand in the custom section `libvm.param`, in the
//! same format as those of `VM_PARAM` in `<libvm/guest.h>`: the size of what follows, the id, the size of the kind, the kind, the
//! parameter; numbers are little-endian.
//!
//! ```
//! libvm_guest::require_plugin!("calc", ">=1.2 <2", "plugins/calc");
//! ```
//!
//! names a plug-in: an entry of the custom section `libvm.plugins`, as `VM_REQUIRE_PLUGIN` writes it.
#![no_std]
#![forbid(unsafe_code)]

/// Declares a parameter: its kind, an id that is unique among the parameters of the kind in the module, and its text or bytes, which are
/// constants. It is an item, outside of functions or in one. For another processor than wasm it does nothing.
#[macro_export]
macro_rules! param {
    ($kind:expr, $id:expr, $parameter:expr $(,)?) => {
        const _: () = {
            const BYTES: &[u8] = $crate::Parameter($parameter).bytes();
            const SIZE: usize = $crate::entry_size($kind, BYTES);
            #[used]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "libvm.param"))]
            static ENTRY: [u8; SIZE] = $crate::entry($kind, $id, BYTES);
        };
    };
}

/// Names a plug-in that the module needs: its name, the range of versions (empty for any), and where it is relative to the module's file,
/// without ending (empty if the host finds it by its name). All three are constant strings. For another processor than wasm it does nothing.
#[macro_export]
macro_rules! require_plugin {
    ($name:expr, $range:expr, $path:expr $(,)?) => {
        const _: () = {
            const SIZE: usize = $crate::plugin_size($name, $range, $path);
            #[used]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "libvm.plugins"))]
            static ENTRY: [u8; SIZE] = $crate::plugin($name, $range, $path);
        };
    };
}

/// Returns the size of an entry of `libvm.plugins`.
#[must_use]
pub const fn plugin_size(name: &str, range: &str, path: &str) -> usize {
    4 + 2 + name.len() + 2 + range.len() + 2 + path.len()
}

/// Returns an entry of `libvm.plugins`; `SIZE` is its [`plugin_size`].
///
/// # Panics
/// If that is not so, or if a string has more than 65,535 bytes.
#[must_use]
pub const fn plugin<const SIZE: usize>(name: &str, range: &str, path: &str) -> [u8; SIZE] {
    assert!(SIZE == plugin_size(name, range, path), "the size is that of the entry");
    let mut made = [0; SIZE];
    put(&mut made, 0, &((SIZE - 4) as u32).to_le_bytes());
    let (mut at, mut index) = (4, 0);
    let strings = [name, range, path];
    while index < strings.len() {
        let text = strings[index].as_bytes();
        assert!(text.len() <= u16::MAX as usize, "a string has at most 65535 bytes");
        put(&mut made, at, &(text.len() as u16).to_le_bytes());
        put(&mut made, at + 2, text);
        at += 2 + text.len();
        index += 1;
    }
    made
}

/// A text or bytes.
#[doc(hidden)]
pub struct Parameter<T>(pub T);

impl Parameter<&'static str> {
    #[doc(hidden)]
    pub const fn bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

impl Parameter<&'static [u8]> {
    #[doc(hidden)]
    pub const fn bytes(self) -> &'static [u8] {
        self.0
    }
}

impl<const SIZE: usize> Parameter<&'static [u8; SIZE]> {
    #[doc(hidden)]
    pub const fn bytes(self) -> &'static [u8] {
        self.0
    }
}

/// Bytes before the kind: size, id, and the size of the kind.
const HEAD: usize = 10;

/// Returns the size of an entry.
#[must_use]
pub const fn entry_size(kind: &str, parameter: &[u8]) -> usize {
    HEAD + kind.len() + parameter.len()
}

/// Returns an entry; `SIZE` is its [`entry_size`].
///
/// # Panics
/// If that is not so, or if the kind has not 1 to 127 bytes.
#[must_use]
pub const fn entry<const SIZE: usize>(kind: &str, id: u32, parameter: &[u8]) -> [u8; SIZE] {
    assert!(SIZE == entry_size(kind, parameter), "the size is that of the entry");
    assert!(!kind.is_empty() && kind.len() <= 127, "a kind has 1 to 127 bytes");
    let mut made = [0; SIZE];
    put(&mut made, 0, &((SIZE - 4) as u32).to_le_bytes());
    put(&mut made, 4, &id.to_le_bytes());
    put(&mut made, 8, &(kind.len() as u16).to_le_bytes());
    put(&mut made, HEAD, kind.as_bytes());
    put(&mut made, HEAD + kind.len(), parameter);
    made
}

const fn put(into: &mut [u8], at: usize, bytes: &[u8]) {
    let mut index = 0;
    while index < bytes.len() {
        into[at + index] = bytes[index];
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_begins_with_its_size() {
        const ENTRY: [u8; 19] = entry("regex", 0x0102_0304, b"ab\\d");
        assert_eq!(&ENTRY, b"\x0f\0\0\0\x04\x03\x02\x01\x05\0regexab\\d");
        assert_eq!(entry_size("k", b""), entry::<11>("k", 1, b"").len());
    }

    #[test]
    fn a_plugin_is_three_strings() {
        const ENTRY: [u8; 19] = plugin("calc", "^1", "a/b");
        assert_eq!(&ENTRY, b"\x0f\0\0\0\x04\0calc\x02\0^1\x03\0a/b");
        require_plugin!("calc", "", "");
    }

    #[test]
    fn texts_and_bytes_are_parameters() {
        param!("regex", 1, "text");
        param!("regex", 2, b"bytes");
        param!("regex", 3, include_bytes!("lib.rs"));
        const SLICE: &[u8] = &[1, 2];
        param!("regex", 4, SLICE,);
    }
}
