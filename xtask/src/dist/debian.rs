//! Debian packages, one of each component.
use super::build::{Build, normalize};
use super::linked::{Kind, Part};
use super::packages::{PACKAGES, Package};
use super::{Release, elf, files_below, licences, name};
use crate::{Result, command, read};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the descriptions of all packages begin with.
const DESCRIPTION: &str = "libvm runs WebAssembly and extends programs with plug-ins, through a C API.";

/// The packages that contain a needed library.
const NEEDED: &[(&str, &str)] =
    &[("libc.so.", "libc6"), ("libm.so.", "libc6"), ("ld-linux", "libc6"), ("libgcc_s.so.1", "libgcc-s1 (>= 4.2)")];

/// Makes the packages, and a line for each component of which nothing is installed.
pub fn make(release: &Release, build: &Build, parts: &[Part], out: &Path) -> Result<(Vec<PathBuf>, String)> {
    let (mut made, mut without) = (Vec::new(), String::new());
    let copyright = copyright(parts)?;
    for package in PACKAGES {
        let (name, component) = (release.fill(package.name), package.component);
        match build.stage(&[component])? {
            Some(prefix) => made.push(package.make(release, build, &prefix, &copyright, out)?),
            None => without += &format!("SKIPPED: {name}: CMake installs nothing of the component {component}\n"),
        }
    }
    Ok((made, without))
}

impl Package {
    fn make(&self, release: &Release, build: &Build, prefix: &Path, copyright: &str, out: &Path) -> Result<PathBuf> {
        let (version, package) = (release.debian(), release.fill(self.name));
        let stage = prefix.parent().expect("the prefix is in the stage");
        self.documents(&package, release, &version, prefix, copyright)?;

        let control = stage.join("DEBIAN");
        if let Some(library) = self.library {
            write_shared(&control, &package, release, &prefix.join(&build.libdir), library)?;
        }
        let files = files_below(prefix)?;
        let mut fields = format!("Package: {package}\nSource: libvm\nVersion: {version}\n");
        let architecture = command::output(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned();
        let _ = writeln!(fields, "Architecture: {architecture}\nMaintainer: {}", maintainer()?);
        let _ = writeln!(fields, "Installed-Size: {}", installed_size(stage, &files)?);
        let mut depends = depends(&files)?;
        for field in self.fields.iter().map(|field| release.fill(field)) {
            match field.strip_prefix("Depends: ") {
                Some(more) => depends.insert(0, more.to_owned()),
                None => fields += &(field + "\n"),
            }
        }
        if !depends.is_empty() {
            let _ = writeln!(fields, "Depends: {}", depends.join(", "));
        }
        let _ = write!(fields, "Section: {}\nPriority: optional\nMulti-Arch: {}\n", self.section, self.multi_arch);
        let _ = writeln!(fields, "Description: library that runs WebAssembly - {}", self.summary);
        let _ = writeln!(fields, " {DESCRIPTION}\n {}", self.contents.replace('\n', "\n "));
        crate::write(&control.join("control"), &fields)?;
        // In the order of the paths, without links.
        let regular = files.iter().filter(|file| !file.is_symlink()).map(|file| file.strip_prefix(stage).unwrap_or(file));
        let sums = command::output(Command::new("env").arg("--chdir").arg(stage).arg("md5sum").args(regular))?;
        crate::write(&control.join("md5sums"), &sums)?;

        normalize(stage, &release.epoch)?;
        let file = out.join(format!("{package}_{version}_{}.deb", architecture));
        let mut deb = Command::new("dpkg-deb");
        // Several threads would divide the data in other places.
        deb.env("SOURCE_DATE_EPOCH", &release.epoch).env("DPKG_DEB_THREADS_MAX", "1");
        command::capture(deb.arg("--root-owner-group").args(build.compression().dpkg_deb).arg("--build").arg(stage).arg(&file))?;
        Ok(file)
    }

    /// Writes what Debian wants in `/usr/share/doc`, and compresses manual pages.
    fn documents(&self, package: &str, release: &Release, version: &str, prefix: &Path, copyright: &str) -> Result {
        let folder = prefix.join("share/doc").join(package);
        crate::write(&folder.join("copyright"), copyright)?;
        crate::write(&folder.join("changelog"), &read("CHANGELOG.md")?)?;
        let entry = format!(
            "libvm ({version}) unstable; urgency=medium\n\n  * Version {}, as of changelog.gz.\n\n -- {}  {}\n",
            release.version,
            maintainer()?,
            release.date("%a, %d %b %Y %H:%M:%S +0000")?
        );
        crate::write(&folder.join("changelog.Debian"), &entry)?;
        let manuals = prefix.join("share/man");
        let manuals = if manuals.exists() { files_below(&manuals)? } else { Vec::new() };
        let texts = [folder.join("changelog"), folder.join("changelog.Debian")].into_iter().chain(manuals);
        command::capture(Command::new("gzip").args(["-n", "-9"]).args(texts)).map(drop)
    }
}

/// Writes what other packages are built with (`shlibs`, `symbols`), and has ldconfig run. A function may have been appended in this
/// version: programs need at least the version that they were built with.
fn write_shared(control: &Path, package: &str, release: &Release, libdir: &Path, library: &str) -> Result {
    let (abi, version) = (release.abi(), &release.version);
    crate::write(&control.join("triggers"), "activate-noawait ldconfig\n")?;
    crate::write(&control.join("shlibs"), &format!("{library} {abi} {package} (>= {version})\n"))?;
    let mut symbols = format!("{library}.so.{abi} {package} #MINVER#\n* Build-Depends-Package: libvm-dev\n");
    for name in elf::exports(&libdir.join(format!("{library}.so.{version}")))? {
        let _ = writeln!(symbols, " {name}@Base {version}");
    }
    crate::write(&control.join("symbols"), &symbols)
}

/// Returns the packages of the libraries that the files need, with the least version of the C library.
fn depends(files: &[PathBuf]) -> Result<Vec<String>> {
    let (mut depends, mut glibc) = (Vec::new(), (0, 0));
    for file in files.iter().filter(|file| !file.is_symlink()) {
        let begins = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        if !begins.starts_with(b"\x7fELF") {
            continue;
        }
        let (libraries, versions) = elf::needs(file)?;
        for library in libraries {
            let known = NEEDED.iter().find(|(start, _)| library.starts_with(start));
            let (_, package) = known.ok_or_else(|| format!("{} needs {library}, whose package is not known", name(file)))?;
            if !depends.contains(package) {
                depends.push(package);
            }
        }
        let numbers = versions.iter().filter_map(|version| version.strip_prefix("GLIBC_")?.split_once('.'));
        let numbers = numbers
            .filter_map(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.split('.').next()?.parse::<u32>().ok()?)));
        glibc = numbers.fold(glibc, Ord::max);
    }
    depends.sort_unstable();
    let with_version = |package: &&str| match *package {
        "libc6" => format!("libc6 (>= {}.{})", glibc.0, glibc.1),
        other => other.to_owned(),
    };
    Ok(depends.iter().map(with_version).collect())
}

/// Returns the size in KiB as `dpkg-gencontrol` computes it.
fn installed_size(stage: &Path, files: &[PathBuf]) -> Result<u64> {
    let mut folders = std::collections::BTreeSet::new();
    let mut size = 0;
    for file in files {
        let data = file.symlink_metadata().map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        size += if data.is_symlink() { 1 } else { data.len().div_ceil(1024) };
        folders.extend(file.ancestors().skip(1).take_while(|folder| folder.starts_with(stage)));
    }
    Ok(size + folders.len() as u64)
}

/// Returns the maintainer: `DEBFULLNAME` and `DEBEMAIL`, as Debian's tools read them, or the project, at an address that by its domain
/// is none.
fn maintainer() -> Result<String> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default().trim().to_owned();
    contact(&variable("DEBFULLNAME"), &variable("DEBEMAIL"))
}

fn contact(name: &str, address: &str) -> Result<String> {
    // The address may come with a name, which the other variable replaces.
    let (beside, inner) = address.strip_suffix('>').and_then(|address| address.split_once('<')).unwrap_or(("", address));
    let (name, address) = match (if name.is_empty() { beside.trim() } else { name }, inner) {
        ("", "") => ("libvm developers", "libvm@packages.invalid"),
        (_, "") => return Err("DEBFULLNAME is set and DEBEMAIL is not: the maintainer of a package has both".to_owned()),
        ("", _) => return Err("DEBEMAIL is set and DEBFULLNAME is not: the maintainer of a package has both".to_owned()),
        both => both,
    };
    let is_name = !name.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | ','));
    let is_address = address.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        && !address.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ','));
    if is_name && is_address {
        Ok(format!("{name} <{address}>"))
    } else {
        Err(format!("DEBFULLNAME and DEBEMAIL are not a name and an address of a maintainer: {name:?}, {address:?}"))
    }
}

/// Formats the licences in Debian's machine-readable format. The text of Apache-2.0 is on every Debian system.
fn copyright(parts: &[Part]) -> Result<String> {
    let mut out = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: libvm\n\
        Comment: The binaries contain the parts that are listed below \"vendor\".\n"
        .to_owned();
    let own = parts.iter().find(|part| part.name == "libvm").ok_or("libvm is not among its own parts")?;
    // Long texts that several parts have are there once.
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for part in [own].into_iter().chain(parts.iter().filter(|part| part.kind != Kind::Own)) {
        let texts = licences::texts(part)?;
        let files = if part.kind == Kind::Own { "*".to_owned() } else { format!("vendor/{}-{}/*", part.name, part.version) };
        let mut owners = licences::copyrights(&texts);
        if owners.is_empty() {
            owners.extend(part.authors.iter().cloned());
        }
        if owners.is_empty() {
            owners.push(format!("The developers of {}", part.name));
        }
        let expression = part.licence.replace(" WITH ", "-with-").replace(" OR ", " or ").replace(" AND ", " and ");
        let _ = write!(out, "\nFiles: {files}\nCopyright: {}\nLicense: {expression}\n", owners.join("\n           "));
        for text in texts {
            let text = shortened(&part.title(), text, &mut known);
            for line in text.lines().map(str::trim_end) {
                let _ = writeln!(out, " {}", if line.is_empty() { "." } else { line });
            }
            out += " .\n";
        }
        out.truncate(out.trim_end_matches(" .\n").len());
    }
    Ok(out)
}

/// Returns a text without what each Debian system has, which is Apache-2.0, and without what was there before.
fn shortened(title: &str, text: licences::Text, known: &mut BTreeMap<String, String>) -> String {
    const APACHE: &str = "Apache-2.0: see /usr/share/common-licenses/Apache-2.0";
    if text.text.contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION") {
        return match text.text.split_once("--- LLVM Exceptions to the Apache 2.0 License ----") {
            Some((_, exceptions)) => format!("{APACHE}\n\nLLVM exceptions to it:\n\n{}", exceptions.trim()),
            None => APACHE.to_owned(),
        };
    }
    let first = known.entry(text.text.clone()).or_insert_with(|| title.to_owned());
    if first != title && text.text.len() > 2000 {
        return format!("{}: the same text as that of {first}, above.", text.file);
    }
    text.text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maintainer_has_a_name_and_an_address() {
        let ok = |name: &str, address: &str| contact(name, address).unwrap();
        assert_eq!(ok("", ""), "libvm developers <libvm@packages.invalid>");
        assert_eq!(ok("A Packager", "packager@example.org"), "A Packager <packager@example.org>");
        assert_eq!(ok("", "A Packager <packager@example.org>"), "A Packager <packager@example.org>");
        assert_eq!(ok("Another", "A Packager <packager@example.org>"), "Another <packager@example.org>");

        let refused = |name: &str, address: &str| contact(name, address).unwrap_err();
        assert!(refused("A Packager", "").starts_with("DEBFULLNAME is set and DEBEMAIL is not"));
        assert!(refused("", "packager@example.org").starts_with("DEBEMAIL is set and DEBFULLNAME is not"));
        for (name, address) in [("A", "nowhere"), ("A", "@host"), ("A", "a@b c"), ("A\nEssential: yes", "a@b"), ("A, B", "a@b")] {
            let message = refused(name, address);
            assert!(message.contains("are not a name and an address") && !message.contains('\n'), "{message}");
        }
    }
}
