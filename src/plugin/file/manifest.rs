//! The manifest: name, version and requirements of a plug-in, read before its library is opened.
#![forbid(unsafe_code)]

use crate::plugin::file::version::Version;
use crate::plugin::{flags, permissions};
use crate::status::{Error, Result, counted};
use libvm_abi::{self as abi, PluginManifest};
use semver::VersionReq;
use std::mem::offset_of;

/// The version of this library.
pub const LIBVM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The size of the manifest that this library knows, in bytes.
pub const KNOWN_SIZE: usize = size_of::<PluginManifest>();

/// The size of the manifest of this ABI: no plug-in of it has a smaller one.
const LEAST_SIZE: usize = offset_of!(PluginManifest, host_version) + 32;

/// The flags of the high 16 bits that this library knows.
const KNOWN_FLAGS: u32 = 0;

/// A plug-in that another one depends on.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// The accepted versions; `None` for any.
    pub range: Option<VersionReq>,
}

impl Dependency {
    /// Returns the accepted versions as text; empty for any.
    pub fn versions(&self) -> String {
        self.range.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl std::fmt::Display for Dependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.range {
            Some(range) => write!(f, "`{}` {range}", self.name),
            None => write!(f, "`{}`", self.name),
        }
    }
}

/// The manifest of a plug-in.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// A description of one line.
    pub description: String,
    /// Its license as an SPDX expression; empty if it has none.
    pub license: String,
    /// The wasm modules that its descriptor has; empty for at most one, with its own name.
    pub modules: Vec<String>,
    /// The plug-ins that it depends on.
    pub depends: Vec<Dependency>,
    /// The permissions that it requests.
    pub permissions: Vec<String>,
    /// The versions of libvm that it works with; `None` for any.
    pub host_version: Option<VersionReq>,
    /// The ABI's major version.
    pub abi_major: u32,
    /// The ABI's minor version that it was built with.
    pub abi_minor_built: u32,
    /// The ABI's minor version that it requires.
    pub abi_minor_required: u32,
    /// Its flags.
    pub flags: u32,
    /// The bytes of the manifest in the file, as far as this library knows it.
    pub bytes: Box<[u8]>,
    /// Why the file has no entry function, if it has none; the rest is still useful for a report.
    pub no_entry: Option<String>,
}

/// The string in the field that begins at `$field` and ends where `$next` begins.
macro_rules! text {
    ($bytes:expr, $field:ident..$next:expr) => {
        text($bytes.get(offset_of!(PluginManifest, $field)..$next).unwrap_or_default(), stringify!($field))
    };
}

/// Where a field begins.
macro_rules! at {
    ($field:ident) => {
        offset_of!(PluginManifest, $field)
    };
}

impl Manifest {
    /// Reads a manifest. `place` is where it was found, for messages, as in `in /usr/lib/libvm/zip.so`.
    ///
    /// `bytes` begins with the manifest and may be longer. Of a manifest for another ABI only name and version are read, as far as
    /// that is possible, so that [`Manifest::check`] can name it.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_BAD_MANIFEST`, naming the field.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self> {
        let bad =
            |why: String| Error::new(abi::STATUS_PLUGIN_BAD_MANIFEST, format!("the manifest {place} cannot be read: {why}"));
        let number = |offset: usize| match bytes.get(offset..offset + 4) {
            Some(part) => Ok(u32::from_ne_bytes(part.try_into().expect("four bytes"))),
            None => Err(bad(format!("it ends after {}", counted(bytes.len(), "byte")))),
        };
        let size = number(at!(size))? as usize;
        let abi_major = number(at!(abi_major))?;
        let abi_minor_built = number(at!(abi_minor_built))?;
        let abi_minor_required = number(at!(abi_minor_required))?;
        let flags = number(at!(flags))?;
        let magic = &bytes[at!(magic)..at!(abi_major)];
        if magic != abi::MAGIC {
            let found = String::from_utf8_lossy(magic);
            return Err(bad(format!("it begins with {found:?} instead of \"libvmpl\"; build the plug-in with <libvm/plugin.h>")));
        }
        let mut made = Self {
            name: String::new(),
            version: Version::new(""),
            description: String::new(),
            license: String::new(),
            modules: Vec::new(),
            depends: Vec::new(),
            permissions: Vec::new(),
            host_version: None,
            abi_major,
            abi_minor_built,
            abi_minor_required,
            flags,
            bytes: bytes[..bytes.len().min(size).min(KNOWN_SIZE)].into(),
            no_entry: None,
        };
        if !made.is_of_this_abi() {
            made.name = text!(bytes, name..at!(version)).and_then(check_name).unwrap_or_default().to_owned();
            made.version = Version::new(text!(bytes, version..at!(description)).unwrap_or_default());
            return Ok(made);
        }
        if size.min(bytes.len()) < LEAST_SIZE {
            let (major, minor) = (abi::ABI_MAJOR, abi::ABI_MINOR);
            let least = format!("it has {} bytes, and one of ABI {major}.{minor} has {LEAST_SIZE}", size.min(bytes.len()));
            return Err(bad(least));
        }
        let fill = |made: &mut Self| -> Result<(), String> {
            made.name = text!(bytes, name..at!(version)).and_then(check_name)?.to_owned();
            made.version = match text!(bytes, version..at!(description))? {
                "" => return Err("`version` is empty".to_owned()),
                version => Version::new(version),
            };
            made.description = text!(bytes, description..at!(license))?.to_owned();
            made.license = text!(bytes, license..at!(modules))?.to_owned();
            made.modules = list(text!(bytes, modules..at!(depends))?).map(str::to_owned).collect();
            made.depends = list(text!(bytes, depends..at!(permissions))?).map(dependency).collect::<Result<_, _>>()?;
            made.permissions = list(text!(bytes, permissions..at!(host_version))?).map(permission).collect::<Result<_, _>>()?;
            made.host_version = match text!(bytes, host_version..LEAST_SIZE)? {
                "" => None,
                range => Some(VersionReq::parse(range).map_err(|error| format!("`host_version` is \"{range}\": {error}"))?),
            };
            Ok(())
        };
        fill(&mut made).map_err(bad)?;
        Ok(made)
    }

    /// Checks that this library can load the plug-in; `place` as in [`Manifest::parse`].
    ///
    /// # Errors
    /// As [`Manifest::check_abi`]; `STATUS_PLUGIN_INCOMPATIBLE` naming what it needs and what this library offers;
    /// `STATUS_PLUGIN_BAD_DESCRIPTOR` if there is no entry function.
    pub fn check(&self, place: &str) -> Result<()> {
        self.check_abi(place)?;
        let ours = Version::new(LIBVM_VERSION);
        if let Err(why) = flags::check(self.flags, KNOWN_FLAGS) {
            return Err(self.incompatible(place, &format!("needs a newer libvm than {ours}: {why}")));
        }
        match &self.host_version {
            Some(range) if !ours.is_in(range) => {
                let why = format!("needs libvm {range}, this is libvm {ours}; use a build of the plug-in for this version");
                Err(self.incompatible(place, &why))
            }
            _ => self.check_entry(place),
        }
    }

    /// Checks that the plug-in was built for this ABI.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_INCOMPATIBLE`, naming both versions.
    pub fn check_abi(&self, place: &str) -> Result<()> {
        if self.is_of_this_abi() {
            return Ok(());
        }
        let (built, ours) = ((self.abi_major, self.abi_minor_built), (abi::ABI_MAJOR, abi::ABI_MINOR));
        let why = format!(
            "was built with ABI {}.{}, this library offers {}.{}; rebuild the plug-in with the headers of this libvm",
            built.0, built.1, ours.0, ours.1
        );
        Err(self.incompatible(place, &why))
    }

    fn incompatible(&self, place: &str, why: &str) -> Error {
        let message = format!("{} {place} {why}", self.title());
        Error::new(abi::STATUS_PLUGIN_INCOMPATIBLE, message).of_plugin(&self.name)
    }

    fn is_of_this_abi(&self) -> bool {
        let needed = (self.abi_major, self.abi_minor_built, self.abi_minor_required);
        fits(needed, (abi::ABI_MAJOR, abi::ABI_MINOR))
    }

    fn check_entry(&self, place: &str) -> Result<()> {
        let Some(why) = &self.no_entry else { return Ok(()) };
        let message = format!("{} {place} {why}", self.title());
        Err(Error::new(abi::STATUS_PLUGIN_BAD_DESCRIPTOR, message).of_plugin(&self.name))
    }

    /// The plug-in in messages, as in ``plug-in `zip` 2.0.0``.
    pub fn title(&self) -> String {
        match self.name.as_str() {
            "" => "a plug-in".to_owned(),
            name => format!("plug-in `{name}` {}", self.version),
        }
    }
}

/// Whether a plug-in with this major version, this minor version that it was built with, and this one that it requires, works
/// with a library of another major and minor version. Before 1.0 every minor version may be a new ABI.
fn fits((major, built, required): (u32, u32, u32), library: (u32, u32)) -> bool {
    major == library.0 && if major == 0 { built == library.1 } else { required <= library.1 }
}

/// The NUL-terminated string in a field.
fn text<'a>(field: &'a [u8], name: &str) -> Result<&'a str, String> {
    let end = field.iter().position(|byte| *byte == 0).ok_or_else(|| format!("`{name}` is not NUL-terminated"))?;
    let text = std::str::from_utf8(&field[..end]).map_err(|_| format!("`{name}` is not valid UTF-8"))?;
    match text.chars().find(|letter| letter.is_control()) {
        Some(letter) => Err(format!("`{name}` has the control character {letter:?}")),
        None => Ok(text),
    }
}

/// Checks the name of a plug-in; the error describes a valid one.
pub(crate) fn check_name(name: &str) -> Result<&str, String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    // A name is also the name of a directory, which `..` must not be.
    if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) {
        return Err(format!(
            "`name` is \"{name}\"; a name consists of letters, digits, `-`, `_` and `.`, and does not begin with `.`"
        ));
    }
    Ok(name)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn permission(item: &str) -> Result<String, String> {
    permissions::check_pattern(item).map_err(|why| format!("`permissions` has \"{item}\": a permission {why}"))?;
    Ok(item.to_owned())
}

/// Reads `store >=1.2 <2`: commas separate plug-ins, so that spaces separate the bounds.
fn dependency(item: &str) -> Result<Dependency, String> {
    let (name, bounds) = item.split_once(char::is_whitespace).unwrap_or((item, ""));
    let wrong = |why: String| format!("`depends` has \"{item}\": {why}");
    let name = check_name(name).map_err(wrong)?.to_owned();
    Ok(Dependency { name, range: range(bounds).map_err(wrong)? })
}

/// Reads a range of versions such as `>=1.2 <2` or `>=1.2, <2`; `None` for an empty one, which any version is in. The error is the
/// reason.
pub fn range(bounds: &str) -> Result<Option<VersionReq>, String> {
    let mut range = String::new();
    for bound in bounds.split_whitespace() {
        if !range.is_empty() && !range.ends_with(['<', '>', '=', '~', '^', ',']) {
            range.push(',');
        }
        range.push_str(bound);
    }
    match range.as_str() {
        "" => Ok(None),
        range => VersionReq::parse(range).map(Some).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        let mut made = vec![0; KNOWN_SIZE];
        made[..4].copy_from_slice(&(KNOWN_SIZE as u32).to_ne_bytes());
        put(&mut made, at!(magic), &abi::MAGIC);
        put(&mut made, at!(abi_minor_built), &abi::ABI_MINOR.to_ne_bytes());
        put(&mut made, at!(name), b"zip");
        put(&mut made, at!(version), b"v2.0.0");
        made
    }

    fn put(bytes: &mut [u8], offset: usize, text: &[u8]) {
        bytes[offset..offset + text.len()].copy_from_slice(text);
    }

    fn refused(bytes: &[u8]) -> (abi::Status, String) {
        let error = match Manifest::parse(bytes, "in x.so") {
            Ok(made) => made.check("in x.so").unwrap_err(),
            Err(error) => error,
        };
        (error.status(), error.message().to_owned())
    }

    #[test]
    fn a_manifest_is_read() {
        let mut bytes = bytes();
        put(&mut bytes, at!(modules), b"zip, zip.raw ,");
        put(&mut bytes, at!(depends), b"store >= 1.2 <2, log");
        put(&mut bytes, at!(host_version), b">=0.1, <9");
        let made = Manifest::parse(&bytes, "in x.so").unwrap();
        made.check("in x.so").unwrap();
        assert_eq!(made.title(), "plug-in `zip` 2.0.0");
        assert_eq!(made.modules, ["zip", "zip.raw"]);
        assert_eq!(made.depends.iter().map(ToString::to_string).collect::<Vec<_>>(), ["`store` >=1.2, <2", "`log`"]);
        assert!(Manifest::parse(&super::tests::bytes(), "").unwrap().modules.is_empty());
    }

    #[test]
    fn a_longer_manifest_is_read_as_far_as_it_is_known() {
        let mut longer = bytes();
        longer.extend([0xff; 64]);
        let size = longer.len() as u32;
        put(&mut longer, at!(size), &size.to_ne_bytes());
        let made = Manifest::parse(&longer, "in x.so").unwrap();
        made.check("in x.so").unwrap();
        assert_eq!(made.bytes.len(), KNOWN_SIZE);
    }

    #[test]
    fn the_required_minor_version_counts_from_1_0_on() {
        assert!(fits((0, 2, 9), (0, 2)) && !fits((0, 1, 0), (0, 2)) && !fits((0, 3, 0), (0, 2)));
        assert!(fits((1, 9, 3), (1, 3)) && !fits((1, 9, 4), (1, 3)) && fits((1, 0, 0), (1, 3)));
        assert!(!fits((2, 3, 0), (1, 3)) && !fits((0, 3, 0), (1, 3)));
    }

    #[test]
    fn low_flags_are_ignored() {
        let mut bytes = bytes();
        put(&mut bytes, at!(flags), &0xffff_u32.to_ne_bytes());
        Manifest::parse(&bytes, "").unwrap().check("").unwrap();
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Case<'a> = (usize, &'a [u8], abi::Status, &'a str);
        let long = [b'a'; 64];
        let cases: &[Case] = &[
            (at!(size), &[4, 0, 0, 0], abi::STATUS_PLUGIN_BAD_MANIFEST, "it has 4 bytes"),
            (at!(magic), b"libxmpl", abi::STATUS_PLUGIN_BAD_MANIFEST, "libxmpl"),
            (at!(name), &long, abi::STATUS_PLUGIN_BAD_MANIFEST, "`name` is not NUL-terminated"),
            (at!(name), b"\0", abi::STATUS_PLUGIN_BAD_MANIFEST, "`name` is \"\""),
            (at!(name), b"a/b", abi::STATUS_PLUGIN_BAD_MANIFEST, "`name` is \"a/b\""),
            (at!(name), b"..", abi::STATUS_PLUGIN_BAD_MANIFEST, "`name` is \"..p\""),
            (at!(name), b"\xff", abi::STATUS_PLUGIN_BAD_MANIFEST, "`name` is not valid UTF-8"),
            (at!(version), b"\0", abi::STATUS_PLUGIN_BAD_MANIFEST, "`version` is empty"),
            (at!(version), b"1\n2", abi::STATUS_PLUGIN_BAD_MANIFEST, "control character"),
            (at!(depends), b"store >=x", abi::STATUS_PLUGIN_BAD_MANIFEST, "\"store >=x\""),
            (at!(host_version), b"soon", abi::STATUS_PLUGIN_BAD_MANIFEST, "`host_version` is \"soon\""),
            (
                at!(abi_major),
                &2_u32.to_ne_bytes(),
                abi::STATUS_PLUGIN_INCOMPATIBLE,
                "was built with ABI 2.2, this library offers 0.2; rebuild the plug-in",
            ),
            (
                at!(abi_minor_built),
                &9_u32.to_ne_bytes(),
                abi::STATUS_PLUGIN_INCOMPATIBLE,
                "plug-in `zip` 2.0.0 in x.so was built with ABI 0.9, this library offers 0.2",
            ),
            (at!(flags), &0x2_0000_u32.to_ne_bytes(), abi::STATUS_PLUGIN_INCOMPATIBLE, "0x20000"),
            (at!(host_version), b">=77", abi::STATUS_PLUGIN_INCOMPATIBLE, "needs libvm >=77, this is libvm"),
        ];
        for (offset, text, status, part) in cases {
            let mut bytes = bytes();
            put(&mut bytes, *offset, text);
            let (found, message) = refused(&bytes);
            assert_eq!(found, *status, "{message}");
            assert!(message.contains(part) && message.contains("in x.so"), "{message}");
        }
        for end in 0..KNOWN_SIZE {
            assert_eq!(refused(&bytes()[..end]).0, abi::STATUS_PLUGIN_BAD_MANIFEST);
        }
    }
}
