//! A manifest as one line of text, from which it is read again.
#![forbid(unsafe_code)]

use crate::plugin::file::manifest::{KNOWN_SIZE, Manifest};
use crate::status::Result;
use libvm_abi::{self as abi, PluginManifest};
use std::borrow::Cow;
use std::mem::offset_of;

/// Where a field begins, and where the next one does.
macro_rules! field {
    ($field:ident..$next:ident) => {
        (offset_of!(PluginManifest, $field), offset_of!(PluginManifest, $next))
    };
}

const NUMBERS: [usize; 4] = [
    offset_of!(PluginManifest, abi_major),
    offset_of!(PluginManifest, abi_minor_built),
    offset_of!(PluginManifest, abi_minor_required),
    offset_of!(PluginManifest, flags),
];

const TEXTS: [(usize, usize); 8] = [
    field!(name..version),
    field!(version..description),
    field!(description..license),
    field!(license..modules),
    field!(modules..depends),
    field!(depends..permissions),
    field!(permissions..host_version),
    (offset_of!(PluginManifest, host_version), KNOWN_SIZE),
];

/// The position of the wasm modules among the fields of a line.
const MODULES: usize = NUMBERS.len() + 4;

/// Formats a manifest of this ABI: its fields, separated by tabs.
pub fn write(manifest: &Manifest) -> String {
    let bytes = &manifest.bytes;
    let part = |begin: usize, end: usize| bytes.get(begin..end.min(bytes.len())).unwrap_or_default();
    let number = |at: &usize| part(*at, at + 4).try_into().map_or(0, u32::from_ne_bytes).to_string();
    let text = |(begin, end): &(usize, usize)| {
        let field = part(*begin, *end);
        let field = &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())];
        escaped(&String::from_utf8_lossy(field)).into_owned()
    };
    let fields: Vec<String> = NUMBERS.iter().map(number).chain(TEXTS.iter().map(text)).collect();
    fields.join("\t")
}

/// Reads a manifest that was formatted; `place` as in [`Manifest::parse`].
///
/// # Errors
/// Those of [`Manifest::parse`], also for a line that is none.
pub fn read(line: &str, place: &str) -> Result<Manifest> {
    let mut bytes = vec![0; KNOWN_SIZE];
    let mut fields = line.split('\t');
    let mut put = |at: usize, most: usize, content: &[u8]| {
        // What does not fit ends without a NUL, which parsing finds.
        let size = content.len().min(most);
        bytes[at..at + size].copy_from_slice(&content[..size]);
    };
    put(offset_of!(PluginManifest, size), 4, &(KNOWN_SIZE as u32).to_ne_bytes());
    put(offset_of!(PluginManifest, magic), 8, &abi::MAGIC);
    for at in NUMBERS {
        let number = fields.next().and_then(|field| field.parse().ok()).unwrap_or(u32::MAX);
        put(at, 4, &number.to_ne_bytes());
    }
    for (begin, end) in TEXTS {
        put(begin, end - begin, unescaped(fields.next().unwrap_or_default()).as_bytes());
    }
    Manifest::parse(&bytes, place)
}

/// Returns whether the plug-in of a line may provide a wasm module.
pub fn offers(line: &str, module: &str) -> bool {
    let mut fields = line.split('\t').skip(NUMBERS.len());
    let name = fields.next().unwrap_or_default();
    let modules = unescaped(fields.nth(MODULES - NUMBERS.len() - 1).unwrap_or_default());
    let mut modules = modules.split(',').map(str::trim).filter(|name| !name.is_empty()).peekable();
    if modules.peek().is_none() { name == module } else { modules.any(|name| name == module) }
}

/// Replaces what separates fields and lines.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', '\t', '\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let replaced = text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
    Cow::Owned(replaced)
}

/// Reverts `escaped`.
pub fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut made = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        made.push(match letter {
            '\\' => match letters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            letter => letter,
        });
    }
    Cow::Owned(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, modules: &str) -> String {
        let (major, minor) = (abi::ABI_MAJOR, abi::ABI_MINOR);
        [&major.to_string(), &minor.to_string(), "0", "0", name, "1.2", "Text", "MIT", modules, "store >=1 <2", "", ""].join("\t")
    }

    #[test]
    fn a_manifest_is_written_and_read() {
        let line = line("zip", "zip, zip.raw");
        let manifest = read(&line, "in x").unwrap();
        assert_eq!(
            (manifest.title(), &*manifest.modules),
            ("plug-in `zip` 1.2".to_owned(), &["zip".to_owned(), "zip.raw".to_owned()][..])
        );
        assert_eq!(manifest.depends[0].to_string(), "`store` >=1, <2");
        manifest.check("in x").unwrap();
        assert_eq!(write(&manifest), line);
    }

    #[test]
    fn what_is_not_a_manifest_is_refused() {
        let long = "x".repeat(64);
        for bad in [String::new(), "1\t2".to_owned(), line("", ""), line("a/b", ""), line(&long, ""), line("a\\tb", "")] {
            assert!(read(&bad, "in x").and_then(|manifest| manifest.check("in x")).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_modules_of_a_line() {
        for (name, modules, module, expected) in [
            ("zip", "", "zip", true),
            ("zip", "", "zi", false),
            ("zip", "a, b", "b", true),
            ("zip", "a, b", "zip", false),
            ("zip", "a", "", false),
        ] {
            assert_eq!(offers(&line(name, modules), module), expected, "{name} {modules} {module}");
        }
        assert!(!offers("", "zip") && offers("", ""));
    }

    #[test]
    fn separators_are_escaped() {
        for text in ["plain", "a\tb\nc\rd\\e", "\\t", "\\", "é\\"] {
            let escaped = escaped(text).into_owned();
            assert!(!escaped.contains(['\t', '\n', '\r']));
            assert_eq!(unescaped(&escaped), text);
        }
    }
}
