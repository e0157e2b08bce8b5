//! Describing what is installed.
#![forbid(unsafe_code)]

use crate::files::{self, Opened};
use crate::json::Json;
use crate::limits::MAX_PACKAGE_TEXT;
use crate::package::Info;
use crate::package::directory::PackageDirectory;
use crate::plugin::Inspection;
use crate::plugin::package::Installed;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::io::Read;

impl PackageDirectory {
    /// Describes an installed version of a package; without one, the active version. The JSON of the package and the manifest of its
    /// library are read; no code of the plug-in runs.
    ///
    /// # Errors
    /// Those of [`PackageDirectory::find`]; `STATUS_BAD_PACKAGE` if its files cannot be read as those of a package; those of opening a
    /// file.
    pub fn describe(&self, name: &str, version: Option<&str>) -> Result<(Installed, Info)> {
        let installed = self.find(name, version)?;
        let path = installed.directory.join(format!("{name}.json"));
        let bad = |why: &str| {
            let message = format!("{} has a description that cannot be read: {why}", installed.title());
            Error::new(abi::STATUS_BAD_PACKAGE, message).at_path(&path).of_plugin(name)
        };
        let mut info = match files::open(&path, "read the description of the package", abi::STATUS_BAD_PACKAGE) {
            Err(error) if error.status() == abi::STATUS_FILE_NOT_FOUND => Info::default(),
            opened => {
                let Opened { file, .. } = opened?;
                let mut bytes = Vec::new();
                let read = file.take(MAX_PACKAGE_TEXT as u64).read_to_end(&mut bytes);
                read.map_err(|error| Error::io("read the description of the package", &path, &error))?;
                let json = Json::parse(&bytes, &path.display().to_string(), abi::STATUS_BAD_PACKAGE);
                let json = json.map_err(|error| bad(error.message()))?;
                Info::from_json(&json).map_err(|why| bad(&why))?
            }
        };
        let library = Inspection::of_file(&installed.library()?)?;
        match (library.manifest(), library.refusal()) {
            (Some(manifest), _) => info.complete(manifest).map_err(|why| bad(&why))?,
            (None, Some(refusal)) => return Err(bad(refusal.message())),
            (None, None) => {}
        }
        Ok((installed, info))
    }
}
