//! `[package.metadata.libvm]` in the `Cargo.toml` of a plug-in.
use std::path::Path;

/// What stands there.
#[derive(Default)]
pub struct Metadata {
    pub name: Option<String>,
    pub modules: Vec<String>,
    pub depends: Vec<String>,
    pub permissions: Vec<String>,
    pub host_version: String,
    /// Whether the plug-in has a feature `builtin`.
    pub has_builtin: bool,
}

impl Metadata {
    /// Reads it.
    pub fn read() -> Result<Self, String> {
        let folder = std::env::var("CARGO_MANIFEST_DIR").map_err(|_| "CARGO_MANIFEST_DIR is not set: build with cargo")?;
        let path = Path::new(&folder).join("Cargo.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let root: toml::Table = text.parse().map_err(|error| format!("Cargo.toml: {error}"))?;
        let has_builtin = root.get("features").and_then(|features| features.get("builtin")).is_some();
        let mut found = Self { has_builtin, ..Self::default() };
        let tables = ["package", "metadata", "libvm"];
        let mut table = &root;
        for name in tables {
            match table.get(name) {
                Some(toml::Value::Table(inner)) => table = inner,
                Some(_) => return Err(format!("`{name}` in Cargo.toml is not a table")),
                None => return Ok(found),
            }
        }
        for (key, value) in table {
            let string = || {
                value.as_str().map(str::to_owned).ok_or_else(|| format!("`{key}` in [package.metadata.libvm] is not a string"))
            };
            match key.as_str() {
                "name" => found.name = Some(string()?),
                "host-version" => found.host_version = string()?,
                "modules" => found.modules = list(key, value)?,
                "depends" => found.depends = list(key, value)?,
                "permissions" => found.permissions = list(key, value)?,
                _ => {
                    let known = "name, modules, depends, permissions, host-version";
                    return Err(format!("`{key}` in [package.metadata.libvm] is unknown; there are {known}"));
                }
            }
        }
        Ok(found)
    }
}

fn list(key: &str, value: &toml::Value) -> Result<Vec<String>, String> {
    let wrong = || format!("`{key}` in [package.metadata.libvm] is not a list of strings without commas");
    let items = value.as_array().ok_or_else(wrong)?;
    let string = |item: &toml::Value| item.as_str().filter(|text| !text.contains(',')).map(str::to_owned).ok_or_else(wrong);
    items.iter().map(string).collect()
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    #[test]
    fn reads_all_keys() {
        let text =
            "[features]\nbuiltin = []\n[package.metadata.libvm]\nname = 'x'\nmodules = ['a', 'b']\nhost-version = '>=0.4'\n";
        let found = Metadata::parse(text).expect("it is valid");
        assert_eq!((found.name.as_deref(), found.modules.len(), &*found.host_version), (Some("x"), 2, ">=0.4"));
        assert!(found.has_builtin);
        assert!(Metadata::parse("[package]\nname = 'x'\n").expect("it is valid").name.is_none());
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let error = |text: &str| Metadata::parse(&format!("[package.metadata.libvm]\n{text}")).err().unwrap_or_default();
        assert!(error("module = ['a']").contains("`module` in [package.metadata.libvm] is unknown"));
        assert!(error("modules = 'a'").contains("not a list"));
        assert!(error("modules = ['a,b']").contains("without commas"));
        assert!(error("name = 1").contains("not a string"));
    }
}
