//! The manifest of a plug-in, and plug-ins that are linked into their host.
use crate::Create;
use libvm_abi as abi;

/// The strings of a manifest.
pub struct Texts {
    /// The plug-in's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One line.
    pub description: &'static str,
    /// An SPDX expression.
    pub license: &'static str,
    /// Its wasm modules, separated by commas.
    pub modules: &'static str,
    /// The plug-ins that it depends on.
    pub depends: &'static str,
    /// The permissions that it requests.
    pub permissions: &'static str,
    /// The range of libvm versions that it works with.
    pub host_version: &'static str,
}

/// Returns the first string, or the second one if it is empty.
pub const fn or(text: &'static str, otherwise: &'static str) -> &'static str {
    if text.is_empty() { otherwise } else { text }
}

const fn field<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let (mut field, bytes) = ([0; SIZE], text.as_bytes());
    assert!(bytes.len() < SIZE, "a string of the plug-in's manifest is too long");
    let mut index = 0;
    while index < bytes.len() {
        field[index] = bytes[index];
        index += 1;
    }
    field
}

/// Returns a manifest. A string that is too long does not compile.
pub const fn manifest(texts: &Texts) -> abi::PluginManifest {
    abi::PluginManifest {
        size: size_of::<abi::PluginManifest>() as u32,
        magic: abi::MAGIC,
        abi_major: abi::ABI_MAJOR,
        abi_minor_built: abi::ABI_MINOR,
        abi_minor_required: 0,
        flags: 0,
        name: field(texts.name),
        version: field(texts.version),
        description: field(texts.description),
        license: field(texts.license),
        modules: field(texts.modules),
        depends: field(texts.depends),
        permissions: field(texts.permissions),
        host_version: field(texts.host_version),
    }
}

/// Compares the modules and permissions in `Cargo.toml` with those of the code.
///
/// # Panics
/// If the modules differ, or a function requires a permission that is not listed.
pub fn check_manifest<T: Create>(name: &str, modules: &[&str], permissions: &[&str]) {
    let code = T::modules();
    let found: Vec<String> = code.iter().map(|module| module.name.to_string_lossy().into_owned()).collect();
    let same = found.iter().all(|module| modules.contains(&module.as_str())) && modules.len() == found.len();
    let implied = modules.is_empty() && found.iter().all(|module| module == name);
    assert!(same || implied, "[package.metadata.libvm] lists the modules {modules:?}, and the code has {found:?}");
    for function in code.iter().flat_map(|module| &module.functions) {
        let Some(permission) = function.permission.as_ref().map(|permission| permission.to_string_lossy()) else { continue };
        let covers = |listed: &&str| match listed.strip_suffix('*') {
            Some(beginning) => permission.starts_with(beginning),
            None => **listed == *permission,
        };
        let name = function.name.to_string_lossy();
        assert!(
            permissions.iter().any(covers),
            "`{name}` requires the permission `{permission}`, which [package.metadata.libvm] does not list: {permissions:?}"
        );
    }
}

/// A plug-in that is linked into its host.
#[repr(transparent)]
pub struct Builtin(abi::PluginBuiltin);

// SAFETY: it points to constants.
unsafe impl Sync for Builtin {}

impl Builtin {
    /// Creates it.
    ///
    /// # Safety
    /// `entry` is the entry of the plug-in with this manifest, and follows the plug-in ABI: libvm calls it in safe code of the host.
    pub const unsafe fn new(manifest: &'static abi::PluginManifest, entry: abi::Entry) -> Self {
        let size = size_of::<abi::PluginBuiltin>() as u32;
        Self(abi::PluginBuiltin { size, reserved: 0, manifest: std::ptr::from_ref(manifest), entry: Some(entry) })
    }
}

// SAFETY: promised to `new`.
unsafe impl abi::Builtin for Builtin {
    fn as_abi(&'static self) -> &'static abi::PluginBuiltin {
        &self.0
    }
}
