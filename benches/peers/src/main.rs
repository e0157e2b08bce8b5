//! libvm beside other interpreters and compilers of WebAssembly: time, memory, sizes; as a table and a picture.
mod contexts;
mod peer;
mod plot;
mod rows;
mod rust;

use libvm_bench::table::Table;
use peer::Peer;
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

/// All peers, in the order of the table's columns, or why they are not there.
fn peers(folder: &Path) -> Vec<(&'static str, Result<&'static Peer, String>)> {
    let forever = |peer: Peer| &*Box::leak(Box::new(peer));
    let c = |name, file: &str| (name, Peer::load(name, &folder.join(file)).map(forever));
    let rust = |peer: Peer| (peer.name, Ok(forever(peer)));
    vec![
        c("libvm", "peer_libvm.so"),
        rust(rust::wasmi()),
        rust(Peer::wasmi_c_api()),
        c("wasm3", "peer_wasm3.so"),
        rust(rust::tinywasm()),
        c("wasmtime", "peer_wasmtime.so"),
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
    let all = peers(&place.folder);
    let there: Vec<&'static Peer> = all.iter().filter_map(|(_, peer)| peer.as_ref().ok().copied()).collect();
    let rows = rows::measure(place, &there)?;
    let mut head = vec!["".to_owned(), "libvm".to_owned()];
    head.extend(all[1..].iter().map(|(name, _)| format!("÷ {name}")));
    let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>());
    let mut notes = Vec::new();
    for row in &rows {
        let cells = all[1..].iter().map(|(name, peer)| match (peer, row.cell(name)) {
            (Err(_), _) | (_, None) => "–".to_owned(),
            (_, Some(Cell::Ratio(ratio))) => significant(*ratio),
            (_, Some(Cell::Missing(why))) => {
                notes.push(format!("- {}, {name}: not available here: {why}", row.title));
                "–".to_owned()
            }
        });
        table.row([row.title.clone(), row.libvm.clone()].into_iter().chain(cells.collect::<Vec<_>>()));
    }
    notes.extend(all.iter().filter_map(|(name, peer)| Some(format!("- {name}: not available here: {}", peer.as_ref().err()?))));
    println!("{table}");
    notes.iter().for_each(|note| println!("{note}"));
    let names: Vec<&str> = there.iter().map(|peer| peer.name).collect();
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
