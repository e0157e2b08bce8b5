//! Installing a package, beside unpacking the same file with `unzip`.
use super::c_path;
use libvm_bench::race::median;
use libvm_bench::table::{Table, number, ratio};
use std::ffi::c_char;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

unsafe extern "C" {
    fn packages_build(folder: *const c_char, archive: *const c_char);
    fn packages_install(root: *const c_char, archive: *const c_char);
}

/// The size that the package should have, in bytes.
const SIZE: u64 = 10 << 20;

/// Where a file system in memory is on Linux.
const MEMORY: &str = "/dev/shm";

/// Installs and unpacks, on the disk of a folder and in memory. The package is made of the plug-ins in another folder.
pub fn install(folder: &Path, plugins: &Path, rounds: usize) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot prepare the package in {}: {error}", folder.display());
    let archive = package(folder, plugins).map_err(failed)?;
    let size = archive.metadata().map_err(failed)?.len() as f64 / 1e6;
    println!("### Installing a package of {size:.1} MB\n");
    let mut table = Table::new(&["", "install, ms", "`unzip`, ms", "ratio", "`unzip` and fsync, ms", "ratio"]);
    row(&mut table, "on a disk", &archive, folder, rounds)?;
    if Path::new(MEMORY).is_dir() {
        let place = PathBuf::from(MEMORY).join(format!("libvm-bench-{}", std::process::id()));
        fs::create_dir_all(&place).map_err(failed)?;
        let done = row(&mut table, "in memory", &archive, &place, rounds);
        let _ = fs::remove_dir_all(&place);
        done?;
    }
    println!("{table}");
    Ok(())
}

/// Adds a row: medians, and medians of the ratios within a round.
fn row(table: &mut Table, title: &str, archive: &Path, folder: &Path, rounds: usize) -> Result<(), String> {
    let [root, bare] = ["packages", "unpacked"].map(|name| folder.join(name));
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    // The first round brings all into memory.
    for round in 0..=rounds {
        for (way, times) in times.iter_mut().enumerate() {
            for left in [&root, &bare] {
                let _ = fs::remove_dir_all(left);
            }
            let start = Instant::now();
            match way {
                // SAFETY: paths that are there while the function runs.
                0 => unsafe { packages_install(c_path(&root).as_ptr(), c_path(archive).as_ptr()) },
                _ => unzip(archive, &bare)?,
            }
            if way == 2 {
                sync(&bare).map_err(|error| format!("cannot synchronize {}: {error}", bare.display()))?;
            }
            if round > 0 {
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let [installed, ref unzipped, ref synced] = times;
    let against = |other: &[f64]| ratio(Some(median(installed.iter().zip(other).map(|(own, other)| own / other).collect())));
    let milliseconds = |times: &[f64]| number(Some(median(times.to_vec()) * 1e3));
    table.row([
        title.to_owned(),
        milliseconds(&installed),
        milliseconds(unzipped),
        against(unzipped),
        milliseconds(synced),
        against(synced),
    ]);
    Ok(())
}

fn unzip(archive: &Path, into: &Path) -> Result<(), String> {
    let status = Command::new("unzip").arg("-q").arg(archive).arg("-d").arg(into).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("unzip: {status}")),
        Err(error) => Err(format!("cannot run unzip: {error}")),
    }
}

/// Waits until all files in a folder are on the disk.
fn sync(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::read_dir(path)?.try_for_each(|entry| sync(&entry?.path()))?;
    }
    File::open(path)?.sync_all()
}

/// Builds the package: a plug-in, and as data the code of large plug-ins in files of 1 MiB, of which no two are the same.
fn package(folder: &Path, plugins: &Path) -> io::Result<PathBuf> {
    let (source, archive) = (folder.join("source"), folder.join("package.zip"));
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(source.join("data"))?;
    fs::copy(plugins.join("first.so"), source.join("first.so"))?;
    let code = fs::read(plugins.join("regex.so"))?;
    let mut copies = 0_u8;
    while !archive.exists() || archive.metadata()?.len() < SIZE {
        for (piece, bytes) in code.chunks(1 << 20).enumerate() {
            // As compressible as the original.
            let other: Vec<u8> = bytes.iter().map(|byte| byte ^ copies).collect();
            fs::write(source.join(format!("data/{copies}-{piece}")), other)?;
        }
        copies += 1;
        let _ = fs::remove_file(&archive);
        // SAFETY: paths that are there while the function runs.
        unsafe { packages_build(c_path(&source).as_ptr(), c_path(&archive).as_ptr()) };
    }
    Ok(archive)
}
