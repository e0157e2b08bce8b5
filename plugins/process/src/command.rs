//! What a guest has set for its next run.
use libvm_plugin::{Error, Result, status};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::time::Duration;

/// The variables of an environment.
pub type Environment = BTreeMap<Vec<u8>, Vec<u8>>;

/// Most bytes of a program with its arguments and its variables, which is what Linux passes on by default.
const MOST_BYTES: usize = 2 << 20;
/// What each of them takes beside its bytes.
const OVERHEAD: usize = 16;

/// A command.
pub struct Command {
    /// A name or a path, without a NUL.
    pub program: String,
    pub arguments: Vec<CString>,
    pub environment: Environment,
    /// The standard input.
    pub input: Vec<u8>,
    pub timeout: Duration,
    /// How much of `MOST_BYTES` the guest has used.
    used: usize,
}

impl Default for Command {
    fn default() -> Self {
        Self {
            program: String::new(),
            arguments: Vec::new(),
            environment: Environment::new(),
            input: Vec::new(),
            timeout: Duration::from_millis(10_000),
            used: 0,
        }
    }
}

impl Command {
    /// Sets the program.
    ///
    /// # Errors
    /// If it contains a NUL, or all is too long.
    pub fn set_program(&mut self, name: &str) -> Result<()> {
        self.use_bytes("the program", &[name.as_bytes()])?;
        self.program = name.to_owned();
        Ok(())
    }

    /// Adds an argument.
    ///
    /// # Errors
    /// As for `set_program`.
    pub fn add_argument(&mut self, argument: &[u8]) -> Result<()> {
        self.use_bytes("an argument", &[argument])?;
        self.arguments.push(CString::new(argument)?);
        Ok(())
    }

    /// Sets a variable.
    ///
    /// # Errors
    /// As for `set_program`; if its name is empty or contains a `=`.
    pub fn set_variable(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        self.use_bytes("a variable", &[name, value])?;
        if name.is_empty() || name.contains(&b'=') {
            return Err(invalid("the name of a variable of a command is not empty and has no `=`"));
        }
        self.environment.insert(name.to_vec(), value.to_vec());
        Ok(())
    }

    /// Adds bytes to the standard input.
    ///
    /// # Errors
    /// If there are more than `most`.
    pub fn add_input(&mut self, bytes: &[u8], most: usize) -> Result<()> {
        if bytes.len() > most - self.input.len() {
            let text = format!("the standard input of a command has at most {most} bytes, by the option `max-input`");
            return Err(Error::with_status(status::LIMIT, text));
        }
        self.input.extend_from_slice(bytes);
        Ok(())
    }

    fn use_bytes(&mut self, what: &str, parts: &[&[u8]]) -> Result<()> {
        if parts.iter().any(|part| part.contains(&0)) {
            return Err(invalid(format!("{what} of a command contains a NUL")));
        }
        let size = parts.iter().map(|part| part.len() + OVERHEAD).sum::<usize>();
        if size > MOST_BYTES - self.used {
            let text = format!("a command with its arguments and variables has at most {MOST_BYTES} bytes");
            return Err(Error::with_status(status::LIMIT, text));
        }
        self.used += size;
        Ok(())
    }
}

fn invalid(text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::with_status(status::INVALID_ARGUMENT, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_variables_have_a_bound() {
        let mut command = Command::default();
        let long = vec![b'a'; MOST_BYTES - 3 * OVERHEAD];
        command.add_argument(&long).expect("it fits");
        command.add_argument(b"").expect("it fits");
        command.set_program("").expect("it fits");
        for refused in [command.add_argument(b""), command.set_variable(b"a", b""), command.set_program("")] {
            let error = refused.expect_err("nothing is left");
            assert_eq!(error.status(), status::LIMIT);
            assert_eq!(error.text(), "a command with its arguments and variables has at most 2097152 bytes");
        }
        assert_eq!(command.arguments.len(), 2);
    }

    #[test]
    fn the_input_has_a_bound() {
        let mut command = Command::default();
        command.add_input(b"abc", 5).expect("it fits");
        let error = command.add_input(b"def", 5).expect_err("it does not fit");
        assert_eq!(error.text(), "the standard input of a command has at most 5 bytes, by the option `max-input`");
        command.add_input(b"de", 5).expect("it fits");
        assert_eq!(command.input, b"abcde");
    }

    #[test]
    fn what_no_program_can_get_is_refused() {
        let mut command = Command::default();
        let texts = [
            command.set_program("a\0b"),
            command.add_argument(b"\0"),
            command.set_variable(b"A", b"\0"),
            command.set_variable(b"", b"a"),
            command.set_variable(b"A=B", b"a"),
        ]
        .map(|refused| refused.expect_err("it is refused").text().to_owned());
        assert_eq!(texts[0], "the program of a command contains a NUL");
        assert_eq!(texts[1], "an argument of a command contains a NUL");
        assert_eq!(texts[2], "a variable of a command contains a NUL");
        assert_eq!(texts[3], "the name of a variable of a command is not empty and has no `=`");
        assert_eq!(texts[3], texts[4]);
        assert!(command.environment.is_empty());
    }
}
