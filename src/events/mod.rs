//! Events of streams: batches of them in one buffer, and the text of their metadata.
#![forbid(unsafe_code)]

mod batch;
mod metadata;

pub use batch::{Batch, Event};
pub use metadata::{Metadata, check_field};
