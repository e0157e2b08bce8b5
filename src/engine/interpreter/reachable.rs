//! What the host can reach of a store.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use wasmi::{Func, Memory};

/// What the host can reach of a store that is recorded, in the order in which it was created.
#[derive(Default)]
pub struct Reachable {
    pub memories: Vec<Memory>,
    /// The first export that is a function, by the function's identity.
    pub functions: HashMap<String, (u32, String)>,
}

/// Returns a text that distinguishes a function from all others of its store: wasmi's functions cannot be compared, but they are shown with their number in the store.
pub fn identity(func: Func) -> String {
    format!("{func:?}")
}
