//! Permissions: what a plug-in requests and what the host grants it, or grants a host module. Nothing is granted by default.
#![forbid(unsafe_code)]

use crate::limits::MAX_PERMISSION;
use crate::status::{Error, Result};
use libvm_abi as abi;
use std::collections::{BTreeMap, BTreeSet};

/// The permissions granted to plug-ins and host modules, by name. A grant that ends in `*` covers every permission with that prefix.
#[derive(Clone, Debug, Default)]
pub struct Grants(BTreeMap<String, BTreeSet<String>>);

impl Grants {
    /// Creates an empty set.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The names to which anything is granted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Grants a plug-in a permission.
    ///
    /// # Errors
    /// `STATUS_INVALID_ARGUMENT` for an invalid permission.
    pub fn add(&mut self, plugin: &str, permission: &str) -> Result<()> {
        check_pattern(permission).map_err(|why| {
            let message = format!("plug-in `{plugin}` cannot be granted \"{permission}\": a permission {why}");
            Error::new(abi::STATUS_INVALID_ARGUMENT, message).of_plugin(plugin)
        })?;
        self.0.entry(plugin.to_owned()).or_default().insert(permission.to_owned());
        Ok(())
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        for (plugin, permissions) in others.0 {
            self.0.entry(plugin).or_default().extend(permissions);
        }
    }

    /// Returns whether a permission is granted to a host module, by its name.
    pub fn allows(&self, module: &str, permission: &str) -> bool {
        self.0.get(module).is_some_and(|granted| granted.iter().any(|pattern| covers(pattern, permission)))
    }

    /// Returns what a plug-in is granted here or in `others`.
    pub fn of(&self, plugin: &str, others: &Self) -> BTreeSet<String> {
        let granted = [self, others].into_iter().filter_map(|grants| grants.0.get(plugin));
        granted.flatten().cloned().collect()
    }
}

/// The permissions of a plug-in in a context.
#[derive(Debug)]
pub struct Permissions {
    plugin: String,
    wanted: Vec<String>,
    granted: BTreeSet<String>,
}

impl Permissions {
    /// Determines the permissions of a plug-in.
    ///
    /// # Errors
    /// `STATUS_PLUGIN_PERMISSION` for a grant that covers nothing of what the plug-in requests, which the message lists.
    pub fn resolve(plugin: &str, wanted: &[String], granted: BTreeSet<String>) -> Result<Self> {
        let idle = |grant: &&String| *grant != "*" && !wanted.iter().any(|want| overlap(want, grant));
        if let Some(grant) = granted.iter().find(idle) {
            let requests = match wanted {
                [] => "it requests none".to_owned(),
                _ => format!("it requests {}", wanted.iter().map(|want| format!("`{want}`")).collect::<Vec<_>>().join(", ")),
            };
            let message =
                format!("plug-in `{plugin}` is granted the permission `{grant}`, which it does not request; {requests}");
            return Err(Error::new(abi::STATUS_PLUGIN_PERMISSION, message).of_plugin(plugin));
        }
        Ok(Self { plugin: plugin.to_owned(), wanted: wanted.to_vec(), granted })
    }

    /// Returns whether the permission is granted. The manifest bounds what a plug-in can be granted, also by `*`.
    pub fn has(&self, permission: &str) -> bool {
        let covered = |pattern: &String| covers(pattern, permission);
        self.wanted.iter().any(covered) && self.granted.iter().any(covered)
    }

    /// Formats why it is not granted, and what to do.
    pub fn refusal(&self, permission: &str) -> String {
        let plugin = &self.plugin;
        if !self.wanted.iter().any(|want| covers(want, permission)) {
            return format!(
                "needs the permission `{permission}`, which the manifest of plug-in `{plugin}` does not name; \
                 its author adds it to VM_PLUGIN_PERMISSIONS"
            );
        }
        format!(
            "needs the permission `{permission}`, which is not granted to plug-in `{plugin}` in this context; the host grants it \
             with VM_ContextGrantPermission(context, \"{plugin}\", \"{permission}\", …) before it registers the plug-in, or with \
             VM_PluginRegistryGrantPermission in all contexts"
        )
    }
}

/// Checks a required permission; the error describes a valid one.
pub fn check(permission: &str) -> Result<(), &'static str> {
    match permission {
        "" => Err("must not be empty"),
        _ if permission.len() > MAX_PERMISSION => Err("must have at most 1024 bytes"),
        _ if permission.contains(char::is_control) => Err("must not contain control characters"),
        _ => Ok(()),
    }
}

/// Checks a requested or granted permission, which may end in `*`; the error describes a valid one.
pub fn check_pattern(permission: &str) -> Result<(), &'static str> {
    check(permission)?;
    let stem = permission.strip_suffix('*').unwrap_or(permission);
    if stem.contains('*') { Err("must contain `*` only at its end") } else { Ok(()) }
}

/// Returns whether a requested or granted permission covers a required one.
pub fn covers(pattern: &str, permission: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => permission.starts_with(beginning),
        None => pattern == permission,
    }
}

/// Returns whether two of them may cover the same permission.
fn overlap(a: &str, b: &str) -> bool {
    let stem = |pattern: &'_ str| pattern.trim_end_matches('*').to_owned();
    covers(a, &stem(b)) || covers(b, &stem(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(wanted: &[&str], granted: &[&str]) -> Result<Permissions> {
        let (mut grants, wanted) = (Grants::default(), wanted.iter().map(|want| (*want).to_owned()).collect::<Vec<_>>());
        granted.iter().try_for_each(|grant| grants.add("p", grant))?;
        Permissions::resolve("p", &wanted, grants.of("p", &Grants::default()))
    }

    #[test]
    fn a_star_at_the_end_covers_all_that_begins_so() {
        for (pattern, permission, expected) in [
            ("process:exec", "process:exec", true),
            ("process:exec", "process:exec:git", false),
            ("process:exec:*", "process:exec:git", true),
            ("process:exec:*", "process:exec", false),
            ("process:exec:*", "process:execute", false),
            ("fs:read:/srv/*", "fs:read:/srv/a/b", true),
            ("*", "anything", true),
        ] {
            assert_eq!(covers(pattern, permission), expected, "{pattern} {permission}");
        }
    }

    #[test]
    fn only_what_is_wanted_and_granted_may_be_done() {
        let may = |wanted: &[&str], granted: &[&str], permission| permissions(wanted, granted).unwrap().has(permission);
        assert!(!may(&["a"], &[], "a"));
        assert!(may(&["a"], &["a"], "a"));
        assert!(may(&["a:*"], &["a:b"], "a:b") && !may(&["a:*"], &["a:b"], "a:c"));
        assert!(may(&["a:b"], &["a:*"], "a:b") && !may(&["a:b"], &["a:*"], "a:c"));
        assert!(may(&["a"], &["*"], "a") && !may(&["a"], &["*"], "b") && !may(&[], &["*"], "a"));
    }

    #[test]
    fn a_grant_that_is_not_wanted_is_an_error_that_names_what_is() {
        let message = |wanted: &[&str], grant| {
            let error = permissions(wanted, &[grant]).unwrap_err();
            assert_eq!((error.status(), error.plugin()), (abi::STATUS_PLUGIN_PERMISSION, Some("p")));
            error.message().to_owned()
        };
        assert!(message(&["a", "b:*"], "c").ends_with("`c`, which it does not request; it requests `a`, `b:*`"));
        assert!(message(&["b:*"], "b").ends_with("it requests `b:*`"));
        assert!(message(&[], "a").ends_with("it requests none"));
    }

    #[test]
    fn what_is_no_permission_is_refused() {
        for (text, why) in [("", "must not be empty"), ("a*b", "only at its end"), ("**", "only at its end"), ("a\nb", "control")]
        {
            let error = permissions(&["*"], &[text]).unwrap_err();
            assert_eq!(error.status(), abi::STATUS_INVALID_ARGUMENT);
            assert!(error.message().contains(why), "{}", error.message());
        }
        assert!(check(&"a".repeat(MAX_PERMISSION)).is_ok() && check(&"a".repeat(MAX_PERMISSION + 1)).is_err());
    }
}
