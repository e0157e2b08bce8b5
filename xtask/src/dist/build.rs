//! Building and staging with CMake.
use super::{Source, elf, empty, files_below, linked};
use crate::cmake::{self, setting};
use crate::{Result, command, root, target};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where files are installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Into a prefix that can be moved, with `lib`.
    Prefix,
    /// Below `/usr`, with `lib/<multiarch>`.
    Debian,
    /// As `Prefix`, the libraries alone, without cargo's default features.
    Minimal,
}

/// Arguments of programs that compress.
pub struct Compression {
    pub gzip: &'static str,
    pub dpkg_deb: &'static [&'static str],
}

/// A build folder of CMake.
pub struct Build {
    folder: PathBuf,
    /// Where components are staged.
    stage: PathBuf,
    cargo: PathBuf,
    layout: Layout,
    source: Source,
    /// The library folder below the prefix.
    pub libdir: String,
}

impl Build {
    /// Names the folders, and asks the compiler for Debian's name of this machine.
    pub fn new(layout: Layout, work: &Path, source: Source) -> Result<Self> {
        let (name, libdir) = match layout {
            Layout::Prefix => ("prefix", "lib".to_owned()),
            Layout::Debian => ("debian", format!("lib/{}", multiarch()?)),
            Layout::Minimal => ("minimal", "lib".to_owned()),
        };
        let cargo = match (layout, source) {
            // One of its own: a library with other features would take the place of that of the others.
            (Layout::Minimal, _) => work.join("cargo-minimal"),
            (_, Source::Reproducible) => work.join("cargo"),
            (_, Source::Release | Source::Debug) => target(),
        };
        Ok(Self { folder: work.join(name), stage: work.join(format!("{name}-stage")), cargo, layout, source, libdir })
    }

    /// Configures and builds.
    pub fn run(&self) -> Result {
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(root()).arg("-B").arg(&self.folder).args(["-G", cmake::generator()]);
        let kind = if self.source == Source::Debug { "Debug" } else { "Release" };
        configure
            .arg(format!("-DCMAKE_BUILD_TYPE={kind}"))
            .arg("-DCMAKE_INSTALL_PREFIX=/usr")
            .arg(format!("-DCMAKE_INSTALL_LIBDIR={}", self.libdir))
            .arg(setting("LIBVM_CARGO_TARGET_DIR", &self.cargo));
        if self.layout == Layout::Minimal {
            configure.arg("-DLIBVM_CARGO_DEFAULT_FEATURES=OFF");
            configure.args(["-DLIBVM_BUILD_PLUGINS=OFF", "-DLIBVM_BUILD_COMMAND=OFF"]);
        } else {
            configure.arg("-DLIBVM_COMPILER=ON");
        }
        let mut build = Command::new("cmake");
        build.arg("--build").arg(&self.folder);
        if self.source == Source::Reproducible {
            self.forget_paths(&mut build)?;
        }
        cmake::all([configure, build]).map(drop)
    }

    /// Has the compilers write nothing of this machine into what they make: other paths, and no commit that is not libvm's.
    fn forget_paths(&self, build: &mut Command) -> Result {
        let sysroot = command::output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let standard_library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
        let paths = [
            (root().to_owned(), "/usr/src/libvm".to_owned()),
            (self.cargo.clone(), "/usr/src/libvm/target".to_owned()),
            (cargo_home().join("registry/src"), "/usr/src/crates".to_owned()),
            (standard_library, format!("/rustc/{}", linked::rustc("commit-hash")?)),
        ];
        // Of two that match, the last is used.
        let of_rust = paths.iter().map(|(from, to)| ("--remap-path-prefix", from, to));
        let of_c = paths.iter().map(|(from, to)| ("-ffile-prefix-map", from, to));
        build.env("CARGO_ENCODED_RUSTFLAGS", flags(of_rust, "\u{1f}"));
        // The crate `cc` splits them at spaces.
        build.env("CFLAGS", flags(of_c.filter(|(_, from, _)| !from.to_string_lossy().contains(' ')), " "));
        build.env_remove("RUSTFLAGS").env("LC_ALL", "C").env("TZ", "UTC");
        // A crate asks git for the commit of its sources, which is that of any repository around cargo's folder.
        build.env("GIT_CEILING_DIRECTORIES", cargo_home().join("registry/src"));
        Ok(())
    }

    /// Installs components into an empty folder, with the same permissions everywhere, and returns the prefix in it, if there is
    /// anything. Libraries and programs are checked, and lose the symbols that nothing needs.
    pub fn stage(&self, components: &[&str]) -> Result<Option<PathBuf>> {
        let stage = self.stage.join(components.join("-"));
        empty(&stage)?;
        for component in components {
            let mut install = Command::new("cmake");
            install.env("DESTDIR", &stage).arg("--install").arg(&self.folder).args(["--component", component]);
            command::capture(&mut install)?;
        }
        let prefix = stage.join("usr");
        if !prefix.exists() || files_below(&prefix)?.is_empty() {
            return Ok(None);
        }
        for file in files_below(&prefix)? {
            // What is shared is text, of crates with checksums too.
            if !file.is_symlink() && !file.starts_with(prefix.join("share")) {
                self.finish(&file)?;
            }
        }
        Ok(Some(prefix))
    }

    /// Returns how hard archives are compressed: not much in tests.
    pub fn compression(&self) -> Compression {
        match self.source {
            Source::Reproducible => Compression { gzip: "-9", dpkg_deb: &["-Zxz"] },
            Source::Release | Source::Debug => Compression { gzip: "-1", dpkg_deb: &["-Zgzip", "-z1"] },
        }
    }

    /// Strips and checks a file.
    fn finish(&self, file: &Path) -> Result {
        let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let mut strip = Command::new("strip");
        strip.args(["--enable-deterministic-archives", "--remove-section=.comment"]);
        if bytes.starts_with(b"\x7fELF") {
            command::capture(strip.arg("--strip-unneeded").arg(file))?;
            elf::check(file)?;
        } else if bytes.starts_with(b"!<arch>") {
            command::capture(strip.arg("--strip-debug").arg(file))?;
        }
        if self.source == Source::Reproducible { without_paths(file, &self.cargo) } else { Ok(()) }
    }
}

/// Formats flags that map one path to another.
fn flags<'a>(paths: impl Iterator<Item = (&'a str, &'a PathBuf, &'a String)>, between: &str) -> OsString {
    let mut all = OsString::new();
    for (flag, from, to) in paths {
        if !all.is_empty() {
            all.push(between);
        }
        all.push(format!("{flag}="));
        all.push(from);
        all.push(format!("={to}"));
    }
    all
}

/// Fails if a file contains a path of this machine.
fn without_paths(file: &Path, cargo: &Path) -> Result {
    let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let home = std::env::home_dir().filter(|home| home.components().count() > 1);
    for path in [Some(root().to_owned()), Some(cargo.to_owned()), Some(target()), Some(cargo_home()), home].into_iter().flatten()
    {
        let mut needle = path.as_os_str().as_bytes().to_vec();
        needle.push(b'/');
        if let Some(at) = bytes.windows(needle.len()).position(|window| window == needle) {
            let rest = bytes[at..].iter().take_while(|byte| byte.is_ascii_graphic()).take(200);
            let found: String = rest.map(|byte| char::from(*byte)).collect();
            return Err(format!("{} contains a path of this machine: {found}", file.display()));
        }
    }
    Ok(())
}

fn cargo_home() -> PathBuf {
    let home = || std::env::home_dir().unwrap_or_default().join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Returns Debian's name of this machine in paths, such as `x86_64-linux-gnu`.
fn multiarch() -> Result<String> {
    let name = command::output(Command::new("cc").arg("-print-multiarch"))?.trim().to_owned();
    if name.is_empty() {
        Err("this compiler has no multiarch name: Debian packages are built on Debian".to_owned())
    } else {
        Ok(name)
    }
}

/// Sets permissions and times of all files below a folder, the same on every machine.
pub fn normalize(folder: &Path, epoch: &str) -> Result {
    permit(folder)?;
    let mut touch = Command::new("find");
    touch.arg(folder).args(["-exec", "touch", "--no-dereference", &format!("--date=@{epoch}"), "{}", "+"]);
    command::capture(&mut touch).map(drop)
}

fn permit(path: &Path) -> Result {
    let cannot = |error: std::io::Error| format!("cannot set the permissions of {}: {error}", path.display());
    let data = path.symlink_metadata().map_err(cannot)?;
    if data.is_symlink() {
        return Ok(());
    }
    // Libraries are not executed, whatever CMake says.
    let is_library = path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"));
    let is_program = data.is_dir() || data.permissions().mode() & 0o100 != 0 && !is_library;
    fs::set_permissions(path, fs::Permissions::from_mode(if is_program { 0o755 } else { 0o644 })).map_err(cannot)?;
    if data.is_dir() {
        for entry in fs::read_dir(path).map_err(cannot)?.flatten() {
            permit(&entry.path())?;
        }
    }
    Ok(())
}
