//! Packages are made, unpacked, and used to build and run programs.
use super::packages::PACKAGES;
use super::{Release, Source, capi, elf, empty, files_below, licences, linked, make, name, sbom};
use crate::compiler;
use crate::test::Extent;
use crate::{Result, command, python, read, root, target, wat};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes the files of a release, checks them, and uses them as users do.
pub fn test(extent: Extent) -> Result<String> {
    let (work, release) = (target().join("dist-test"), Release::current()?);
    let source = if extent >= Extent::Thorough { Source::Release } else { Source::Debug };
    let (files, mut report) = make(&work.join("out"), &work.join("work"), source)?;
    metadata(&work.join("out"))?;
    if extent >= Extent::Thorough {
        report += &schema(&work.join("out"))?;
    }
    let guests = work.join("guests");
    empty(&guests)?;
    wat::convert(&root().join("examples/c/app.wat"), &guests.join("app.wasm"))?;
    wat::convert(&root().join("capi-tests/guests/logging_guest_text.wat"), &guests.join("logging.wasm"))?;
    wat::convert(&root().join("crates/libvm-cli/tests/guests/stopped.wat"), &guests.join("sum.wasm"))?;

    let archive = files.iter().find(|file| name(file).ends_with(".tar.gz")).ok_or("there is no archive")?;
    let moved = work.join("a moved prefix");
    empty(&moved)?;
    let mut tar = Command::new("tar");
    command::capture(tar.arg("-xzf").arg(archive).args(["--strip-components=1", "--directory"]).arg(&moved))?;
    report += &format!("{}\n{}\n", capi::check(&moved)?, use_prefix(&moved, "lib", &guests)?);
    compiled(&moved, "lib", &guests)?;

    let mut debs: Vec<&PathBuf> = files.iter().filter(|file| name(file).ends_with(".deb")).collect();
    if debs.is_empty() {
        return Ok(report);
    }
    let unpacked = work.join("unpacked");
    empty(&unpacked)?;
    let listed = |deb: &Path| command::output(Command::new("dpkg-deb").arg("--contents").arg(deb));
    let all = debs.iter().map(|deb| listed(deb)).collect::<Result<Vec<_>>>()?;
    let libdir = all.iter().find_map(|listed| libdir_of(listed)).ok_or("no package contains the library")?;
    let unpack = |deb: &PathBuf| -> Result {
        command::capture(Command::new("dpkg-deb").arg("--extract").arg(deb).arg(&unpacked))?;
        contents(&release, deb, &listed(deb)?, &libdir)?;
        checksums(deb, &unpacked)
    };
    // The library works without its compiler, which is unpacked last.
    debs.sort_by_key(|deb| name(deb).starts_with(compiler::PACKAGE));
    let (compiler, others) = debs.split_last().expect("there are some");
    others.iter().try_for_each(|deb| unpack(deb))?;
    let prefix = unpacked.join("usr");
    let used = use_prefix(&prefix, &libdir, &guests)?;
    not_compiled(&prefix, &libdir, &guests)?;
    unpack(compiler)?;
    compiled(&prefix, &libdir, &guests)?;
    report += &format!("{} packages; {used}, with and without the compiler\n", debs.len());
    if extent >= Extent::Thorough {
        report += &super::installed::test(&release, &debs, &guests, &work, |prefix| use_prefix(prefix, &libdir, &guests))?;
    }
    Ok(report)
}

/// Checks what the demo has installed, a release, for the protections that packages must have.
pub fn check_protections() -> Result {
    let is_binary = |file: &PathBuf| !file.is_symlink() && file.to_string_lossy().contains(".so");
    files_below(&target().join("demo/prefix/lib"))?.iter().filter(|file| is_binary(file)).try_for_each(|file| elf::check(file))
}

/// Checks the bill of materials, the licences and the checksums.
fn metadata(out: &Path) -> Result {
    let (version, parts) = (linked::version()?, linked::parts(false)?);
    sbom::check(&read(out.join(format!("libvm-{version}.cdx.json")))?, &parts)?;
    let notices = read(out.join("THIRD-PARTY-LICENSES"))?;
    for part in parts.iter().filter(|part| part.kind != linked::Kind::Own) {
        for owner in licences::copyrights(&licences::texts(part)?).iter().chain([&part.title()]) {
            if !notices.contains(owner.as_str()) {
                return Err(format!("THIRD-PARTY-LICENSES does not name {owner}"));
            }
        }
    }
    command::capture(Command::new("env").arg("--chdir").arg(out).args(["sha256sum", "--check", "--strict", "SHA256SUMS"]))
        .map(drop)
}

/// Has the library of CycloneDX compare the bill of materials with its schema.
fn schema(out: &Path) -> Result<String> {
    let python = match python::environment(&target().join("sbom"), Some("xtask/requirements-sbom.txt"))? {
        Ok(python) => python,
        Err(why) => return Ok(format!("SKIPPED: the schema of CycloneDX: {why}\n")),
    };
    let code = "import sys; from cyclonedx.validation.json import JsonStrictValidator; from cyclonedx.schema import SchemaVersion\n\
        fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())\n\
        sys.exit(fault and f'{fault.data.json_path}: {fault.data.message}')";
    let bom = out.join(format!("libvm-{}.cdx.json", linked::version()?));
    command::capture(Command::new(python).args(["-c", code]).arg(bom))
        .map(|_| "the bill of materials is as the schema says\n".to_owned())
}

/// Returns the library folder below `usr` of a package that contains the library.
fn libdir_of(listed: &str) -> Option<String> {
    let line = listed.lines().find(|line| line.contains("/libvm.so"))?;
    let path = line.split(" ./usr/").nth(1)?;
    Some(path.rsplit_once("/libvm.so")?.0.split('/').take(2).collect::<Vec<_>>().join("/"))
}

/// Checks owners, permissions and names of what a package contains, and its fields.
fn contents(release: &Release, deb: &Path, listed: &str, libdir: &str) -> Result {
    let file = name(deb);
    let title = file.split('_').next().unwrap_or_default();
    let package = PACKAGES.iter().find(|package| release.fill(package.name) == title);
    let package = package.ok_or_else(|| format!("{file} is not expected"))?;
    for path in package.paths(release, libdir)? {
        let line = format!(" ./usr/{path}");
        if !listed.lines().any(|entry| entry.ends_with(&line) || entry.contains(&format!("{line} -> "))) {
            return Err(format!("{file} does not contain {path}:\n{listed}"));
        }
    }
    for entry in listed.lines() {
        let mode = entry.split(' ').next().unwrap_or_default();
        if !entry.contains(" root/root ") || !["drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--", "lrwxrwxrwx"].contains(&mode) {
            return Err(format!("{file} contains an entry with another owner or mode: {entry}"));
        }
    }
    let fields = command::output(Command::new("dpkg-deb").arg("--field").arg(deb))?;
    let own = package.fields.iter().map(|field| release.fill(field));
    let mut wanted: Vec<String> = own.collect();
    wanted.extend([format!("Package: {title}"), format!("Version: {}", release.debian()), "Source: libvm".to_owned()]);
    if !wanted.iter().any(|field| field.starts_with("Depends: ")) {
        wanted.push("Depends: libc6 (>= 2.".to_owned());
    }
    for field in wanted {
        if !fields.lines().any(|line| line.starts_with(&field)) {
            return Err(format!("{file} lacks {field} in\n{fields}"));
        }
    }
    package.library.map_or(Ok(()), |library| shared(release, deb, library))
}

/// Checks what programs that are linked with the library of a package are packaged with.
fn shared(release: &Release, deb: &Path, library: &str) -> Result {
    let (abi, version) = (release.abi(), &release.version);
    let control = |part: &str| command::output(Command::new("dpkg-deb").arg("--info").arg(deb).arg(part));
    let expected = [
        ("triggers", "activate-noawait ldconfig\n".to_owned()),
        ("shlibs", format!("{library} {abi} {library}{abi} (>= {version})\n")),
    ];
    for (part, text) in expected {
        let found = control(part)?;
        if found != text {
            return Err(format!("{part} of {} is {found}", name(deb)));
        }
    }
    if control("symbols")?.contains(&format!("\n VM_EngineCreate@Base {version}\n")) {
        Ok(())
    } else {
        Err(format!("{} has no symbols", name(deb)))
    }
}

/// Compares the unpacked files with `md5sums`, which has all of them.
fn checksums(deb: &Path, unpacked: &Path) -> Result {
    let sums = command::output(Command::new("dpkg-deb").arg("--info").arg(deb).arg("md5sums"))?;
    let list = unpacked.with_extension("md5sums");
    crate::write(&list, &sums)?;
    command::capture(Command::new("env").arg("--chdir").arg(unpacked).args(["md5sum", "--check", "--strict"]).arg(&list))?;
    let tar = Command::new("dpkg-deb").arg("--contents").arg(deb).output();
    let tar = String::from_utf8_lossy(&tar.map_err(|error| format!("cannot run dpkg-deb: {error}"))?.stdout).into_owned();
    let regular = tar.lines().filter(|line| line.starts_with('-')).count();
    if sums.lines().count() == regular { Ok(()) } else { Err(format!("{} has not each file in md5sums", name(deb))) }
}

/// Builds programs with what is installed in a prefix, by pkg-config and by CMake, and runs them; and the command, if it is there.
fn use_prefix(prefix: &Path, libdir: &str, guests: &Path) -> Result<String> {
    let work = programs();
    empty(&work)?;
    let lib = prefix.join(libdir);
    let flags = |package: &str| {
        let mut ask = Command::new("pkg-config");
        ask.env("PKG_CONFIG_LIBDIR", lib.join("pkgconfig")).args(["--cflags", "--libs", package]);
        command::output(&mut ask).map(|text| words(&text))
    };
    let cc = |source: &str, out: &str, further: &[String]| {
        let mut cc = Command::new("cc");
        cc.args(["-Wall", "-Wextra", "-Werror"]).arg(root().join(source)).arg("-o").arg(work.join(out)).args(further);
        command::capture(&mut cc)
    };
    let mut shared = flags("libvm")?;
    shared.push(format!("-Wl,-rpath,{}", lib.display()));
    cc("examples/c/plugin_smallest.c", "calc.so", &[vec!["-shared".to_owned(), "-fPIC".to_owned()], shared.clone()].concat())?;
    cc("examples/c/plugin_host.c", "host", &shared)?;
    cc("examples/c/plugin_host.c", "host_static", &flags("libvm-static")?)?;
    cc("capi-tests/consumers/shipped.c", "shipped", &shared)?;

    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(root().join("capi-tests/consumers/installed")).arg("-B").arg(work.join("cmake"));
    configure.args(["-G", crate::cmake::generator()]).arg(crate::cmake::setting("REPOSITORY", root()));
    configure.arg(crate::cmake::setting("libvm_ROOT", prefix));
    let mut build = Command::new("cmake");
    build.arg("--build").arg(work.join("cmake")).args(["--target", "host", "--target", "calc"]);
    crate::cmake::all([configure, build])?;
    let cache = read(work.join("cmake/CMakeCache.txt"))?;
    if !cache.contains(&format!("libvm_DIR:PATH={}", lib.join("cmake/libvm").display())) {
        return Err(format!("CMake has found another libvm than that in {}", prefix.display()));
    }

    let guest = guests.join("app.wasm");
    for (host, plugin) in [("host", "calc.so"), ("host_static", "calc.so"), ("cmake/host", "cmake/calc.so")] {
        let printed = command::output(clean(&work.join(host)).arg(work.join(plugin)).arg(&guest))?;
        if printed != "guest says 42\nsum is 42\n" {
            return Err(format!("{host} printed\n{printed}"));
        }
    }
    // The plug-ins are found by the place of the library.
    let printed = command::output(clean(&work.join("shipped")).arg(guests.join("logging.wasm")))?;
    let version = linked::version()?;
    if !printed.starts_with(&format!("logging {version}\nprocess {version}\nregex {version}\n")) || !printed.contains("90 % used")
    {
        return Err(format!("the program with the shipped plug-ins printed\n{printed}"));
    }
    let tool = prefix.join("bin/libvm");
    if !tool.exists() {
        return Ok("a program in C, a project with CMake, the plug-ins".to_owned());
    }
    let printed = command::output(clean(&tool).arg("--version"))?;
    if !printed.contains(&version) {
        return Err(format!("libvm --version printed\n{printed}"));
    }
    let printed = command::output(clean(&tool).args(["plugin", "list"]))?;
    if !["logging", "process", "regex"].iter().all(|plugin| printed.contains(plugin)) {
        return Err(format!("libvm plugin list printed\n{printed}"));
    }
    Ok("a program in C, a project with CMake, the plug-ins, the command".to_owned())
}

/// Runs the programs that `use_prefix` has built, and the command, with compiled guests.
fn compiled(prefix: &Path, libdir: &str, guests: &Path) -> Result {
    for (mut program, expected) in compiling(prefix, guests)? {
        let printed = command::output(&mut program)?;
        if printed != expected {
            return Err(format!("{} printed\n{printed}", command::line(&program)));
        }
    }
    let code = programs().join("cache/libvm/code");
    // The secret, and the code of both guests.
    match files_below(&code)?.len() {
        3.. => Ok(()),
        _ => Err(format!(
            "nothing was compiled with the library in {}: {} is empty",
            prefix.join(libdir).display(),
            code.display()
        )),
    }
}

/// The same without the compiler: the message says what is missing, and where.
fn not_compiled(prefix: &Path, libdir: &str, guests: &Path) -> Result {
    let missing = format!("the compiler is not available: there is no {} in ", compiler::name()?);
    let place = prefix.join(libdir).display().to_string();
    for (mut program, _) in compiling(prefix, guests)? {
        let output = program.output().map_err(|error| format!("cannot run {}: {error}", command::line(&program)))?;
        let said = String::from_utf8_lossy(&output.stderr);
        // The command adds a hint.
        let lines = said.lines().filter(|line| !line.starts_with("hint: ")).count();
        let is_clear = lines == 1 && said.contains(&missing) && said.contains(&place);
        if output.status.success() || !output.stdout.is_empty() || !is_clear {
            let (status, printed) = (output.status, String::from_utf8_lossy(&output.stdout));
            let line = command::line(&program);
            return Err(format!("{line} does not say \"{missing}{place}\" ({status}):\n{said}{printed}"));
        }
    }
    Ok(())
}

/// Returns programs that compile their guests, each with what it prints. There is nothing in the cache.
fn compiling(prefix: &Path, guests: &Path) -> Result<[(Command, &'static str); 2]> {
    let work = programs();
    empty(&work.join("cache"))?;
    let with_cache = |program: &Path| {
        let mut command = clean(program);
        command.env("XDG_CACHE_HOME", work.join("cache"));
        command
    };
    let mut host = with_cache(&work.join("host"));
    host.env("LIBVM_TIER", "compiled").arg(work.join("calc.so")).arg(guests.join("app.wasm"));
    let mut tool = with_cache(&prefix.join("bin/libvm"));
    tool.args(["run", "--tier", "compiled", "--invoke", "sum"]).arg(guests.join("sum.wasm")).args(["20", "22"]);
    Ok([(host, "guest says 42\nsum is 42\n"), (tool, "42\n")])
}

/// Where programs are built with what is installed.
fn programs() -> PathBuf {
    target().join("dist-test/programs")
}

/// A program that finds nothing but what belongs to it.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LIBVM_PLUGIN_PATH").env_remove("XDG_DATA_HOME").env("HOME", "/nonexistent");
    // Cargo's leads to other libraries.
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Splits flags as a shell does, of whose quotes pkg-config uses the backslash.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut characters = text.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => word.extend(characters.next()),
            ' ' => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
