//! Recordings of the calls of a context, and replays.
#![forbid(unsafe_code)]

use super::context::Context;
use super::error::Result;
use crate::recording::{Replayed, Sink, ToFile, open};
use crate::{panics, status};
use libvm_abi as abi;
use std::io::{Cursor, Write};
use std::path::Path;

/// A writer of the host, which receives a recording.
struct ToWriter<W>(W);

impl<W: Write + Send> ToWriter<W> {
    fn run(&mut self, work: impl FnOnce(&mut W) -> std::io::Result<()>) -> status::Result<()> {
        let failed = |why: &str| status::Error::new(abi::STATUS_IO, format!("the writer of the recording {why}"));
        let written = panics::catch(|| work(&mut self.0)).map_err(|panic| failed(&format!("panicked: {}", panic.text())))?;
        written.map_err(|error| failed(&format!("failed: {error}")).with_os_error(&error))
    }
}

impl<W: Write + Send> Sink for ToWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> status::Result<()> {
        self.run(|writer| writer.write_all(bytes))
    }

    fn finish(&mut self) -> status::Result<()> {
        self.run(Write::flush)
    }
}

impl Context {
    /// Records everything that comes from the host to a file, from the first instance on: results of host functions, what they write to
    /// the memory of guests, completions. Host functions become slower. A failure to write ends the recording, and is returned by
    /// [`stop_recording`](Self::stop_recording).
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "host" "time" (func $time (result i64)))
    /// #     (func (export "run") (result i64) (call $time)))"#).unwrap();
    /// # let file = std::env::temp_dir().join(format!("doctest-{}.recording", std::process::id()));
    /// let mut context = vm::Context::new(&vm::Engine::new()?)?;
    /// context.module("host")?.function("time", || 1_792_000_000_i64)?;
    /// context.record_to_file(&file)?;
    /// let recorded: i64 = context.run_wasm_from_buffer(&wasm, "run", ())?;
    /// context.stop_recording()?;
    ///
    /// // Without the host function.
    /// context = vm::Context::new(&vm::Engine::new()?)?;
    /// context.replay_from_file(&file)?;
    /// assert_eq!(context.run_wasm_from_buffer::<i64>(&wasm, "run", ())?, recorded);
    /// context.stop_recording()?;
    /// # std::fs::remove_file(&file).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SEALED`](crate::Status::SEALED) if the context has had instances since it was created or reset,
    /// [`ALREADY_EXISTS`](crate::Status::ALREADY_EXISTS) if it is recorded or replayed, those of the file,
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn record_to_file(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.with(|context| context.record(|| Ok(Box::new(ToFile::create(path.as_ref())?))))
    }

    /// As [`record_to_file`](Self::record_to_file), to a writer, which is called on the thread that uses the context, and flushed and
    /// dropped when the recording ends.
    ///
    /// # Errors
    /// As for [`record_to_file`](Self::record_to_file).
    pub fn record_to_writer(&mut self, writer: impl Write + Send + 'static) -> Result<()> {
        self.with(|context| context.record(|| Ok(Box::new(ToWriter(writer)))))
    }

    /// Replays a recording. The host makes the same calls as when it was recorded; each imported function does what the recording says,
    /// and no code of host modules, plug-ins and WASI is run. Executions do not suspend. A call fails with
    /// [`REPLAY_DIFFERS`](crate::Status::REPLAY_DIFFERS) where the replay differs, and all later ones do too.
    ///
    /// # Errors
    /// [`BAD_RECORDING`](crate::Status::BAD_RECORDING), also of later calls, and as for [`record_to_file`](Self::record_to_file).
    pub fn replay_from_file(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.with(|context| context.replay(Replayed::new(open(path)?).map_err(|error| error.at_path(path))?))
    }

    /// As [`replay_from_file`](Self::replay_from_file), from memory.
    ///
    /// # Errors
    /// As for [`replay_from_file`](Self::replay_from_file).
    pub fn replay_from_buffer(&mut self, data: impl Into<Vec<u8>>) -> Result<()> {
        let data = data.into();
        self.with(|context| context.replay(Replayed::new(Box::new(Cursor::new(data)))?))
    }

    /// Ends a recording, which is then complete, or a replay. The context can be used on; the imported functions of replayed guests
    /// fail from now on.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if the context is neither recorded nor replayed. Of a recording:
    /// [`IO`](crate::Status::IO) if it could not be written, [`UNSUPPORTED`](crate::Status::UNSUPPORTED) if the host passed guests a
    /// function that a recording cannot name, [`LIMIT`](crate::Status::LIMIT). Of a replay:
    /// [`REPLAY_DIFFERS`](crate::Status::REPLAY_DIFFERS), also if the recording goes on, [`BAD_RECORDING`](crate::Status::BAD_RECORDING).
    /// [`BUSY`](crate::Status::BUSY), [`REENTRANT`](crate::Status::REENTRANT).
    pub fn stop_recording(&mut self) -> Result<()> {
        self.with(|context| context.stop_recording())
    }
}
