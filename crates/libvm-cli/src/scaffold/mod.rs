//! The files of a new plug-in.

mod name;
mod write;

pub use name::Name;
pub use write::write;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::sdk::{self, Sdk};
use crate::text;
use clap::ValueEnum;
use std::path::Path;

/// The language of a plug-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// C
    C,
    /// C++17
    #[value(alias = "c++")]
    Cpp,
    /// Rust
    Rust,
}

impl Language {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Rust => "Rust",
        }
    }
}

/// A file: its path in the directory of the plug-in, and its text. Both have placeholders.
type Template = (&'static str, &'static str);

macro_rules! template {
    ($path:literal, $file:literal) => {
        ($path, include_str!(concat!("../../templates/", $file)))
    };
}

const COMMON: &[Template] = &[
    template!("package.json", "common/package.json"),
    template!("package.toml", "common/package.toml"),
    template!("tests/guest.wat", "common/guest.wat"),
    template!("tests/tests.toml", "common/tests.toml"),
];
const C: &[Template] = &[
    (".gitignore", "/build/\n*.so\n*.zip\n"),
    template!("CMakeLists.txt", "c/CMakeLists.txt"),
    template!("README.md", "c/README.md"),
    template!("{{name}}.c", "c/plugin.c"),
];
const CPP: &[Template] = &[
    (".gitignore", "/build/\n*.so\n*.zip\n"),
    template!("CMakeLists.txt", "cpp/CMakeLists.txt"),
    template!("README.md", "cpp/README.md"),
    template!("exports.map", "cpp/exports.map"),
    template!("{{name}}.cpp", "cpp/plugin.cpp"),
];
const RUST: &[Template] = &[
    (".gitignore", "/target/\n*.zip\n"),
    template!("Cargo.toml", "rust/Cargo.toml"),
    template!("README.md", "rust/README.md"),
    template!("src/lib.rs", "rust/lib.rs"),
];
/// Only where the crates come with libvm.
const VENDORED: Template = template!(".cargo/config.toml", "rust/config.toml");

/// Returns the files of a plug-in: paths and contents.
///
/// # Errors
/// The SDK for the language is not there, or its path cannot be written into a file.
pub fn files(name: &Name, language: Language, sdk: &Sdk) -> Result<Vec<(String, String)>, Failure> {
    let mut values = vec![("name", name.as_str().to_owned()), ("libvm", minor_version()), ("library", library(name, language))];
    let mut templates: Vec<Template> = COMMON.to_vec();
    match language {
        Language::C | Language::Cpp => {
            let include = sdk.include()?;
            if let Some((key, path)) = sdk.cmake_setting() {
                let setting = format!("-D{key}={}", printable(&path)?);
                values.push(("cmake_options", format!(" {}", text::shell_word(&setting))));
            }
            values.push(("cmake_options", String::new()));
            let flags = if sdk.is_standard() {
                "$(pkg-config --cflags libvm)".to_owned()
            } else {
                text::shell_word(&format!("-I{}", printable(&include)?))
            };
            values.push(("cflags", flags));
            templates.extend(if language == Language::C { C } else { CPP });
        }
        Language::Rust => {
            values.push(("sdk", toml_string(&sdk.crate_directory()?)?));
            templates.extend(RUST);
            if let Some(vendor) = sdk.vendor() {
                values.push(("vendor", toml_string(&vendor)?));
                values.push(("sdk_files", "Cargo.toml, .cargo/config.toml".to_owned()));
                templates.push(VENDORED);
            }
            values.push(("sdk_files", "Cargo.toml".to_owned()));
        }
    }
    let mut files: Vec<_> = templates.iter().map(|(path, text)| (fill(path, &values), fill(text, &values))).collect();
    files.sort();
    Ok(files)
}

/// Returns where the build puts the library.
fn library(name: &Name, language: Language) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    match language {
        Language::Rust => format!("target/release/{DLL_PREFIX}{}{DLL_SUFFIX}", name.as_str().replace('-', "_")),
        // CMake names modules so on macOS too.
        _ if cfg!(unix) => format!("build/{name}.so"),
        _ => format!("build/{name}{DLL_SUFFIX}"),
    }
}

/// Replaces placeholders; of two values for one, the first counts.
fn fill(text: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (key, value)| text.replace(&format!("{{{{{key}}}}}"), value))
}

/// The version with which `find_package` has to be compatible: until 1.0 each minor version is an ABI.
fn minor_version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    version.rsplit_once('.').map_or(version, |(minor, _)| minor).to_owned()
}

/// Returns a path as a string of TOML.
fn toml_string(path: &Path) -> Result<String, Failure> {
    // JSON's strings are strings of TOML, as long as there are no control characters.
    Ok(serde_json::Value::from(printable(path)?).to_string())
}

fn printable(path: &Path) -> Result<&str, Failure> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.ok_or_else(|| {
        let message = format!("the path of libvm cannot be written into a file: {}", text::path(path));
        let why = "it is not UTF-8, or has control characters";
        Failure::new(Exit::FAILED, message).hint(format!("{why}: install libvm elsewhere, and set {} to it", sdk::VARIABLE))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn sources() -> Sdk {
        Sdk::Sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap())
    }

    #[test]
    fn no_placeholder_is_left() {
        let name = Name::parse("my-plug_in2").unwrap();
        for language in Language::value_variants() {
            let files = files(&name, *language, &sources()).unwrap();
            for (path, text) in &files {
                assert!(!path.contains("{{") && !text.contains("{{"), "{path}: {text}");
                assert!(text.ends_with('\n'), "{path}");
            }
            assert!(files.iter().any(|(path, _)| path == "package.json"));
        }
    }

    #[test]
    fn paths_are_quoted() {
        let path = PathBuf::from("/a b/it's \"c\"");
        assert_eq!(toml_string(&path).unwrap(), r#""/a b/it's \"c\"""#);
        let failure = toml_string(Path::new("/a\nb")).unwrap_err();
        assert!(failure.message().ends_with("/a\\u{a}b"), "{}", failure.message());
    }
}
