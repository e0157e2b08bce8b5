//! Checks a plug-in: its file without running it, and then its code, with edge-case and hostile arguments, many instances, many
//! threads, and loops that show leaks.
//!
//! Code of the plug-in runs in processes of their own ([`worker`]) with limits of time and memory, so that a crash, a hang or an exit
//! is a [`Finding`] that names the function and its arguments. No permission is granted unless [`Settings::grants`] has it, and the
//! processes run in an empty directory that is deleted afterwards. They drive libvm by the functions of `<libvm.h>`: what is found
//! is what any host would meet.
//!
//! ```no_run
//! use libvm_check::{Settings, check};
//!
//! let report = check(&Settings::new("calc.so".into()))?;
//! print!("{report}");
//! std::process::exit(if report.has_faults() { 1 } else { 0 });
//! # #[allow(unreachable_code)]
//! # Ok::<(), libvm_check::Failure>(())
//! ```
mod arguments;
mod file;
mod guest;
mod host;
mod journal;
mod meter;
mod plan;
mod probe;
mod report;
mod settings;
mod supervisor;
pub mod worker;

pub use plan::check;
pub use report::{Finding, Report, Severity};
pub use settings::{Failure, Settings};
