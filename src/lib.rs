//! libvm.
/// Status.
pub mod status;
