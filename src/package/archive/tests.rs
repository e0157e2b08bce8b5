#![forbid(unsafe_code)]

use super::{Archive, Writer};

type File<'a> = (&'a str, &'a [u8]);

fn source<'a>(name: &'a str, bytes: &'a [u8]) -> File<'a> {
    (name, bytes)
}

fn write(files: &[File<'_>]) -> Vec<u8> {
    let mut writer = Writer::default();
    files.iter().for_each(|(name, bytes)| writer.add(name, bytes, false).unwrap());
    writer.finish()
}

fn refused(bytes: Vec<u8>) -> String {
    Archive::read(bytes).err().expect("it is refused")
}

/// Replaces bytes that occur once.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old).expect("it is there");
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[test]
fn what_is_written_is_read() {
    let long = "all work and no play ".repeat(1000).into_bytes();
    let files = [source("a.so", b"\x7fELF"), source("data/ä b", &long), source("empty", b"")];
    let bytes = write(&files);
    assert_eq!(bytes, write(&files));
    assert!(bytes.len() < 1000);
    let archive = Archive::read(bytes).unwrap();
    assert_eq!(archive.entries().iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["a.so", "data/ä b", "empty"]);
    for (name, bytes) in files {
        assert_eq!(archive.unpack(archive.find(name).unwrap()).unwrap(), bytes);
    }
    assert!(archive.find("data").is_none());
    assert!(Archive::read(write(&[])).unwrap().entries().is_empty());
}

#[test]
fn every_truncation_is_refused() {
    let bytes = write(&[source("a", b"some text"), source("b/c", &[7; 400])]);
    for size in 0..bytes.len() {
        let why = refused(bytes[..size].to_vec());
        assert!(why.contains("truncated") || why.contains("is empty") || why.contains("not a zip"), "{size}: {why}");
    }
    for size in 1..100 {
        let why = refused([&bytes[..], &vec![b'x'; size]].concat());
        assert!(why.contains(&format!("has {size} byte")) && why.contains("after its end"), "{size}: {why}");
    }
    assert!(refused([&[b'x'; 100][..], &bytes].concat()).contains("has 100 bytes before its files"));
}

#[test]
fn no_changed_byte_is_believed() {
    let text = "text that is compressed, text that is compressed";
    let bytes = write(&[source("a", text.as_bytes()), source("b/c", b"stored")]);
    let ignored = |changed: &Archive| {
        let entry = |name: &str| changed.find(name).map(|entry| changed.unpack(entry));
        entry("a") == Some(Ok(text.as_bytes().to_vec())) && entry("b/c") == Some(Ok(b"stored".to_vec()))
    };
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            // Versions, times and attributes are not used.
            if let Ok(archive) = Archive::read(changed) {
                let failed = archive.entries().iter().any(|entry| archive.unpack(entry).is_err());
                assert!(failed || ignored(&archive), "byte {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn names_are_one_thing_on_every_system() {
    let read = |names: &[&str]| {
        let files: Vec<_> = names.iter().map(|name| source(name, b"")).collect();
        // Without attributes, which say that all are files.
        let mut bytes = write(&files);
        for at in 0..bytes.len() - 4 {
            if bytes[at..at + 4] == (0o100_644_u32 << 16).to_le_bytes() {
                bytes[at..at + 4].fill(0);
            }
        }
        Archive::read(bytes).map(drop)
    };
    read(&["a/b", "a/c", "a.b", "ä", "日本", "a b", "...a", "lpt", "d/", "d/e/", "com10", "conx", "-"]).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["../a"], "`../a` whose name contains `..`: it would lead out"),
        (&["a/../../b"], "whose name contains `..`"),
        (&["./a"], "whose name contains `.`"),
        (&["/etc/passwd"], "whose name is an absolute path"),
        (&["//server/a"], "whose name is an absolute path"),
        (&["C:/a"], "whose name begins with a drive letter"),
        (&["c:a"], "whose name begins with a drive letter"),
        (&["a\\b"], "whose name contains a backslash"),
        (&["..\\a"], "whose name contains a backslash"),
        (&["a\0b"], "`a\\u{0}b` whose name contains a control character"),
        (&["a\nb"], "`a\\nb` whose name contains a control character"),
        (&["a\u{9b}b"], "whose name contains a control character"),
        (&["a//b"], "whose name has an empty part"),
        (&[""], "whose name has an empty part"),
        (&["a."], "whose name ends with a dot or a space"),
        (&["a /b"], "whose name ends with a dot or a space"),
        (&["a:b:c"], "whose name begins with a drive letter"),
        (&["ab:c"], "whose name contains one of `< >"),
        (&["what?"], "whose name contains one of `< >"),
        (&["x/NUL"], "whose name is that of a device on Windows"),
        (&["Com1.txt"], "whose name is that of a device on Windows"),
        (&["lpt²"], "whose name is that of a device on Windows"),
        (&["aux .c"], "whose name is that of a device on Windows"),
        (&[".libvm-package"], "whose name begins with `.libvm`"),
        (&["x/.LIBVM"], "whose name begins with `.libvm`"),
        (&["a", "a"], "two entries with the name `a`"),
        (&["a/", "a/"], "two entries with the name `a`"),
        (&["a", "a/"], "`a` that is both a file and a folder"),
        (&["a", "a/b"], "`a` that is both a file and a folder"),
        (&["a/b", "a"], "`a` that is both a file and a folder"),
        (&["Read", "read"], "`Read` and `read`, which are one file"),
        (&["DATA/a", "data/b"], "`DATA` and `data`, which are one file"),
        (&["\u{e4}", "a\u{308}"], "which are one file"),
        (&["STRASSE", "stra\u{df}e"], "which are one file"),
        (&["\u{212b}", "\u{e5}"], "which are one file"),
    ];
    for (names, expected) in cases {
        let why = read(names).expect_err(&format!("{names:?}"));
        assert!(why.contains(expected), "{names:?}: {why}");
    }
    assert!(read(&[&("a/".repeat(16) + "b")]).unwrap_err().contains("more than 16 folders deep"));
    read(&[&"a".repeat(512)]).unwrap();
    assert!(Writer::default().add(&"a".repeat(513), b"", false).unwrap_err().contains("names of 512 bytes"));
}

#[test]
fn what_two_tools_would_read_differently_is_refused() {
    let bytes = write(&[source("one", b"11"), source("two", b"22")]);
    // The name in the local header only.
    assert!(refused(replaced(&bytes, b"one", b"owe")).contains("whose name is another one in its header"));
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let mut changed = bytes.clone();
    // The offset of the first record becomes that of the second.
    let second = bytes[1..].windows(4).position(|window| window == b"PK\x03\x04").unwrap() as u8 + 1;
    changed[directory + 42] = second;
    let why = refused(changed);
    assert!(why.contains("before its files"), "{why}");
    let mut changed = bytes.clone();
    // Both records have the first entry.
    let other = directory + 46 + 3;
    changed[other + 42] = 0;
    let why = refused(changed);
    assert!(why.contains("overlaps another one"), "{why}");
}
