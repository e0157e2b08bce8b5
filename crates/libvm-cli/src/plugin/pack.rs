//! `libvm plugin pack`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::plugin::find::is_library;
use crate::plugin::pack_list::{self, LIST};
use crate::plugin::places::outlive_size_limit;
use crate::text;
use serde_json::json;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use vm::{Package, Plugin};

/// Make a package of a plug-in
///
/// FROM is a directory with a package.toml that lists the files, or the path of such a file; a directory of which all files belong to the
/// package; or the file of a plug-in. The same files give the same bytes. No code of the plug-in runs.
#[derive(clap::Args)]
pub struct Pack {
    /// Directory, list of files, or plug-in
    #[arg(value_name = "FROM", default_value = ".")]
    from: PathBuf,
    /// Package to write [default: NAME-VERSION.zip in the current directory]
    #[arg(long, short, value_name = "FILE.zip")]
    output: Option<PathBuf>,
}

/// What a package is made of.
enum Origin {
    /// All files of a directory.
    Directory(PathBuf),
    /// Files, each with its path in the package.
    Files(Vec<(String, PathBuf)>),
}

pub fn run(arguments: &Pack, output: &Output) -> Result<Exit, Failure> {
    outlive_size_limit();
    let origin = origin(&arguments.from)?;
    let target = match &arguments.output {
        Some(target) => target.clone(),
        None => default_target(&origin)?,
    };
    {
        let _progress = output.progress(format!("packing {}", text::path(&target)));
        match origin {
            Origin::Directory(directory) => Package::build(directory, &target)?,
            Origin::Files(files) => Package::build_from_files(files, &target)?,
        }
    }
    let contents = Package::inspect_contents(&target)?;
    let files: Vec<_> = contents.files.iter().map(|file| json!({ "name": file.name, "bytes": file.size })).collect();
    let bytes = std::fs::metadata(&target).map_err(|error| Failure::file("cannot read", &target, &error))?.len();
    let info = &contents.info;
    let (name, version, path) = (text::name(&info.name), text::name(&info.version), text::path(&target));
    let text = format!("packed {name} {version}: {path} ({} files, {bytes} bytes)\n", files.len());
    let document = json!({
        "name": info.name, "version": info.version, "path": target.to_string_lossy(), "bytes": bytes, "files": files,
    });
    output.answer(&document, text)?;
    Ok(Exit::SUCCESS)
}

fn origin(from: &Path) -> Result<Origin, Failure> {
    let metadata = std::fs::metadata(from).map_err(|error| Failure::file("cannot pack", from, &error))?;
    let list = from.join(LIST);
    if metadata.is_dir() && list.is_file() {
        return pack_list::read(&list).map(Origin::Files);
    }
    if metadata.is_dir() {
        return Ok(Origin::Directory(from.to_owned()));
    }
    if from.extension() == Some(OsStr::new("toml")) {
        return pack_list::read(from).map(Origin::Files);
    }
    Ok(Origin::Files(vec![pack_list::library(from)?]))
}

/// Returns the usual name of the package, in the current directory.
fn default_target(origin: &Origin) -> Result<PathBuf, Failure> {
    let libraries: Vec<PathBuf> = match origin {
        Origin::Files(files) => files.iter().filter(|(name, _)| !name.contains('/')).map(|(_, path)| path.clone()).collect(),
        Origin::Directory(directory) => {
            let here = |path: &Path| path.canonicalize().ok();
            if here(directory).is_some_and(|found| Some(found) == here(Path::new("."))) {
                let message = "the package would be one of the files that are packed: the current directory has no package.toml";
                let hint = "name the package with --output, in another directory; or list the files in package.toml";
                return Err(Failure::new(Exit::USAGE, message).hint(hint));
            }
            let entries = std::fs::read_dir(directory).map_err(|error| Failure::file("cannot pack", directory, &error))?;
            let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            paths
        }
    };
    let manifest = libraries.iter().filter(|path| is_library(path)).find_map(|path| Plugin::inspect_file(path).ok()?.manifest);
    // Without a plug-in there is no package, and the library says what is missing.
    let name =
        manifest.map_or_else(|| "package.zip".to_owned(), |manifest| format!("{}-{}.zip", manifest.name, manifest.version));
    Ok(PathBuf::from(name))
}
