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

/// The position of the wasm modules among the texts.
const MODULES: usize = 4;

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

/// Returns a text of a line.
fn text(line: &str, index: usize) -> Cow<'_, str> {
    unescaped(line.split('\t').nth(NUMBERS.len() + index).unwrap_or_default())
}

/// Returns the name of the plug-in of a line.
pub fn name(line: &str) -> String {
    text(line, 0).into_owned()
}

/// Returns the version of the plug-in of a line.
pub fn version(line: &str) -> String {
    text(line, 1).into_owned()
}

/// Returns the wasm modules that the plug-in of a line may provide: one that names none may have one with its own name.
pub fn modules(line: &str) -> Vec<String> {
    let named = text(line, MODULES);
    let named: Vec<String> = named.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if named.is_empty() { vec![name(line)] } else { named }
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
    fn parts_of_a_line() {
        for (modules, expected) in [("", &["zip"][..]), ("a, b,", &["a", "b"]), ("a", &["a"])] {
            let line = line("zip", modules);
            assert_eq!((&*name(&line), &*version(&line)), ("zip", "1.2"));
            assert_eq!(super::modules(&line), expected);
        }
        assert_eq!((name(""), super::modules("1\t2")), (String::new(), vec![String::new()]));
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
