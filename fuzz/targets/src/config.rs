//! Configurations.

use libvm_abi as abi;
use std::collections::BTreeSet;
use std::path::Path;
use vm::config::Config;
use vm::plugin::{PluginRegistry, Policy};

/// Takes the bytes as a configuration: what is accepted must keep its own rules, and can be applied; what is refused must be
/// refused at a place that there is.
pub fn config(data: &[u8]) {
    let config = match Config::from_bytes(data, Some(Path::new("/base"))) {
        Ok(config) => config,
        Err(error) => return judge(data, error.status(), error.message()),
    };
    let settings = &config.plugins;
    let paths = settings.directories.iter().chain(&settings.state_file).chain(&settings.lock);
    assert!(paths.clone().all(|path| path.is_absolute()), "{config:?}");
    for list in [&settings.allow, &settings.deny, &settings.order].into_iter().flatten() {
        assert_eq!(list.items.iter().collect::<BTreeSet<_>>().len(), list.items.len(), "{list:?}");
        assert!(list.items.iter().chain(settings.tables.keys()).all(|name| !name.is_empty() && !name.contains('/')), "{list:?}");
    }
    let registry = PluginRegistry::new(Policy::Any, Vec::new());
    match config.apply_to_registry(&registry) {
        Ok(()) => assert!(config.apply_to_registry(&registry).is_ok()),
        Err(error) => assert!(error.message().len() > 10 && error.status() != abi::STATUS_INTERNAL, "{error}"),
    }
}

fn judge(data: &[u8], status: abi::Status, message: &str) {
    if data.len() > 1 << 20 {
        return assert_eq!(status, abi::STATUS_LIMIT);
    }
    assert_eq!(status, abi::STATUS_BAD_CONFIG);
    let place = message.strip_prefix("configuration:").expect("the message begins with what it is about");
    let mut parts = place.splitn(3, ':').map(|part| part.parse::<usize>());
    let (Some(Ok(line)), Some(Ok(column))) = (parts.next(), parts.next()) else {
        return assert!(message.contains("too many dots in a key"), "{message}");
    };
    let found = data.split(|byte| *byte == b'\n').nth(line - 1).unwrap_or_else(|| panic!("there is no such line: {message}"));
    assert!((1..=found.len() + 1).contains(&column), "there is no such column: {message}");
}
