//! The program `libvm-check`.
use libvm_check::{Settings, check, worker};
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
usage: cargo xtask check-plugin [OPTION...] FILE

Checks a plug-in: its file, and its code with edge-case and hostile arguments, in processes of their own. It ends with 0 if there are no
faults, with 1 if there are, and with 2 if the plug-in could not be checked.

  --json               write the report as JSON
  --with PATH          load this plug-in, or those of this directory, before it: one on which it depends
  --option KEY=VALUE   set an option of the plug-in, or of its sources and sinks
  --grant PERMISSION   call functions with this permission too; without it the plug-in has no permission
  --calls NUMBER       call each function with this many different arguments; 250 by default
  --timeout SECONDS    end a process after this time; 20 by default
  --memory MIB         the most memory of a process; 2048 by default";

/// What the command line asks for.
struct Asked {
    settings: Settings,
    json: bool,
}

fn parse(arguments: &[OsString]) -> Option<Asked> {
    let (mut settings, mut json, mut path) = (Settings::new(OsString::new().into()), false, None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next()?.to_str();
        match argument.to_str() {
            Some("--json") => json = true,
            Some("--with") => settings.with.push(value()?.into()),
            Some("--grant") => settings.grants.push(value()?.to_owned()),
            Some("--option") => {
                let (key, given) = value()?.split_once('=')?;
                settings.options.push((key.to_owned(), given.to_owned()));
            }
            Some("--calls") => settings.calls = value()?.parse().ok()?,
            Some("--timeout") => settings.timeout = Duration::try_from_secs_f64(value()?.parse().ok()?).ok()?,
            Some("--memory") => settings.memory = value()?.parse::<u64>().ok()?.checked_mul(1 << 20)?,
            Some(word) if word.starts_with("--") => return None,
            _ if path.is_none() => path = Some(argument.into()),
            _ => return None,
        }
    }
    settings.path = path?;
    Some(Asked { settings, json })
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "worker") {
        return worker::run(arguments.into_iter().skip(1));
    }
    let Some(asked) = parse(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match check(&asked.settings) {
        Ok(report) => {
            print!("{}", if asked.json { report.to_json() } else { report.to_string() });
            ExitCode::from(u8::from(report.has_faults()))
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}
