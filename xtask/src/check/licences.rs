//! Licences of the crates that are linked on any system.
use super::none;
use crate::Result;
use crate::dist::{licences, linked};

/// Refuses a crate whose licence is not on the list, and one that comes without its text.
pub fn check() -> Result<String> {
    let parts = linked::parts(true)?;
    let complaints = parts.iter().filter_map(|part| licences::check(part).and_then(|()| licences::texts(part).map(drop)).err());
    none(complaints.collect()).map(|_| format!("{} crates", parts.len()))
}
