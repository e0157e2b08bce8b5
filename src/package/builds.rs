//! The libraries at the root of a package: one, or one for each of several platforms.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::Manifest;
use crate::plugin::file::object_file;
use crate::plugin::file::platform::{self, Named};
use crate::text;
use std::collections::BTreeMap;
use std::path::Path;

/// The extensions of shared libraries on all platforms.
pub const ENDINGS: &[&str] = &["so", "dylib", "dll"];

/// A build of the plug-in for a platform.
#[derive(Clone, Debug)]
pub struct Build {
    /// The file at the root of the package.
    pub file: String,
    /// The platform in its name; `None` for a single build.
    pub named: Option<Named>,
    /// The platform in its contents, as in `aarch64 Linux`; empty before they are read.
    pub platform: String,
    /// Whether it is for this machine.
    pub is_for_here: bool,
}

/// The builds of a package.
pub struct Builds {
    /// The name of the plug-in, according to the files.
    pub plugin: String,
    /// Sorted by file name; one for each platform, or a single one.
    pub builds: Vec<Build>,
}

impl Builds {
    /// Finds the libraries at the root, by their names.
    ///
    /// # Errors
    /// The reason if there is none, they are not of one plug-in, or two are for the same platform.
    pub fn find<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Result<Self, String> {
        let mut made: Option<Self> = None;
        for file in names.clone().filter(|name| !name.contains('/')) {
            let Some(stem) = stem(file) else { continue };
            let (plugin, named) = Named::split(stem).map_or((stem, None), |(plugin, named)| (plugin, Some(named)));
            let made = made.get_or_insert_with(|| Self { plugin: plugin.to_owned(), builds: Vec::new() });
            if made.plugin != plugin {
                let other = &made.builds[0].file;
                let (file, other) = (text::name(file), text::name(other));
                return Err(format!(
                    "has libraries of two plug-ins at its root, `{other}` and `{file}`; put libraries that a plug-in uses into a folder"
                ));
            }
            made.builds.push(Build { file: file.to_owned(), named, platform: String::new(), is_for_here: false });
        }
        let made = made.ok_or_else(|| none(names))?;
        made.require_distinct()?;
        Ok(made)
    }

    fn require_distinct(&self) -> Result<(), String> {
        let mut seen: BTreeMap<Option<Named>, &str> = BTreeMap::new();
        for Build { file, named, .. } in &self.builds {
            if let Some(other) = seen.insert(*named, file) {
                let platform = named.map_or_else(|| "any platform".to_owned(), |named| named.to_string());
                return Err(format!(
                    "has two builds for {platform}, `{}` and `{}`; keep one",
                    text::name(other),
                    text::name(file)
                ));
            }
        }
        match seen.get(&None) {
            Some(single) if seen.len() > 1 => Err(format!(
                "has builds for several platforms, and `{}` whose name does not say for which; rename it to `{}-<os>-<arch>`, as in \
                 `{}-{}`",
                text::name(single),
                text::name(&self.plugin),
                text::name(&self.plugin),
                Named::HERE
            )),
            _ => Ok(()),
        }
    }

    /// Lists the platforms for a message.
    pub fn listed(&self) -> String {
        let shown = self.builds.iter().map(|build| format!("`{}` ({})", text::name(&build.file), build.platform));
        shown.collect::<Vec<_>>().join(", ")
    }
}

impl Build {
    /// Reads the library of this build without running its code, and returns its manifest; `None` if it is for a platform whose
    /// files this library cannot read. `path` is for messages.
    ///
    /// # Errors
    /// The reason.
    pub fn examine(&mut self, bytes: &[u8], path: &Path) -> Result<Option<Manifest>, String> {
        let said = |error: crate::status::Error| format!("has a library that cannot be used: {}", error.message());
        let (platform, manifest) = object_file::examine(bytes, path).map_err(said)?;
        self.platform = platform.to_string();
        if let Some(named) = self.named.filter(|named| !platform.is_named(*named)) {
            return Err(format!("has `{}`, which is named for {named}, but built for {platform}", text::name(&self.file)));
        }
        let has_ending = self.file.rsplit_once('.').is_some_and(|(_, ending)| platform::ENDINGS.contains(&ending));
        let is_named = self.named.is_none_or(|named| named == Named::HERE);
        self.is_for_here = has_ending && is_named && platform.mismatch().is_none();
        match manifest {
            Ok(manifest) => Ok(Some(manifest)),
            Err(_) if platform.has_foreign_layout() => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    /// Returns whether a file belongs to this build.
    pub fn owns(&self, file: &str) -> bool {
        file.strip_prefix(&*self.file).is_some_and(|rest| rest.is_empty() || rest == ".sig")
    }
}

/// Returns the name of a shared library without its extension.
pub fn stem(file: &str) -> Option<&str> {
    file.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && ENDINGS.contains(ending)).map(|(stem, _)| stem)
}

/// Returns the error of a package without a library at its root.
fn none<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut inner = names.clone().filter(|name| stem(name).is_some());
    match (inner.next(), names.clone().next()) {
        (Some(file), _) => format!(
            "has no shared library at its root, but `{}` in a folder; pack the contents of the folder, not the folder",
            text::name(file)
        ),
        (None, Some(_)) => "has no shared library at its root; a package contains at least `<name>.so`".to_owned(),
        (None, None) => "has no files".to_owned(),
    }
}
