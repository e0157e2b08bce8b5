//! Replays the fuzzers' corpora: each input once brought something new to light, or once broke something.

use std::path::PathBuf;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{} has only {} inputs", folder.display(), files.len());
    for file in files {
        // Shown when an input fails; with `-- --nocapture` also when it takes the process with it.
        eprintln!("{}", file.display());
        target(&std::fs::read(&file).expect("the file can be read"));
    }
}

#[test]
fn modules() {
    replay("module", libvm_fuzz_targets::module);
}

/// The same bytes in each run.
fn random(state: &mut u64) -> impl Iterator<Item = u8> {
    std::iter::repeat_with(|| {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 56) as u8
    })
}

/// Generated modules do the same with backtraces as without.
#[test]
fn modules_of_random_bytes() {
    let mut state = 1u64;
    for round in 0..200u8 {
        let mut bytes = vec![2 | round & 1];
        bytes.extend(random(&mut state).take(4000));
        libvm_fuzz_targets::module(&bytes);
    }
}

/// Says so where there is no compiler.
#[cfg(feature = "compiled")]
fn can_compile() -> bool {
    use std::io::Write;
    let can = libvm_fuzz_targets::can_compile();
    if !can {
        let _ = writeln!(std::io::stderr(), "SKIPPED: modules on both engines: the compiler is not beside the tests");
    }
    can
}

#[test]
#[cfg(feature = "compiled")]
fn engines() {
    if can_compile() {
        replay("engines", libvm_fuzz_targets::engines);
    }
}

/// Generated modules do the same on both engines. `LIBVM_TEST_MODULES` is the number of modules, `LIBVM_TEST_SEED` the first seed.
#[test]
#[cfg(feature = "compiled")]
fn engines_on_random_bytes() {
    if !can_compile() {
        return;
    }
    let number = |name, default| std::env::var(name).ok().map_or(default, |text| text.parse::<u64>().expect("a number"));
    let first = number("LIBVM_TEST_SEED", 1);
    for seed in first..first + number("LIBVM_TEST_MODULES", 200) {
        // Shown when it fails: LIBVM_TEST_SEED of this one.
        eprintln!("seed {seed}");
        let mut state = seed;
        let size = 500 + seed as usize % 8 * 500;
        let bytes: Vec<u8> = random(&mut state).skip(16).take(size).collect();
        libvm_fuzz_targets::engines(&bytes);
    }
}

#[test]
fn manifests() {
    replay("manifest", libvm_fuzz_targets::manifest);
}

#[test]
fn signatures() {
    replay("signature", libvm_fuzz_targets::signature);
}

#[test]
#[cfg(feature = "compiled")]
fn compiled_code() {
    replay("code", libvm_fuzz_targets::code);
}

#[test]
fn configurations() {
    replay("config", libvm_fuzz_targets::config);
}

#[test]
fn packages() {
    replay("package", libvm_fuzz_targets::package);
}

/// Archives of the corpus with some other bytes, most of which are refused.
#[test]
fn packages_with_changed_bytes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus/package");
    let mut state = 1u64;
    let mut next = |most: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % most
    };
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let bytes = std::fs::read(entry.expect("the folder can be read").path()).expect("the file can be read");
        for _ in 0..300 {
            let mut changed = bytes.clone();
            for _ in 0..1 + next(4) {
                let at = next(changed.len());
                changed[at] = if next(3) == 0 { 0xff } else { next(256) as u8 };
            }
            libvm_fuzz_targets::package(&changed);
        }
    }
}

#[test]
fn sequences_of_calls() {
    replay("capi", libvm_fuzz_targets::capi);
}
