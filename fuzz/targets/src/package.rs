//! Packages: archives, and the texts in them.

use libvm_abi as abi;
use std::collections::HashSet;
use std::path::Path;
use vm::json::Json;
use vm::limits::MAX_PACKAGE_FILE;
use vm::package::archive::Archive;
use vm::package::{Info, Package};
use vm::plugin::registry::trust::sums::Sums;

/// Reads the bytes as an archive, as a package, as a description and as a list of hashes.
pub fn package(data: &[u8]) {
    match Archive::read(data.to_vec()) {
        Ok(archive) => unpack(&archive),
        Err(why) => assert!(why.len() > 5, "{why}"),
    }
    if let Err(error) = Package::of_bytes(data.to_vec(), Path::new("/p.zip"), &mut |_| Ok(())) {
        assert!(error.status() < 0 && error.status() != abi::STATUS_INTERNAL, "{}", error.message());
        assert!(error.message().contains("/p.zip"), "{}", error.message());
    }
    match Json::parse(data, "p.json", abi::STATUS_BAD_PACKAGE) {
        Ok(json) => {
            let text = json.to_text();
            let again = Json::parse(text.as_bytes(), "p.json", abi::STATUS_BAD_PACKAGE).expect("it was written just now");
            assert_eq!(again.to_text(), text);
            drop(Info::from_json(&json));
        }
        Err(error) => assert!(error.message().starts_with("p.json:"), "{}", error.message()),
    }
    if let Ok(sums) = Sums::parse(data) {
        assert_eq!(Sums::parse(sums.to_text().as_bytes()).as_ref(), Ok(&sums));
    }
}

/// Files have the sizes that are stated, and names that lead to one place below a directory.
fn unpack(archive: &Archive) {
    let mut names = HashSet::new();
    for entry in archive.entries() {
        let name = &entry.name;
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        assert!(name.split('/').all(is_plain) && names.insert(name.to_lowercase()), "{name:?}");
        assert!(entry.size <= MAX_PACKAGE_FILE, "{name:?}");
        match archive.unpack(entry) {
            Ok(bytes) => assert_eq!(bytes.len(), entry.size),
            Err(why) => assert!(why.contains("is damaged"), "{why}"),
        }
        assert!(archive.find(name).is_some_and(|found| std::ptr::eq(found, entry)));
    }
}
