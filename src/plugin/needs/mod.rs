//! The plug-ins that a wasm module needs: those that it declares ([`section`]), those that its imports need ([`imports`]), and those that
//! other plug-ins require for it ([`ask`]). They are found among the files of the registry's directories ([`candidates`]) and loaded ([`load`]).
#![forbid(unsafe_code)]

mod answered;
mod ask;
mod candidates;
mod dry_run;
mod examine;
mod imports;
mod load;
mod named;
mod packaged;
mod places;
mod section;
mod want;

pub use answered::Answered;
pub use dry_run::{DryRun, Named};
pub use examine::{By, Found, Nearest, State};
pub use load::Needed;
