//! The functions that the JSON file of a package lists, for plug-ins that were never loaded.
#![forbid(unsafe_code)]

use crate::files::{self, Opened, Trusted};
use crate::host::parse_signature;
use crate::json::Json;
use crate::limits::MAX_INDEXED_FUNCTIONS;
use crate::plugin::native::descriptor::{FunctionInfo, ModuleInfo};
use libvm_abi as abi;
use std::io::Read;
use std::path::Path;

/// Returns the modules with their functions in the JSON file with a plug-in's name beside its library; `None` if there is none that
/// can be read, if others could have put it there, or if it does not list the functions of each module.
pub fn functions(library: &Path, name: &str, trusted: &Trusted) -> Option<Vec<ModuleInfo>> {
    let path = library.with_file_name(format!("{name}.json"));
    let Opened { file, metadata } = files::open(&path, "read", abi::STATUS_IO).ok()?;
    trusted.require(&path, &metadata, "").ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_INDEXED_FUNCTIONS as u64 + 1).read_to_end(&mut bytes).ok()?;
    let json = Json::parse(&bytes, "", abi::STATUS_IO).ok().filter(|_| bytes.len() <= MAX_INDEXED_FUNCTIONS)?;
    if json.get("name")?.text()? != name {
        return None;
    }
    json.get("modules")?.list()?.iter().map(module).collect()
}

fn module(json: &Json) -> Option<ModuleInfo> {
    let functions = json.get("functions")?.list()?.iter().map(function).collect::<Option<_>>()?;
    Some(ModuleInfo { name: json.get("name")?.text()?.to_owned(), description: String::new(), functions })
}

fn function(json: &Json) -> Option<FunctionInfo> {
    let signature = json.get("signature")?.text()?.to_owned();
    parse_signature(&signature).ok()?;
    let name = json.get("name")?.text()?.to_owned();
    Some(FunctionInfo { name, signature, flags: 0, permission: None, description: String::new() })
}
