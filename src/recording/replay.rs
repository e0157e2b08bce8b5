//! Replaying: the guests run, and what comes from the host is taken from a recording.
#![forbid(unsafe_code)]

use super::entry::{Entry, FuncName, Outcome, Recorded};
use super::file::Reader;
use super::names::Seen;
use crate::engine::Handle;
use crate::engine::watch::{Called, Ended, Function, Recorder, Set, Space};
use crate::status::{Error, Result, Status};
use crate::text;
use libvm_abi::{self as abi, Value, ValueOf};
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The recording that a context replays, as its host functions share it.
#[derive(Clone)]
pub struct Replayed(Arc<Mutex<Log>>);

impl Replayed {
    /// Begins to read a recording.
    ///
    /// # Errors
    /// Those of `Reader::new`.
    pub fn new(source: Box<dyn Read + Send>) -> Result<Self> {
        let reader = Reader::new(source)?;
        Ok(Self(Arc::new(Mutex::new(Log {
            reader,
            seen: Seen::default(),
            functions: Functions::default(),
            taken: 0,
            failed: None,
        }))))
    }

    /// Ends the replay: the functions that stand in for host functions fail.
    pub fn end(&self) {
        let message = "the replay has ended (VM_ContextStopRecording); reset the context to use its guests without a recording";
        self.log().failed = Some(Error::new(abi::STATUS_REPLAY_DIFFERS, message));
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// References to the functions that the host has passed.
#[derive(Default)]
struct Functions {
    exports: HashMap<(u32, String), Handle>,
    seen: Vec<Handle>,
}

/// A recording that is being replayed.
pub(super) struct Log {
    reader: Reader,
    seen: Seen,
    functions: Functions,
    /// Number of entries that were taken.
    taken: u64,
    /// Why the replay cannot go on.
    failed: Option<Error>,
}

impl Log {
    /// Returns the next entry; an error ends the replay.
    ///
    /// # Errors
    /// Those of the reader; `STATUS_REPLAY_DIFFERS` at the end.
    pub fn peek(&mut self, what: &str) -> Result<Entry> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.reader.peek() {
            Ok(Some(Entry::End)) => Err(self.fail(&format!("the recording was ended before {what}"))),
            Ok(Some(entry)) => Ok(entry.clone()),
            Ok(None) => Err(self.fail(&format!("the recording ends before {what}; its process did not end it"))),
            Err(error) => Err(self.failed.insert(error).clone()),
        }
    }

    /// Takes the entry that `peek` has returned.
    pub fn take(&mut self) {
        // It has been read.
        let _ = self.reader.next();
        self.taken += 1;
    }

    /// Returns how many entries were taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Ends the replay because it differs.
    pub fn fail(&mut self, what: &str) -> Error {
        let message = format!("the replay differs from its recording at {}: {what}", self.reader.place());
        self.failed.get_or_insert(Error::new(abi::STATUS_REPLAY_DIFFERS, message)).clone()
    }

    /// Ends the replay because of an error.
    pub fn fail_with(&mut self, error: &Error) -> Error {
        let what = format!("what the host did cannot be done again: {}", error.message());
        self.fail(&what)
    }

    /// Makes the changes that come next.
    ///
    /// # Errors
    /// Those of `peek`, and of changes that are not possible.
    pub fn apply(&mut self, what: &str, space: &mut dyn Space) -> Result<()> {
        while self.apply_one(what, space)? {}
        Ok(())
    }

    /// Makes the next change, if one comes next.
    pub fn apply_one(&mut self, what: &str, space: &mut dyn Space) -> Result<bool> {
        let entry = self.peek(what)?;
        let done = match &entry {
            Entry::Memory { memory, size, address, bytes } => change(space, *memory as usize, *size, *address, bytes),
            Entry::Table { instance, export, size, index, value } => {
                self.value(value, space).and_then(|value| space.set_table(*instance, export, *size, *index, &value))
            }
            Entry::Global { instance, export, value } => {
                self.value(value, space).and_then(|value| space.set_global(*instance, export, &value))
            }
            _ => return Ok(false),
        };
        done.map_err(|error| self.fail_with(&error))?;
        self.take();
        Ok(true)
    }

    /// Returns values that the guest passes, as a recording has them.
    pub fn guest_values(&mut self, values: &[Value], space: &mut dyn Space) -> Vec<Recorded> {
        let seen = &mut self.functions.seen;
        self.seen.guest_values(values, space, |function, space| {
            space.keep(function);
            seen.push(function);
        })
    }

    /// Returns a value that the host passed.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` for a function that does not exist, `STATUS_LIMIT`.
    pub fn value(&mut self, value: &Recorded, space: &mut dyn Space) -> Result<Value> {
        Ok(match value {
            Recorded::I32(bits) => Value::i32(*bits as i32),
            Recorded::I64(bits) => Value::i64(*bits as i64),
            Recorded::F32(bits) => Value::f32_bits(*bits),
            Recorded::F64(bits) => Value::f64_bits(*bits),
            Recorded::V128(bits) => Value::v128(*bits),
            Recorded::Func(None) => Value::func_ref(abi::Ref::default()),
            Recorded::Func(Some(name)) => Value::func_ref(self.function(name, space)?),
            Recorded::Extern(false) => Value::extern_ref(abi::Ref::default()),
            Recorded::Extern(true) => Value::extern_ref(space.create_extern()?),
            Recorded::Invalid(kind) => Value::new(*kind, ValueOf { v128: [0; 16] }),
        })
    }

    /// Returns a reference to a function that the host passed or called.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND`.
    pub fn function(&mut self, name: &FuncName, space: &mut dyn Space) -> Result<Handle> {
        let found = match name {
            FuncName::Seen(number) => self.functions.seen.get(*number as usize).copied(),
            FuncName::Export(instance, export) => {
                let key = (*instance, export.clone());
                let known = self.functions.exports.get(&key).copied();
                let found = known.or_else(|| space.export(*instance, export));
                found.inspect(|found| _ = self.functions.exports.insert(key, *found))
            }
        };
        found.ok_or_else(|| Error::new(abi::STATUS_NOT_FOUND, format!("there is no {}", describe(name))))
    }

    /// Makes the guest, which goes on now, end where it was interrupted.
    ///
    /// # Errors
    /// `STATUS_UNSUPPORTED` without metering, and those of `peek`.
    pub fn guest_goes_on(&mut self, space: &mut dyn Space) -> Result<()> {
        let Ok(Some(Entry::GuestReturn { outcome: Outcome::Failed(failure), fuel })) = self.reader.peek() else { return Ok(()) };
        if !is_interruption(failure.status) {
            return Ok(());
        }
        let (fuel, error) = (*fuel, failure.error());
        if space.metering() != 0 && space.metering() == self.reader.metering() {
            space.stop_at(Some((fuel, error)));
            return Ok(());
        }
        let message = "the recorded guest was interrupted, which is replayed by its fuel: the engines of the recording and of the \
                       replay both need VM_EngineConfigSetInterruptible or VM_EngineConfigSetFuelMetering, and the same tier";
        Err(self.failed.insert(Error::new(abi::STATUS_UNSUPPORTED, message)).clone())
    }
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// What the message of a guest contains that has used up its stack.
const OVERFLOW: &str = "call stack exhausted";

const OVERFLOW_HINT: &str = " (where a stack ends depends on the engine: replay it with the tier, the stack size and the recursion depth of the recording)";

/// Returns whether a guest may have been ended anywhere.
fn is_interruption(status: Status) -> bool {
    matches!(status, abi::STATUS_CANCELLED | abi::STATUS_TIMEOUT)
}

fn change(space: &mut dyn Space, memory: usize, size: u64, address: u64, bytes: &[u8]) -> Result<()> {
    space.resize_memory(memory, size)?;
    let place = usize::try_from(address).ok().and_then(|start| space.memory(memory).get_mut(start..start + bytes.len()));
    let place =
        place.ok_or_else(|| Error::new(abi::STATUS_OUT_OF_BOUNDS, format!("memory {memory} has no address {address}")))?;
    place.copy_from_slice(bytes);
    Ok(())
}

pub(super) fn describe(name: &FuncName) -> String {
    match name {
        FuncName::Export(instance, export) => format!("export `{}` of instance {instance}", text::name(export)),
        FuncName::Seen(number) => format!("function {number} of those that no instance exports"),
    }
}

/// Returns what an entry is, for messages.
pub(super) fn shown(entry: &Entry) -> String {
    match entry {
        Entry::Instantiate(_) => "the instantiation of a module".to_owned(),
        Entry::HostCall { module, name, args } => {
            format!("a call of host function `{}.{}` with {args:?}", text::name(module), text::name(name))
        }
        Entry::HostReturn(Outcome::Returned(results)) => format!("a host function's return of {results:?}"),
        Entry::HostReturn(Outcome::Failed(failure)) => format!("a host function's failure: {}", failure.message),
        Entry::GuestCall { function, args } => format!("a call of {} with {args:?}", describe(function)),
        Entry::GuestReturn { outcome: Outcome::Returned(results), .. } => format!("the guest's return of {results:?}"),
        Entry::GuestReturn { outcome: Outcome::Failed(failure), .. } => format!("the guest's failure: {}", failure.message),
        Entry::Suspend => "a host function's suspension".to_owned(),
        Entry::Resume { .. } => "the completion of a host function".to_owned(),
        Entry::Memory { .. } | Entry::Table { .. } | Entry::Global { .. } => "a change by the host".to_owned(),
        Entry::Fuel(units) => format!("a charge of {units} units of fuel"),
        Entry::End => "its end".to_owned(),
    }
}

/// Replays a recording.
pub struct Replay(pub Replayed);

impl Recorder for Replay {
    fn instantiates(&mut self, fingerprint: u64, space: &mut dyn Space) -> Result<()> {
        let mut log = self.0.log();
        const WHAT: &str = "a module is instantiated";
        log.apply(WHAT, space)?;
        match log.peek(WHAT)? {
            Entry::Instantiate(recorded) if recorded == fingerprint => {
                log.take();
                Ok(())
            }
            Entry::Instantiate(_) => Err(log.fail("another module is instantiated")),
            other => Err(log.fail(&format!("a module is instantiated, and the recording has {}", shown(&other)))),
        }
    }

    fn instantiated(&mut self, _: &mut dyn Space) {}

    fn host_begins(&mut self, _: Called<'_>, _: &[Value], _: Option<usize>, _: &mut dyn Space) {}

    fn host_resumes(&mut self, _: (Status, &[Value], Option<&str>), _: Option<usize>, _: &mut dyn Space) {}

    fn host_ends(&mut self, _: Ended<'_>, _: &mut dyn Space) {}

    fn charges(&mut self, _: u64) {}

    fn guest_begins(&mut self, function: Function, args: &[Value], space: &mut dyn Space) -> Result<()> {
        let mut log = self.0.log();
        const WHAT: &str = "the host calls a guest";
        log.apply(WHAT, space)?;
        let expected = log.peek(WHAT)?;
        let found = log.seen.name(function).zip(log.seen.host_values(args, &*space));
        let found = found.map(|(function, args)| Entry::GuestCall { function, args });
        if found.as_ref() != Some(&expected) {
            let found = found.as_ref().map_or_else(|| "a call of an unknown function".to_owned(), shown);
            return Err(log.fail(&format!("the host makes {found}, and the recording has {}", shown(&expected))));
        }
        log.take();
        log.guest_goes_on(space)
    }

    fn guest_ends(&mut self, _: usize, ended: Ended<'_>, space: &mut dyn Space) -> Result<()> {
        let mut log = self.0.log();
        space.stop_at(None);
        let expected = log.peek("a call of a guest ended")?;
        let same = match (&expected, ended) {
            (Entry::GuestReturn { outcome: Outcome::Returned(results), .. }, Ended::Returned(found)) => {
                let found = log.guest_values(found, space);
                (found == *results).then_some(()).ok_or_else(|| format!("{found:?}"))
            }
            (Entry::GuestReturn { outcome: Outcome::Failed(failure), .. }, Ended::Failed(error)) => {
                // A host function that an interruption has ended names itself, and further lines may name plug-ins.
                let same = error.status() == failure.status
                    && (is_interruption(failure.status) || first_line(error.message()) == first_line(&failure.message));
                same.then_some(()).ok_or_else(|| error.message().to_owned())
            }
            (_, Ended::Returned(found)) => Err(format!("{:?}", log.guest_values(found, space))),
            (_, Ended::Failed(error)) => Err(error.message().to_owned()),
            (_, Ended::Suspended) => Err("a suspension".to_owned()),
        };
        match same {
            Ok(()) => log.take(),
            Err(found) => {
                let expected = shown(&expected);
                let hint = if found.contains(OVERFLOW) || expected.contains(OVERFLOW) { OVERFLOW_HINT } else { "" };
                return Err(log.fail(&format!("the guest ended with {found}, and the recording has {expected}{hint}")));
            }
        }
        Ok(())
    }

    fn sets(&mut self, _: u32, _: &str, _: Set<'_>, _: &mut dyn Space) {}

    fn finish(self: Box<Self>, space: &mut dyn Space) -> Result<()> {
        let mut log = self.0.log();
        loop {
            if let Some(error) = &log.failed {
                return Err(error.clone());
            }
            let next = log.reader.peek().map(|entry| entry.cloned());
            match next? {
                None | Some(Entry::End) => return Ok(()),
                Some(Entry::Memory { .. } | Entry::Table { .. } | Entry::Global { .. }) => _ = log.apply_one("its end", space)?,
                Some(other) => return Err(log.fail(&format!("the replay ends here, and the recording has {}", shown(&other)))),
            }
        }
    }
}
