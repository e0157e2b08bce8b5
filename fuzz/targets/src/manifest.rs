//! Plug-in manifests, alone and in whole files.

use libvm_abi as abi;
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::PathBuf;
use vm::plugin::Manifest;
use vm::plugin::file::object_file::PluginFile;
use vm::status::Error;

/// The file that the reader opens, rewritten for each input.
struct Sample {
    path: PathBuf,
    file: File,
}

impl Sample {
    fn new() -> Self {
        let thread = format!("{:?}", std::thread::current().id()).replace(|letter: char| !letter.is_ascii_digit(), "");
        let path = std::env::temp_dir().join(format!("libvm-fuzz-{}-{thread}.so", std::process::id()));
        let file = File::create(&path).expect("the folder for temporary files can be written");
        Self { path, file }
    }

    fn write(&mut self, data: &[u8]) {
        let written = self.file.set_len(0).and_then(|()| self.file.rewind()).and_then(|()| self.file.write_all(data));
        written.expect("the folder for temporary files can be written");
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        // A file left behind does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

thread_local!(static SAMPLE: RefCell<Sample> = RefCell::new(Sample::new()));

/// Reads the bytes as a plug-in's file, of this platform and of any, and as a bare manifest. Nothing of them is opened by the
/// system's loader.
pub fn manifest(data: &[u8]) {
    judge(Manifest::parse(data, "in memory"));
    SAMPLE.with_borrow_mut(|sample| {
        sample.write(data);
        let file = PluginFile::open(&sample.path).expect("it was written just now");
        judge(file.read_manifest());
        judge(file.read_manifest_of_any_platform());
    });
}

/// What is accepted must keep the manifest's own rules; what is refused must say why.
fn judge(found: Result<Manifest, Error>) {
    let checked = found.and_then(|manifest| manifest.check("in memory").map(|()| manifest));
    match checked {
        Ok(manifest) => {
            assert!(!manifest.name.is_empty() && manifest.name.is_ascii(), "{:?}", manifest.name);
            assert!(!manifest.name.starts_with('.') && !manifest.name.contains('/'), "{:?}", manifest.name);
            assert!(!manifest.modules.is_empty());
            assert!(manifest.title().starts_with("plug-in `"), "{}", manifest.title());
        }
        Err(error) => {
            assert!(error.status() < 0 && error.status() != abi::STATUS_INTERNAL, "{}", error.message());
            assert!(error.message().len() > 10, "{}", error.message());
        }
    }
}
