//! The packages are installed and removed as on a user's system, which is left as it is.
use super::{Release, empty, files_below, name};
use crate::{Result, command, packages, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Has lintian check the packages, and installs them with dpkg into a root folder, and with apt-get into a copy of this system.
pub fn test(
    release: &Release,
    debs: &[&PathBuf],
    guests: &Path,
    work: &Path,
    use_prefix: impl Fn(&Path) -> Result<String>,
) -> Result<String> {
    packages::ensure(packages::LINTIAN)?;
    command::capture(Command::new("lintian").args(["--allow-root", "--fail-on", "error"]).args(debs))?;
    if command::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Ok("SKIPPED: dpkg --install and apt-get install: only root may\n".to_owned());
    }
    Ok(in_folder(release, debs, &work.join("root"), use_prefix)? + &on_system(release, debs, guests, work)?)
}

/// Installs the packages, updates the linker's cache, uses them, and removes them, of which nothing may be left.
fn in_folder(release: &Release, debs: &[&PathBuf], root: &Path, use_prefix: impl Fn(&Path) -> Result<String>) -> Result<String> {
    empty(root)?;
    for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "var/log", "etc"] {
        let made = fs::create_dir_all(root.join(folder));
        made.map_err(|error| format!("cannot create {folder} in {}: {error}", root.display()))?;
    }
    crate::write(&root.join("var/lib/dpkg/status"), "")?;
    let dpkg = |arguments: &[&str]| {
        let mut dpkg = Command::new("dpkg");
        // The C library is not in this root.
        dpkg.arg(format!("--root={}", root.display())).args(["--force-depends", "--force-script-chrootless"]).args(arguments);
        dpkg
    };
    command::capture(dpkg(&["--install"]).args(debs))?;

    let files = files_below(&root.join("usr"))?;
    let library = files.iter().find(|file| file.to_string_lossy().contains("/libvm.so."));
    let folder = library.and_then(|file| file.parent()?.strip_prefix(root).ok()).ok_or("the library is not installed")?;
    crate::write(&root.join("etc/ld.so.conf"), &format!("/{}\n", folder.display()))?;
    command::capture(Command::new("ldconfig").arg("-r").arg(root))?;
    let cache = command::output(Command::new("ldconfig").arg("-p").arg("-r").arg(root))?;
    if !cache.contains(&format!("{} ", soname(release))) {
        return Err(format!("the linker does not know the library:\n{cache}"));
    }
    let used = use_prefix(&root.join("usr"))?;

    let names = names(debs);
    command::capture(dpkg(&["--remove"]).args(&names))?;
    let left = if root.join("usr").exists() { files_below(&root.join("usr"))? } else { Vec::new() };
    if !left.is_empty() {
        return Err(format!("dpkg --remove leaves {left:?}"));
    }
    Ok(format!("{} packages installed by dpkg and removed; {used}\n", names.len()))
}

/// Mounts a copy of this system, which is written into memory, visible only to this shell, and gone with it.
const COPY: &str = r#"
mount -t tmpfs tmpfs "$0" && mkdir "$0/upper" "$0/work" "$0/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root" &&
mount --rbind /dev "$0/root/dev" && mount --bind /proc "$0/root/proc" || exit 1
"#;

/// What a user does in it; `$SONAME` is that of the library, `$PACKAGES` are the names of the packages. The linker finds the library because the package has run ldconfig.
const USE: &str = r#"
set -e
export DEBIAN_FRONTEND=noninteractive
cd /tmp/libvm-packages
apt-get install -y --no-install-recommends ./*.deb
cc plugin_host.c -o host $(pkg-config --cflags --libs libvm)
cc -shared -fPIC plugin_smallest.c -o calc.so $(pkg-config --cflags libvm)
./host ./calc.so app.wasm
cc shipped.c -o shipped $(pkg-config --cflags --libs libvm)
./shipped logging.wasm
if command -v libvm; then libvm --version; fi
# The compiler, which the command and the library find where the package has put it.
case $PACKAGES in *libvm-compiler*)
    libvm compile app.wasm && test -s app.cwasm
    LIBVM_TIER=compiled ./host ./calc.so app.wasm | grep -x "sum is 42"
esac
apt-get remove -y $PACKAGES
if ldconfig -p | grep -F "$SONAME"; then echo "the linker still knows the library"; exit 1; fi
if ./host ./calc.so app.wasm; then echo "the library is still there"; exit 1; fi
echo "installed and removed"
"#;

fn on_system(release: &Release, debs: &[&PathBuf], guests: &Path, work: &Path) -> Result<String> {
    let mount = work.join("system");
    empty(&mount)?;
    let shell = |script: &str| {
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "sh", "-c"]).arg(format!("{COPY}{script}")).arg(&mount);
        shell
    };
    if let Err(why) = command::capture(&mut shell("true")) {
        return Ok(format!("SKIPPED: apt-get install: this system cannot be copied: {}\n", why.trim()));
    }
    let mut run = shell(
        "mkdir -p \"$0/root/tmp/libvm-packages\" && script=$1 && shift &&\ncp \"$@\" \"$0/root/tmp/libvm-packages\" && exec chroot \"$0/root\" sh -c \"$script\"",
    );
    run.env("SONAME", soname(release)).env("PACKAGES", names(debs).join(" ")).arg(USE).args(debs);
    run.args(
        ["examples/c/plugin_host.c", "examples/c/plugin_smallest.c", "capi-tests/consumers/shipped.c"]
            .map(|file| root().join(file)),
    );
    run.args(["app.wasm", "logging.wasm"].map(|file| guests.join(file)));
    let printed = command::capture(&mut run)?;
    if printed.contains("\nsum is 42\n") && printed.contains("90 % used") && printed.ends_with("installed and removed\n") {
        return Ok("the same with apt-get in a copy of this system\n".to_owned());
    }
    Err(printed)
}

fn soname(release: &Release) -> String {
    format!("libvm.so.{}", release.abi())
}

/// Returns the names of the packages in files.
fn names(debs: &[&PathBuf]) -> Vec<String> {
    debs.iter().filter_map(|deb| Some(name(deb).split_once('_')?.0.to_owned())).collect()
}
