//! Rewrites modules before an engine sees them, so that it does what it has no option for. The input is valid.
#![forbid(unsafe_code)]

mod start;

pub(super) use start::export_start;

use std::collections::HashSet;

/// Returns a name for an export of which nobody knows: none of `exports`, and with a NUL, so that no string in C equals it.
pub(super) fn unused_name(purpose: &str, exports: &[&str]) -> String {
    let used: HashSet<_> = exports.iter().filter(|name| name.starts_with('\0')).collect();
    let mut name = format!("\0{purpose}");
    while used.contains(&&*name) {
        name.push('\0');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_are_unused() {
        assert_eq!(unused_name("start", &["start", "", "\0"]), "\0start");
        assert_eq!(unused_name("start", &["\0start\0", "\0start"]), "\0start\0\0");
    }
}
