//! A child of `fork()` would wait forever for a lock that another thread held: before a fork all locks of the process are taken.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The statics that `hold_locks` of their module locks (src/capi/fork.rs), or that are initialized before; `DUMP` is locked with `REGISTRY`
/// only.
const HELD: [&str; 24] = [
    "ALL",
    "BEGINNING",
    "COMPILATIONS",
    "COMPILER",
    "CONTEXTS",
    "COPIES",
    "DEFAULT",
    "DUMP",
    "LIVING",
    "LOOP",
    "NONCE",
    "NUMBERS",
    "OPENED",
    "PARTS",
    "POOL",
    "PROCESS",
    "REGISTRY",
    "TIMERS",
    "TOKENS",
    "TURNS",
    "TYPES",
    "UNUSED",
    "WAITING",
    "WAITERS",
];

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().filter(|_| !path.ends_with("tests.rs") && !folder.ends_with("tests")) {
            let Some((name, ty)) =
                line.trim().trim_start_matches("pub ").strip_prefix("static ").and_then(|rest| rest.split_once(": "))
            else {
                continue;
            };
            if ["Mutex<", "RwLock<", "Lazy", "Once", "Numbers<"].iter().any(|lock| ty.contains(lock)) {
                found.insert(name.to_owned());
            }
        }
    }
}

#[test]
fn every_lock_of_the_process_is_held_at_a_fork() {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let held: BTreeSet<String> = HELD.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(found, held, "take a new lock in `hold_locks` of its room, which src/capi/fork.rs calls, and name it here");
}
