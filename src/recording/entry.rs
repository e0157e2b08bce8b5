//! The entries of a recording, and their bytes.
//!
//! Numbers are little-endian. A string is its length in 4 bytes and its UTF-8; an option is a byte, 0 or 1, and then the value.
#![forbid(unsafe_code)]

use crate::limits::MAX_RECORD_TEXT;
use crate::status::{Error, TrapCode};
use libvm_abi as abi;

/// A function of a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FuncName {
    /// An export of an instance, which is named by its number in its context.
    Export(u32, String),
    /// One that no instance exports, by its number in the order in which the host first saw them.
    Seen(u32),
}

/// A value of wasm.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
    V128(u128),
    /// `None` is the null reference.
    Func(Option<FuncName>),
    /// Whether it is not the null reference: guests cannot distinguish others.
    Extern(bool),
    /// What a callback set that is no value of wasm: its type.
    Invalid(u32),
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Returned(Vec<Recorded>),
    Failed(Failure),
}

/// The parts of an error that its reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: abi::Status,
    pub trap: i32,
    pub exit_code: Option<i32>,
    pub message: String,
    pub module: Option<String>,
    pub function: Option<String>,
    pub plugin: Option<String>,
}

/// What happened in a context, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A module was instantiated: its fingerprint.
    Instantiate(u64),
    /// A guest called a host function.
    HostCall { module: String, name: String, args: Vec<Recorded> },
    /// A host function returned.
    HostReturn(Outcome),
    /// A host function suspended its call.
    Suspend,
    /// A suspended call went on with its completion.
    Resume { status: abi::Status, values: Vec<Recorded>, text: Option<String> },
    /// The host called a guest.
    GuestCall { function: FuncName, args: Vec<Recorded> },
    /// A guest's function returned; `fuel` is what the execution had used.
    GuestReturn { outcome: Outcome, fuel: u64 },
    /// The host changed a memory, which then had `size` bytes.
    Memory { memory: u32, size: u64, address: u64, bytes: Vec<u8> },
    /// The host set an element of an exported table, which then had `size` elements.
    Table { instance: u32, export: String, size: u64, index: u64, value: Recorded },
    /// The host set an exported global.
    Global { instance: u32, export: String, value: Recorded },
    /// A host function charged fuel.
    Fuel(u64),
    /// The recording was ended.
    End,
}

/// Bytes that are no entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Damaged;

type Read<T> = Result<T, Damaged>;

impl Failure {
    /// Records an error.
    pub fn new(error: &Error) -> Self {
        let text = |text: Option<&str>| text.map(shortened);
        Self {
            status: error.status(),
            trap: error.trap() as i32,
            exit_code: error.exit_code(),
            message: shortened(error.message()),
            module: text(error.module()),
            function: text(error.function()),
            plugin: text(error.plugin()),
        }
    }

    /// Creates the error again.
    pub fn error(&self) -> Error {
        let mut lines = self.message.split('\n');
        let mut error = Error::new(self.status, lines.next().unwrap_or_default());
        for line in lines {
            error = error.with_line(line);
        }
        if let Some(trap) = TrapCode::from_number(self.trap) {
            error = error.with_trap(trap);
        }
        if let Some(code) = self.exit_code {
            error = error.with_exit_code(code);
        }
        match (&self.module, &self.function) {
            (Some(module), Some(function)) => error = error.in_function(module, function),
            (None, Some(function)) => error = error.in_guest_function(function),
            _ => {}
        }
        if let Some(plugin) = &self.plugin {
            error = error.of_plugin(plugin);
        }
        error
    }
}

/// Returns the text without what makes it too long for an entry.
fn shortened(text: &str) -> String {
    let end = (0..=text.len().min(MAX_RECORD_TEXT)).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or_default()].to_owned()
}

impl Entry {
    /// Appends the bytes of the entry.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut out = Out(out);
        match self {
            Self::Instantiate(fingerprint) => out.byte(1).u64(*fingerprint),
            Self::HostCall { module, name, args } => out.byte(2).text(module).text(name).values(args),
            Self::HostReturn(outcome) => out.byte(3).outcome(outcome),
            Self::Suspend => out.byte(4),
            Self::Resume { status, values, text } => out.byte(5).i32(*status).values(values).option(text.as_deref(), Out::string),
            Self::GuestCall { function, args } => out.byte(6).func(function).values(args),
            Self::GuestReturn { outcome, fuel } => out.byte(7).outcome(outcome).u64(*fuel),
            Self::Memory { memory, size, address, bytes } => {
                out.byte(8).u32(*memory).u64(*size).u64(*address).u32(bytes.len() as u32).bytes(bytes)
            }
            Self::Table { instance, export, size, index, value } => {
                out.byte(9).u32(*instance).text(export).u64(*size).u64(*index).value(value)
            }
            Self::Global { instance, export, value } => out.byte(10).u32(*instance).text(export).value(value),
            Self::Fuel(units) => out.byte(11).u64(*units),
            Self::End => out.byte(12),
        };
    }

    /// Reads an entry, which is all of the bytes.
    ///
    /// # Errors
    /// `Damaged` if they are no entry.
    pub fn read(bytes: &[u8]) -> Read<Self> {
        let mut from = In(bytes);
        let entry = match from.byte()? {
            1 => Self::Instantiate(from.u64()?),
            2 => Self::HostCall { module: from.text()?, name: from.text()?, args: from.values()? },
            3 => Self::HostReturn(from.outcome()?),
            4 => Self::Suspend,
            5 => Self::Resume { status: from.i32()?, values: from.values()?, text: from.option(In::text)? },
            6 => Self::GuestCall { function: from.func()?, args: from.values()? },
            7 => Self::GuestReturn { outcome: from.outcome()?, fuel: from.u64()? },
            8 => {
                let (memory, size, address, count) = (from.u32()?, from.u64()?, from.u64()?, from.u32()?);
                let bytes = from.bytes(count as usize)?.to_vec();
                let inside = address.checked_add(bytes.len() as u64).is_some_and(|end| end <= size);
                if !inside {
                    return Err(Damaged);
                }
                Self::Memory { memory, size, address, bytes }
            }
            9 => Self::Table {
                instance: from.u32()?,
                export: from.text()?,
                size: from.u64()?,
                index: from.u64()?,
                value: from.value()?,
            },
            10 => Self::Global { instance: from.u32()?, export: from.text()?, value: from.value()? },
            11 => Self::Fuel(from.u64()?),
            12 => Self::End,
            _ => return Err(Damaged),
        };
        if from.0.is_empty() { Ok(entry) } else { Err(Damaged) }
    }
}

struct Out<'a>(&'a mut Vec<u8>);

impl Out<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn byte(&mut self, byte: u8) -> &mut Self {
        self.bytes(&[byte])
    }

    fn u32(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn i32(&mut self, number: i32) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn u64(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.u32(text.len() as u32).bytes(text.as_bytes())
    }

    fn string(&mut self, text: &str) {
        self.text(text);
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
        self
    }

    fn func(&mut self, function: &FuncName) -> &mut Self {
        match function {
            FuncName::Export(instance, name) => self.byte(0).u32(*instance).text(name),
            FuncName::Seen(number) => self.byte(1).u32(*number),
        }
    }

    fn value(&mut self, value: &Recorded) -> &mut Self {
        match value {
            Recorded::I32(bits) => self.u32(abi::VALTYPE_I32).u32(*bits),
            Recorded::I64(bits) => self.u32(abi::VALTYPE_I64).u64(*bits),
            Recorded::F32(bits) => self.u32(abi::VALTYPE_F32).u32(*bits),
            Recorded::F64(bits) => self.u32(abi::VALTYPE_F64).u64(*bits),
            Recorded::V128(bits) => self.u32(abi::VALTYPE_V128).bytes(&bits.to_le_bytes()),
            Recorded::Func(function) => {
                self.u32(abi::VALTYPE_FUNCREF).option(function.as_ref(), |out, function| _ = out.func(function))
            }
            Recorded::Extern(is_some) => self.u32(abi::VALTYPE_EXTERNREF).byte(u8::from(*is_some)),
            Recorded::Invalid(kind) => self.u32(*kind),
        }
    }

    fn values(&mut self, values: &[Recorded]) -> &mut Self {
        self.u32(values.len() as u32);
        values.iter().for_each(|value| _ = self.value(value));
        self
    }

    fn outcome(&mut self, outcome: &Outcome) -> &mut Self {
        match outcome {
            Outcome::Returned(results) => self.byte(0).values(results),
            Outcome::Failed(failure) => {
                let Failure { status, trap, exit_code, message, module, function, plugin } = failure;
                self.byte(1).i32(*status).i32(*trap).option(*exit_code, |out, code| _ = out.i32(code)).text(message);
                for text in [module, function, plugin] {
                    self.option(text.as_deref(), Out::string);
                }
                self
            }
        }
    }
}

struct In<'a>(&'a [u8]);

impl<'a> In<'a> {
    fn bytes(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.bytes(N)?.try_into().map_err(|_| Damaged)
    }

    fn byte(&mut self) -> Read<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }

    fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn i32(&mut self) -> Read<i32> {
        self.array().map(i32::from_le_bytes)
    }

    fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Read<String> {
        let size = self.u32()? as usize;
        std::str::from_utf8(self.bytes(size)?).map(str::to_owned).map_err(|_| Damaged)
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    fn func(&mut self) -> Read<FuncName> {
        match self.byte()? {
            0 => Ok(FuncName::Export(self.u32()?, self.text()?)),
            1 => Ok(FuncName::Seen(self.u32()?)),
            _ => Err(Damaged),
        }
    }

    fn value(&mut self) -> Read<Recorded> {
        Ok(match self.u32()? {
            abi::VALTYPE_I32 => Recorded::I32(self.u32()?),
            abi::VALTYPE_I64 => Recorded::I64(self.u64()?),
            abi::VALTYPE_F32 => Recorded::F32(self.u32()?),
            abi::VALTYPE_F64 => Recorded::F64(self.u64()?),
            abi::VALTYPE_V128 => Recorded::V128(self.array().map(u128::from_le_bytes)?),
            abi::VALTYPE_FUNCREF => Recorded::Func(self.option(Self::func)?),
            abi::VALTYPE_EXTERNREF => Recorded::Extern(self.flag()?),
            kind => Recorded::Invalid(kind),
        })
    }

    fn values(&mut self) -> Read<Vec<Recorded>> {
        let count = self.u32()? as usize;
        // A value has four bytes at least, so that no more is allocated than the entry's size justifies.
        if count > self.0.len() / 4 {
            return Err(Damaged);
        }
        (0..count).map(|_| self.value()).collect()
    }

    fn outcome(&mut self) -> Read<Outcome> {
        if !self.flag()? {
            return self.values().map(Outcome::Returned);
        }
        let (status, trap, exit_code) = (self.i32()?, self.i32()?, self.option(Self::i32)?);
        let message = self.text()?;
        let (module, function, plugin) = (self.option(Self::text)?, self.option(Self::text)?, self.option(Self::text)?);
        // Only a negative number is a failure.
        if status >= 0 {
            return Err(Damaged);
        }
        Ok(Outcome::Failed(Failure { status, trap, exit_code, message, module, function, plugin }))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An entry of each kind, with values of each type.
    pub(crate) fn samples() -> Vec<Entry> {
        let values = vec![
            Recorded::I32(7),
            Recorded::I64(u64::MAX),
            Recorded::F32(0x7fc0_0001),
            Recorded::F64(1),
            Recorded::V128(1 << 100),
            Recorded::Func(None),
            Recorded::Func(Some(FuncName::Export(3, "run".to_owned()))),
            Recorded::Func(Some(FuncName::Seen(9))),
            Recorded::Extern(false),
            Recorded::Extern(true),
            Recorded::Invalid(77),
        ];
        let error = Error::new(abi::STATUS_TRAP, "it \u{e9} failed").with_line("  and more").with_trap(TrapCode::Unreachable);
        let failure = Failure::new(&error.in_function("host", "f").of_plugin("zip"));
        let exit = Failure::new(&Error::new(abi::STATUS_EXIT, "exit").with_exit_code(-3));
        vec![
            Entry::Instantiate(u64::MAX - 1),
            Entry::HostCall { module: "host".to_owned(), name: String::new(), args: values.clone() },
            Entry::HostReturn(Outcome::Returned(values.clone())),
            Entry::HostReturn(Outcome::Failed(failure)),
            Entry::Suspend,
            Entry::Resume { status: abi::STATUS_IO, values: values.clone(), text: Some("broken".to_owned()) },
            Entry::GuestCall { function: FuncName::Export(0, "main".to_owned()), args: values },
            Entry::GuestReturn { outcome: Outcome::Failed(exit), fuel: 1 << 40 },
            Entry::Memory { memory: 1, size: 65_536, address: 65_533, bytes: vec![1, 2, 3] },
            Entry::Table { instance: 1, export: "t".to_owned(), size: 3, index: 2, value: Recorded::Extern(true) },
            Entry::Global { instance: 1, export: "g".to_owned(), value: Recorded::F64(2) },
            Entry::Fuel(5),
            Entry::End,
        ]
    }

    #[test]
    fn entries_are_read_as_they_were_written() {
        for entry in samples() {
            let mut bytes = Vec::new();
            entry.write(&mut bytes);
            assert_eq!(Entry::read(&bytes), Ok(entry));
        }
    }

    #[test]
    fn an_error_comes_back() {
        let error = Error::new(abi::STATUS_TRAP, "one").with_line("  two").with_trap(TrapCode::Unreachable).of_plugin("zip");
        let again = Failure::new(&error).error();
        assert_eq!((again.status(), again.message(), again.trap()), (abi::STATUS_TRAP, "one\n  two", TrapCode::Unreachable));
        assert_eq!((again.plugin(), again.module(), again.exit_code()), (Some("zip"), None, None));
    }

    #[test]
    fn no_part_of_an_entry_and_nothing_longer_is_one() {
        for entry in samples() {
            let mut bytes = Vec::new();
            entry.write(&mut bytes);
            for size in 0..bytes.len() {
                assert_eq!(Entry::read(&bytes[..size]), Err(Damaged), "{entry:?}");
            }
            bytes.push(0);
            assert_eq!(Entry::read(&bytes), Err(Damaged), "{entry:?}");
        }
    }

    #[test]
    fn what_cannot_have_been_recorded_is_refused() {
        let read = |entry: &Entry| {
            let mut bytes = Vec::new();
            entry.write(&mut bytes);
            Entry::read(&bytes)
        };
        let outside = Entry::Memory { memory: 0, size: 10, address: u64::MAX, bytes: vec![1] };
        assert_eq!(read(&outside), Err(Damaged));
        let mut failure = Failure::new(&Error::new(abi::STATUS_TRAP, ""));
        failure.status = 0;
        assert_eq!(read(&Entry::HostReturn(Outcome::Failed(failure))), Err(Damaged));
        // Four billion values in nine bytes.
        assert_eq!(Entry::read(&[3, 0, 255, 255, 255, 255, 0, 0, 0]), Err(Damaged));
    }

    #[test]
    fn changed_bytes_never_panic() {
        for entry in samples() {
            let mut bytes = Vec::new();
            entry.write(&mut bytes);
            for index in 0..bytes.len() {
                for flip in [1, 0x80, 0xff] {
                    bytes[index] ^= flip;
                    let _ = Entry::read(&bytes);
                    bytes[index] ^= flip;
                }
            }
        }
    }
}
