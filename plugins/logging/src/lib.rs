//! The plug-in `logging`: the interface `wasi:logging/logging` for guests. Lines go to the log of the host, and by option to a file in the
//! plug-in's own data directory. `README.md` describes functions and options.
#![forbid(unsafe_code)]

mod file;
mod line;

use file::{Failure, LogFile};
use libvm_plugin::{
    Call, Create, Directory, Error, Level, Module, Myself, Options, Plugin, Result, Snapshot, libvm_plugin, status,
};
use std::cell::RefCell;
use std::time::SystemTime;

/// The levels of `wasi:logging`, by number, with those of the host.
const LEVELS: [(&str, Level); 6] = [
    ("trace", Level::Trace),
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("warn", Level::Warning),
    ("error", Level::Error),
    ("critical", Level::Error),
];

/// The options.
#[derive(Options)]
pub struct Settings {
    /// Lines below this level are dropped
    #[option(default = "trace", choices = ["trace", "debug", "info", "warn", "error", "critical"])]
    level: String,
    /// Name of a file in the plug-in's data directory that receives the lines too; empty for none
    file: String,
    /// Bytes that the file may have before it is renamed, with `.1` at the end
    #[option(default = 10_485_760, range = 1024..=1_099_511_627_776, name = "max-file-size")]
    max_file_size: i64,
}

/// An instance in a context.
pub struct Logging {
    /// An index of [`LEVELS`].
    least: usize,
    /// Not borrowed while the host is called, whose log may run guests.
    file: Option<RefCell<LogFile>>,
}

impl Create for Logging {
    type Options = Settings;

    fn create(myself: Myself, settings: Settings) -> Result<Self> {
        let Settings { level, file, max_file_size } = settings;
        let least = LEVELS.iter().position(|(name, _)| *name == level).unwrap_or_default();
        if file.is_empty() {
            return Ok(Self { least, file: None });
        }
        file::check_name(&file).map_err(Error::new)?;
        let path = myself.directory(Directory::Data)?.join(file);
        let file = LogFile::open(path, max_file_size.unsigned_abs()).map_err(Error::new)?;
        Ok(Self { least, file: Some(RefCell::new(file)) })
    }
}

impl Logging {
    fn log(&self, call: &Call<'_>, level: u32, context: &[u8], message: &[u8]) -> Result<()> {
        let index = level as usize;
        let Some((name, host_level)) = LEVELS.get(index) else {
            let text = format!("{level} is not a level of wasi:logging; there are 0 (trace) to 5 (critical)");
            return Err(Error::with_status(status::INVALID_ARGUMENT, text));
        };
        if index < self.least {
            return Ok(());
        }
        let text = line::text(context, message);
        // The host has no level for it.
        if *name == "critical" {
            call.log(*host_level, &format!("critical: {text}"));
        } else {
            call.log(*host_level, &text);
        }
        let Some(file) = &self.file else { return Ok(()) };
        let line = format!("{} {name} {text}\n", line::Time(SystemTime::now()));
        let written = file.borrow_mut().append(&line);
        // The guest cannot do anything about it, and continues.
        match written {
            Ok(0) => {}
            Ok(lost) => call.log(Level::Warning, &format!("the log file is written again; {lost} lines are missing in it")),
            Err(Failure::First(why)) => call.log(Level::Error, &format!("lines are missing in the log file from now on: {why}")),
            Err(Failure::Again) => {}
        }
        Ok(())
    }
}

impl Plugin for Logging {
    fn modules() -> Vec<Module<Self>> {
        let module = Module::new("wasi:logging/logging").describe("Lines for the log of the host");
        vec![module.function("log", Self::log).describe("Writes a line: level, context, message")]
    }
}

/// There is no state to move: the file is opened again.
impl Snapshot for Logging {
    fn save(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn restore(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

libvm_plugin!(Logging: snapshot);
