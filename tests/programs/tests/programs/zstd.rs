//! zstd on files.
use libvm_programs::compile::{Built, Program};
use libvm_programs::guest::folder;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const ZSTD: Program = Program {
    name: "zstd",
    sources: &[
        ("zstd-sys", "zstd/lib/common/*.c"),
        ("zstd-sys", "zstd/lib/compress/*.c"),
        ("zstd-sys", "zstd/lib/decompress/*.c"),
    ],
    includes: &[("zstd-sys", "zstd/lib")],
    flags: &["-DZSTD_DISABLE_ASM=1"],
    wasi_flags: &[],
};

fn zstd() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| ZSTD.build(Path::new(env!("CARGO_TARGET_TMPDIR")), crate::TIER))
}

/// Two folders with the same files: text, what does not compress, zeros, nothing.
fn folders(name: &str) -> [PathBuf; 2] {
    let text: String = (0..6000).map(|line| format!("{line}: {} lies at {:x}\n", line % 37, line * line)).collect();
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(150_000)
    .collect();
    ["wasm", "native"].map(|build| {
        let folder = folder(Path::new(env!("CARGO_TARGET_TMPDIR")), &format!("zstd-{name}-{build}-{:?}", crate::TIER));
        let files: [(&str, &[u8]); 4] = [("text", text.as_bytes()), ("noise", &noise), ("zeros", &[0; 300_000]), ("empty", &[])];
        files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
        folder
    })
}

#[test]
fn files_are_compressed_to_the_same_bytes_and_come_back() {
    if crate::TIER.is_missing() {
        return;
    }
    let [wasm, native] = folders("files");
    let read = |folder: &Path, name: &str| fs::read(folder.join(name)).unwrap();
    for file in ["text", "noise", "zeros", "empty"] {
        for level in ["1", "3", "19"] {
            let (path, packed, back) = (format!("/data/{file}"), format!("{file}.{level}.zst"), format!("{file}.back"));
            let (packed_path, back_path) = (format!("/data/{packed}"), format!("/data/{back}"));
            let ran = zstd().run_both(&[level, &path, &packed_path], b"", &wasm, &native);
            assert_eq!(ran.exit_code, 0, "{ran:?}");
            assert!(read(&wasm, &packed) == read(&native, &packed), "{packed} differs");
            // Each reads what the other wrote.
            let ran = zstd().run_both(&["0", &packed_path, &back_path], b"", &native, &wasm);
            assert_eq!(ran.exit_code, 0, "{ran:?}");
            assert!(read(&wasm, &back) == read(&wasm, file) && read(&native, &back) == read(&wasm, file), "{back} differs");
        }
    }
    let size = |name: &str| read(&wasm, name).len();
    assert!(size("text.19.zst") < size("text.1.zst") && size("text.1.zst") < size("text") / 2);
    assert!(size("noise.19.zst") > size("noise") && size("zeros.1.zst") < 100);
}

#[test]
fn damaged_files_are_refused_in_the_same_words() {
    if crate::TIER.is_missing() {
        return;
    }
    let [wasm, native] = folders("damaged");
    assert_eq!(zstd().run_both(&["3", "/data/text", "/data/whole.zst"], b"", &wasm, &native).exit_code, 0);
    let whole = fs::read(wasm.join("whole.zst")).unwrap();
    let (mut flipped, mut magic) = (whole.clone(), whole.clone());
    *flipped.last_mut().unwrap() ^= 1;
    magic[0] ^= 1;
    for (bytes, message) in [
        (&whole[..whole.len() / 2], "decompress: the file is truncated\n"),
        (&flipped[..], "decompress: Restored data doesn't match checksum\n"),
        (&magic[..], "decompress: Unknown frame descriptor\n"),
    ] {
        [&wasm, &native].into_iter().for_each(|folder| fs::write(folder.join("bad.zst"), bytes).unwrap());
        let ran = zstd().run_both(&["0", "/data/bad.zst", "/data/back"], b"", &wasm, &native);
        assert_eq!((ran.exit_code, ran.errors.as_str()), (1, message));
    }
    assert_eq!(zstd().run_both(&["3", "/data/none", "/data/none.zst"], b"", &wasm, &native).errors, "3: cannot be read\n");
}
