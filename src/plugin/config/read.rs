//! The keys of a configuration.
#![forbid(unsafe_code)]

use super::source::{Entry, Source, entries, kind};
use super::{Config, Limits, Names, PluginConfig};
use crate::limits::{RECURSION_DEPTHS, STACK_SIZES};
use crate::plugin::file::manifest::check_name;
use crate::plugin::options::OptionValue;
use crate::plugin::options::given::{Given, GivenOptions};
use crate::plugin::permissions::check_pattern;
use crate::plugin::registry::trust::Key;
use crate::status::Result;
use std::path::{Path, PathBuf};
use toml::de::DeValue;

const KEYS: &[&str] = &["plugin-directory", "state-file", "plugins", "limits", "plugin"];
const PLUGINS: &[&str] = &["allow", "deny", "order", "lock", "keys"];
const LIMITS: &[&str] = &["memory-bytes", "table-elements", "instances", "stack-bytes", "recursion-depth"];
const PLUGIN: &[&str] = &["permissions", "options"];

/// Reads a whole configuration; relative paths in it are relative to `base`.
pub(super) fn config(source: &Source<'_>, base: &Path) -> Result<Config> {
    let table = source.parse()?;
    let mut config = Config::default();
    for entry in entries(&table) {
        match entry.key {
            "plugin-directory" => config.directories = directories(source, entry, base)?,
            "state-file" => config.state_file = Some(path(source, entry, base)?),
            "plugins" => plugins(source, entry, base, &mut config)?,
            "limits" => config.limits = limits(source, entry)?,
            "plugin" => {
                for entry in source.table(entry)? {
                    if PLUGINS.contains(&entry.key) && !matches!(entry.value.get_ref(), DeValue::Table(_)) {
                        return Err(source.error(entry.at, &format!("`{}` stands in [plugins], not in [plugin]", entry.key)));
                    }
                    check(source, entry.key, entry.at)?;
                    config.plugins.insert(entry.key.to_owned(), plugin(source, entry)?);
                }
            }
            _ => return Err(source.unknown(entry, "at the top of the file", KEYS)),
        }
    }
    Ok(config)
}

fn plugins(source: &Source<'_>, table: Entry<'_>, base: &Path, config: &mut Config) -> Result<()> {
    let (mut deny_at, mut order_at) = (table.at, table.at);
    for entry in source.table(table)? {
        match entry.key {
            "allow" => config.allow = Some(plugin_names(source, entry)?),
            "deny" => {
                config.deny = Some(plugin_names(source, entry)?);
                deny_at = entry.at;
            }
            "order" => {
                config.order = Some(plugin_names(source, entry)?);
                order_at = entry.at;
            }
            "lock" => config.lock = Some(path(source, entry, base)?),
            "keys" => config.keys = keys(source, entry)?,
            name if matches!(entry.value.get_ref(), DeValue::Table(_)) => {
                let what =
                    format!("there is no table `{name}` in [plugins]; what is said of one plug-in stands in [plugin.{name}]");
                return Err(source.error(entry.at, &what));
            }
            _ => return Err(source.unknown(entry, "in [plugins]", PLUGINS)),
        }
    }
    if let (Some(_), Some(_)) = (&config.lock, &config.order) {
        return Err(source.error(order_at, "`order` cannot stand beside `lock`: the lock file has the order"));
    }
    let denied = |name: &&String| config.deny.as_ref().is_some_and(|deny| deny.items.contains(name));
    match config.allow.as_ref().and_then(|allow| allow.items.iter().find(denied)) {
        Some(both) => Err(source.error(deny_at, &format!("plug-in `{both}` is in `allow` and in `deny`; take it out of one"))),
        None => Ok(()),
    }
}

fn limits(source: &Source<'_>, table: Entry<'_>) -> Result<Limits> {
    let mut limits = Limits::default();
    let any = 0..=i64::MAX as u64;
    let whole = |entry, least: usize, most: usize| -> Result<Option<usize>> {
        Ok(usize::try_from(source.integer(entry, least as u64..=most as u64)?).ok())
    };
    for entry in source.table(table)? {
        match entry.key {
            "memory-bytes" => limits.memory_bytes = Some(source.integer(entry, any.clone())?),
            "table-elements" => limits.table_elements = Some(source.integer(entry, any.clone())?),
            "instances" => limits.instances = whole(entry, 0, isize::MAX as usize)?,
            "stack-bytes" => limits.stack_bytes = whole(entry, *STACK_SIZES.start(), *STACK_SIZES.end())?,
            "recursion-depth" => limits.recursion_depth = whole(entry, *RECURSION_DEPTHS.start(), *RECURSION_DEPTHS.end())?,
            _ => return Err(source.unknown(entry, "in [limits]", LIMITS)),
        }
    }
    Ok(limits)
}

fn plugin(source: &Source<'_>, table: Entry<'_>) -> Result<PluginConfig> {
    let mut made = PluginConfig { place: source.place(table.at), permissions: None, options: GivenOptions::new() };
    for entry in source.table(table)? {
        match entry.key {
            "permissions" => made.permissions = Some(names(source, entry, |text, at| permission(source, text, at))?),
            "options" => {
                for entry in source.table(entry)? {
                    let given = Given { value: option(source, entry)?, place: Some(source.place(entry.at)) };
                    made.options.insert(entry.key.to_owned(), given);
                }
            }
            _ => return Err(source.unknown(entry, &format!("in [plugin.{}]", table.key), PLUGIN)),
        }
    }
    Ok(made)
}

/// The value of an option. It may be a secret: messages tell what it is, not the value.
fn option(source: &Source<'_>, entry: Entry<'_>) -> Result<OptionValue> {
    let wrong = |what: &str| source.error(entry.value.span().start, &format!("option `{}` {what}", entry.key));
    Ok(match entry.value.get_ref() {
        DeValue::Boolean(value) => OptionValue::Bool(*value),
        DeValue::Integer(digits) => {
            let value = i64::from_str_radix(digits.as_str(), digits.radix());
            OptionValue::Integer(value.map_err(|_| wrong("is no integer of 64 bits"))?)
        }
        DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
            Ok(value) if value.is_finite() || !digits.as_str().contains(|letter: char| letter.is_ascii_digit()) => {
                OptionValue::Float(value)
            }
            _ => return Err(wrong("is no float of 64 bits")),
        },
        DeValue::String(_) => OptionValue::String(source.text(entry)?.to_owned()),
        DeValue::Array(items) => {
            if let Some(other) = items.iter().find(|item| !matches!(item.get_ref(), DeValue::String(_))) {
                let what = format!("option `{}` must be a list of texts; this item is {}", entry.key, kind(other.get_ref()));
                return Err(source.error(other.span().start, &what));
            }
            OptionValue::List(source.list(entry)?.into_iter().map(|(text, _)| text.to_owned()).collect())
        }
        other => return Err(wrong(&format!("must be a bool, a number, a text or a list of texts; it is {}", kind(other)))),
    })
}

fn keys(source: &Source<'_>, entry: Entry<'_>) -> Result<Vec<Key>> {
    let key = |(text, at): (&str, usize)| {
        Key::from_text(text).map_err(|error| source.error(at, &format!("an item of `keys` is {}", error.message())))
    };
    source.list(entry)?.into_iter().map(key).collect()
}

/// A list of names of plug-ins.
fn plugin_names(source: &Source<'_>, entry: Entry<'_>) -> Result<Names> {
    names(source, entry, |name, at| check(source, name, at))
}

/// A list of texts, each there once.
fn names(source: &Source<'_>, entry: Entry<'_>, check: impl Fn(&str, usize) -> Result<()>) -> Result<Names> {
    let mut items: Vec<String> = Vec::new();
    for (name, at) in source.list(entry)? {
        check(name, at)?;
        if name.trim().is_empty() {
            return Err(source.error(at, &format!("`{}` has an empty item; leave it out", entry.key)));
        }
        if items.iter().any(|other| other == name) {
            return Err(source.error(at, &format!("\"{name}\" stands in `{}` twice; once is enough", entry.key)));
        }
        items.push(name.to_owned());
    }
    Ok(Names { items, place: source.place(entry.at) })
}

fn permission(source: &Source<'_>, text: &str, at: usize) -> Result<()> {
    check_pattern(text).map_err(|why| source.error(at, &format!("{text:?} is no permission, which {why}")))
}

fn check(source: &Source<'_>, name: &str, at: usize) -> Result<()> {
    let what =
        || format!("{name:?} is no name of a plug-in, which has letters, digits, `-`, `_` and `.`, which is not its first");
    check_name(name).map(drop).map_err(|_| source.error(at, &what()))
}

fn directories(source: &Source<'_>, entry: Entry<'_>, base: &Path) -> Result<Vec<PathBuf>> {
    match entry.value.get_ref() {
        DeValue::String(_) => Ok(vec![path(source, entry, base)?]),
        DeValue::Array(_) => source.list(entry)?.into_iter().map(|(text, at)| place(source, entry.key, text, at, base)).collect(),
        _ => Err(source.wrong(entry, "a text or a list of texts")),
    }
}

fn path(source: &Source<'_>, entry: Entry<'_>, base: &Path) -> Result<PathBuf> {
    place(source, entry.key, source.text(entry)?, entry.value.span().start, base)
}

fn place(source: &Source<'_>, key: &str, text: &str, at: usize, base: &Path) -> Result<PathBuf> {
    if text.is_empty() {
        return Err(source.error(at, &format!("`{key}` is empty; give a path, or leave it out")));
    }
    if text == "~" || text.starts_with("~/") {
        return Err(source.error(at, &format!("`{key}` is \"{text}\", and `~` has no meaning here; write the whole path")));
    }
    Ok(base.join(text))
}
