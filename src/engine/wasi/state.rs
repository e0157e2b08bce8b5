//! The WASI environment of one context, created from its settings.
#![forbid(unsafe_code)]

use super::common::{self, Table, WasiCtx};
use super::random::SeededRandom;
use super::setup::Setup;
use super::stdio::Port;
use super::wait::{Need, Waits};
use super::{clock, directory, file, stdio};
use crate::status::{Error, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use libvm_abi as abi;
use std::sync::Arc;

/// The WASI environment of one context: its open files, clocks, and other state of the functions of WASI.
pub struct WasiState {
    pub(super) wasi: WasiCtx,
    pub(super) random: Option<SeededRandom>,
    pub(super) waits: Arc<Waits>,
    // So that callbacks, and the data they own, are not freed during a call when the guest closes its standard streams.
    _setup: Setup,
}

impl WasiState {
    /// Opens the files and directories of the settings: every context has its own file descriptors. The guest may open `open_files`
    /// more. Functions are left instead of holding the thread if the guest may be suspended or is `interruptible`.
    ///
    /// # Errors
    /// `STATUS_FILE_NOT_FOUND`, `STATUS_PERMISSION_DENIED` or `STATUS_IO` if a directory or file cannot be opened (any more),
    /// `STATUS_INVALID_ARGUMENT` if arguments or environment take more than 4 GiB.
    pub fn new(setup: &Setup, open_files: usize, interruptible: bool) -> Result<Self> {
        let waits = Waits::new(setup.may_suspend, interruptible);
        let (clocks, scheduler) = clock::make(setup.realtime.as_ref(), setup.monotonic.as_ref(), &waits);
        let mut wasi = WasiCtx::new(common::random_ctx(), clocks, scheduler, Table::new());
        let too_large = |what: &str| Error::new(abi::STATUS_INVALID_ARGUMENT, format!("the {what} take more than 4 GiB"));
        for argument in &setup.arguments {
            wasi.push_arg(argument).map_err(|_| too_large("arguments"))?;
        }
        for (name, value) in &setup.environment {
            wasi.push_env(name, value).map_err(|_| too_large("environment variables"))?;
        }
        let port = |index| Port::new(&waits, &setup.notifier, index);
        wasi.set_stdin(stdio::reader(&setup.input, port(0))?);
        wasi.set_stdout(stdio::writer(&setup.output, port(1), || Box::new(common::stdio::stdout()))?);
        wasi.set_stderr(stdio::writer(&setup.errors, port(2), || Box::new(common::stdio::stderr()))?);
        let slots = file::Slots::new(open_files, &waits);
        for preopen in &setup.directories {
            let opened = Dir::open_ambient_dir(&preopen.host, ambient_authority())
                .map_err(|e| Error::io("open the directory", &preopen.host, &e))?;
            let directory = directory::Directory::preopened(opened, preopen.rights, slots.clone())
                .map_err(|e| Error::io("open the directory", &preopen.host, &e))?;
            wasi.push_preopened_dir(Box::new(directory), &preopen.guest)
                .map_err(|e| Error::new(abi::STATUS_INTERNAL, format!("cannot open {} for the guest: {e}", preopen.guest)))?;
        }
        Ok(Self { wasi, random: setup.seed.map(SeededRandom::new), waits, _setup: setup.clone() })
    }

    /// Returns whether functions that wait suspend the guest.
    pub fn may_suspend(&self) -> bool {
        self.waits.may_suspend()
    }

    /// Takes what the function that was left waits for.
    pub fn take_need(&self) -> Need {
        self.waits.take()
    }

    /// Prepares to run a function again that was left.
    pub fn begin_again(&self) {
        self.waits.begin_again();
    }

    /// Begins `poll_oneoff`: the guest's relative times count from now or, if the function was left, from its first run.
    pub(super) fn begin_polling(&self) {
        if self.waits.leaves() {
            self.waits.begin();
        }
    }
}
