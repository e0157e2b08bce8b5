//! Checks a plug-in: its file without running it, and then its code, with edge-case and hostile arguments, many instances, many
//! threads, and loops that show leaks.
//!
//! Code of the plug-in runs in processes of their own ([`worker`]) with limits of time and memory, so that a crash, a hang or an exit
//! is a [`Finding`] that names the function and its arguments. No permission is granted unless [`Settings::grants`] has it, and the
//! processes run in an empty directory that is deleted afterwards. They drive libvm by the functions of `<libvm.h>`: what is found
//! is what any host would meet.
//!
//! ```no_run
//! use libvm_check::{Settings, check, worker};
//! use std::env::{args_os, current_exe};
//!
//! // The process that runs code of the plug-in is this program, with other arguments.
//! if args_os().nth(1).is_some_and(|word| word == "worker") {
//!     std::process::exit(worker::run(args_os().skip(2)));
//! }
//! let report = check(&Settings::new("calc.so".into(), vec![current_exe()?.into(), "worker".into()]))?;
//! print!("{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
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
