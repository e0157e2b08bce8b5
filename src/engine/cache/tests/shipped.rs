//! Files of hosts that ship compiled code.
#![forbid(unsafe_code)]

use super::*;

#[test]
fn shipped_code_names_what_is_wrong() {
    let scratch = Scratch::new();
    let path = scratch.0.join("module.code");
    let code = code_of(&key(1), 5000);
    write_shipped(&path, &key(1), ID, &code).unwrap();
    assert_eq!(bytes(read_shipped(&path, &[key(7), key(1)], ID, |_| None).unwrap()), code);
    let other = |found: &Key| (*found == key(1)).then(|| "with fuel".to_owned());
    let fails = |key: &Key, id: &str, status: abi::Status, text: &str| {
        let error = read_shipped(&path, &[*key], id, other).err().unwrap();
        assert_eq!(error.status(), status, "{}", error.message());
        assert!(error.message().contains(text), "{}", error.message());
        assert_eq!(error.path(), Some(&*path));
    };
    let versions = "it was compiled by \"libvm 0 for tests\", and this is \"libvm 1\"; compile it again";
    fails(&key(1), "libvm 1", abi::STATUS_UNSUPPORTED, versions);
    fails(
        &key(2),
        ID,
        abi::STATUS_INVALID_ARGUMENT,
        "it was compiled with fuel, unlike the modules of this engine; compile it again",
    );
    write_shipped(&path, &key(3), ID, &code).unwrap();
    fails(&key(2), ID, abi::STATUS_INVALID_ARGUMENT, "it was compiled from another module, or with other proposals or limits");
    write_shipped(&path, &key(1), ID, &code).unwrap();
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, bad).unwrap();
        fails(&key(1), ID, abi::STATUS_BAD_MODULE, "cannot load the compiled code");
    }
    fs::write(&path, &good[..good.len() - 1]).unwrap();
    fails(&key(1), ID, abi::STATUS_BAD_MODULE, "and not what its header says");
    fs::write(&path, &good[..20]).unwrap();
    fails(
        &key(1),
        ID,
        abi::STATUS_BAD_MODULE,
        "it is truncated; compile the module again (VM_ModuleSaveCompiled, libvm compile)",
    );
    for other in [&b"\0asm\x01\0\0\0"[..], &[7; 5000]] {
        fs::write(&path, other).unwrap();
        fails(&key(1), ID, abi::STATUS_BAD_MODULE, "it does not contain compiled code");
    }
    // That of a cache is for this cache only.
    let cache = scratch.open(1 << 20);
    store(&cache, 1, 5000);
    fs::rename(cache.directory.path_of(&key(1)), &path).unwrap();
    fails(&key(1), ID, abi::STATUS_BAD_MODULE, "it was made for another purpose");
    fs::remove_file(&path).unwrap();
    fails(&key(1), ID, abi::STATUS_FILE_NOT_FOUND, "module.code");
    fs::create_dir(&path).unwrap();
    fails(&key(1), ID, abi::STATUS_BAD_MODULE, "it is a directory");
    assert_eq!(write_shipped(Path::new(""), &key(1), ID, &code).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
    let missing = scratch.0.join("no/such");
    assert_eq!(write_shipped(&missing, &key(1), ID, &code).unwrap_err().status(), abi::STATUS_FILE_NOT_FOUND);
}
