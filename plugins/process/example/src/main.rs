//! Starts the command that its arguments name, with its own standard input, and ends as the command does. `TIMEOUT` in its environment
//! is a timeout in milliseconds.
use std::io::{Read, Write};
use wasmedge_process_interface::Command;

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let mut command = Command::new(words.next().expect("the name of a command"));
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    command.args(words).stdin_u8vec(input);
    if let Ok(timeout) = std::env::var("TIMEOUT") {
        command.timeout(timeout.parse().expect("TIMEOUT is a number"));
    }
    let output = command.output();
    std::io::stdout().write_all(&output.stdout)?;
    std::io::stderr().write_all(&output.stderr)?;
    std::process::exit(output.status)
}
