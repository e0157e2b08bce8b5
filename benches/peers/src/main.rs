//! libvm beside other interpreters and compilers of WebAssembly: time, memory, sizes; as a table and a picture.
mod contexts;
mod plot;
mod rows;
mod rust;

use libvm_bench::peer::Peer;
use libvm_bench::table::Table;
use rows::{Cell, Row};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: peers [--quick] FOLDER PLOT

  --quick few rounds, for a look
  FOLDER  has what `cargo xtask bench --peers` makes: libraries peer_*.so, programs cold_*, modules *.wasm
  PLOT    where the picture goes";

/// Where everything is.
pub struct Place {
    folder: PathBuf,
    /// The guests that are written for this.
    guests: PathBuf,
    /// Whether few rounds are enough.
    quick: bool,
}

impl Place {
    /// How many rounds to run where a whole run has so many: an odd number, which has a middle.
    fn rounds(&self, whole: usize) -> usize {
        if self.quick { whole.min(5) } else { whole }
    }

    /// A module of which all contexts of this process may borrow.
    fn module(&self, name: &str) -> Result<&'static [u8], String> {
        let text = self.guests.join(format!("{name}.wat"));
        let wasm = if text.exists() {
            wat::parse_file(&text).map_err(|error| error.to_string())?
        } else {
            let path = self.folder.join(format!("{name}.wasm"));
            std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?
        };
        Ok(Box::leak(wasm.into_boxed_slice()))
    }
}

/// libvm, whose first tier interprets, and the peer that compiles too.
const LIBVM: &str = "libvm";
const COMPILED: &str = "libvm, compiled";
const WASMTIME: &str = "wasmtime";

/// What calls of libvm pass: values with their types, or plain numbers. The other peers have one kind of calls.
#[derive(Clone, Copy)]
enum Values {
    Tagged,
    Plain,
}

/// All peers, libvm first, or why they are not there.
fn peers(folder: &Path, values: Values) -> Vec<(&'static str, Result<&'static Peer, String>)> {
    let forever = |peer: Peer| &*Box::leak(Box::new(peer));
    let c = |name, file: &str| (name, Peer::load(name, &folder.join(file)).map(forever));
    let rust = |peer: Peer| (peer.name, Ok(forever(peer)));
    let (libvm, compiled) = match values {
        Values::Tagged => ("peer_libvm.so", "peer_libvm_compiled.so"),
        Values::Plain => ("peer_libvm_plain.so", "peer_libvm_compiled_plain.so"),
    };
    vec![
        c(LIBVM, libvm),
        c(COMPILED, compiled),
        rust(rust::wasmi()),
        rust(rust::wasmi_c_api()),
        c("wasm3", "peer_wasm3.so"),
        rust(rust::tinywasm()),
        c(WASMTIME, "peer_wasmtime.so"),
    ]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let place = |folder: &str, quick| Place { folder: folder.into(), guests: guests.clone(), quick };
    let outcome = match words[..] {
        ["--contexts", folder, name] => contexts::report(&place(folder, false), name),
        [folder, plot] => compare(&place(folder, false), Path::new(plot)),
        ["--quick", folder, plot] => compare(&place(folder, true), Path::new(plot)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn compare(place: &Place, plot: &Path) -> Result<(), String> {
    let all = peers(&place.folder, Values::Tagged);
    let rows = rows::measure(place)?;
    let others = &all[2..];
    let mut head = ["", LIBVM, COMPILED].map(str::to_owned).to_vec();
    head.extend(others.iter().map(|(name, _)| format!("libvm ÷ {name}")));
    head.push(format!("compiled ÷ {WASMTIME}"));
    let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>());
    let mut notes = Vec::new();
    for row in &rows {
        let cells = others.iter().map(|(name, peer)| match (peer, row.cell(name)) {
            (Err(_), _) | (_, None) => "–".to_owned(),
            (_, Some(Cell::Ratio(ratio))) => significant(*ratio),
            (_, Some(Cell::Missing(why))) => {
                notes.push(format!("- {}, {name}: not available here: {why}", row.title));
                "–".to_owned()
            }
        });
        let cells: Vec<_> = cells.collect();
        let against = row.against.map_or_else(|| "–".to_owned(), significant);
        table.row([row.title.clone(), row.libvm.clone(), row.compiled.clone()].into_iter().chain(cells).chain([against]));
    }
    notes.extend(all.iter().filter_map(|(name, peer)| Some(format!("- {name}: not available here: {}", peer.as_ref().err()?))));
    println!("{table}");
    notes.iter().for_each(|note| println!("{note}"));
    let names: Vec<&str> = all.iter().filter(|(_, peer)| peer.is_ok()).map(|(name, _)| *name).collect();
    std::fs::write(plot, plot::draw(&rows, &names[1..])).map_err(|error| format!("cannot write {}: {error}", plot.display()))
}

/// A ratio with as many digits as mean something.
fn significant(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 0.095 => format!("{ratio:.3}"),
        ratio if ratio < 9.95 => format!("{ratio:.2}"),
        ratio => format!("{ratio:.0}"),
    }
}

/// The rows that a picture can show: those with ratios to libvm.
fn drawn(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.drawn)
}
