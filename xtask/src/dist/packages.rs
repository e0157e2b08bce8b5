//! The packages: each is a component that CMake installs, and is made, listed and tested as its entry here says.
use super::Release;
use crate::{Result, compiler, read};

/// A component of CMake, and the Debian package of it. In its texts, `{abi}` is the version of the ABI, `{version}` that of the Debian
/// packages, `{upstream}` that of libvm.
pub struct Package {
    /// What CMake calls it. If CMake installs nothing of it, there is no package.
    pub component: &'static str,
    pub name: &'static str,
    pub section: &'static str,
    pub multi_arch: &'static str,
    /// Further fields than the dependencies on the C library; `Depends` is added to these.
    pub fields: &'static [&'static str],
    pub summary: &'static str,
    /// What it contains, in lines of at most 79 characters.
    pub contents: &'static str,
    /// The name of the shared library in it that programs are linked with, such as `libvm`. A library that is only opened is not.
    pub library: Option<&'static str>,
    /// Files below `/usr` that it has, among others; `{lib}` is the library folder, `{plugins}` that of the plug-ins.
    pub files: &'static [&'static str],
    /// The packages of the repository whose code is in it, as binaries or as sources.
    pub crates: &'static [&'static str],
}

/// All packages, in the order in which they are installed.
pub const PACKAGES: &[Package] = &[
    Package {
        component: "runtime",
        name: "libvm{abi}",
        section: "libs",
        multi_arch: "same",
        fields: &["Suggests: libvm-compiler{abi}, libvm-plugins"],
        summary: "shared library",
        contents: "This package contains the shared library.",
        library: Some("libvm"),
        files: &["{lib}/libvm.so.{abi}", "{lib}/libvm.so.{upstream}"],
        crates: &["libvm"],
    },
    Package {
        component: "compiler",
        name: "libvm-compiler{abi}",
        section: "libs",
        multi_arch: "same",
        fields: &["Depends: libvm{abi} (= {version})", "Enhances: libvm{abi}"],
        summary: "compiler",
        contents: "This package contains the compiler of the compiled engine, a library that\n\
            libvm opens when it needs it. Without it, libvm interprets guests, and runs\n\
            those that were compiled before.",
        library: None,
        files: &["{lib}/libvm-compiler.so.{abi}", "{lib}/libvm-compiler.so.{upstream}"],
        crates: &[compiler::PACKAGE],
    },
    Package {
        component: "development",
        name: "libvm-dev",
        section: "libdevel",
        multi_arch: "same",
        fields: &["Depends: libvm{abi} (= {version})", "Suggests: libvm-plugins"],
        summary: "development files",
        contents: "This package contains the headers, the static library, the CMake package and\n\
            the pkg-config files, for hosts and for plug-ins.",
        library: None,
        files: &[
            "{lib}/libvm.so",
            "{lib}/libvm.a",
            "{lib}/pkgconfig/libvm.pc",
            "{lib}/cmake/libvm/libvmConfig.cmake",
            "include/libvm.h",
        ],
        crates: &["libvm"],
    },
    Package {
        component: "plugins",
        name: "libvm-plugins",
        section: "libs",
        multi_arch: "same",
        fields: &["Recommends: libvm{abi} | libvm-tools", "Enhances: libvm{abi}, libvm-tools"],
        summary: "plug-ins",
        contents: "This package contains plug-ins: logging, process, and regular expressions.",
        library: None,
        files: &["{plugins}/logging.so", "{plugins}/process.so", "{plugins}/regex.so"],
        crates: &["libvm-logging", "libvm-process", "libvm-regex"],
    },
    Package {
        component: "tools",
        name: "libvm-tools",
        section: "utils",
        multi_arch: "foreign",
        fields: &["Recommends: libvm-plugins", "Suggests: libvm-compiler{abi}, libvm-dev"],
        summary: "command",
        contents: "This package contains the command libvm, which runs and inspects modules, and\n\
            makes, tests, packs and installs plug-ins.",
        library: None,
        files: &["bin/libvm", "share/man/man1/libvm.1.gz", "share/libvm/rust/Cargo.toml"],
        crates: &["libvm-cli", "libvm-plugin", "libvm-plugin-macros"],
    },
];

/// The packages of the repository that are built with the compiled engine, the feature `compiled`: CMake's `LIBVM_COMPILER`.
pub const COMPILED: &[&str] = &["libvm", "libvm-cli"];

/// Returns the components of CMake.
pub fn components() -> Vec<&'static str> {
    PACKAGES.iter().map(|package| package.component).collect()
}

impl Package {
    /// Returns the paths of its files below the prefix, with those that Debian wants in each package.
    pub fn paths(&self, release: &Release, libdir: &str) -> Result<Vec<String>> {
        let (name, plugins) = (release.fill(self.name), format!("{libdir}/{}", plugin_folder()?));
        let documents = ["copyright", "changelog.gz", "changelog.Debian.gz"].map(|file| format!("share/doc/{name}/{file}"));
        let own = self.files.iter().map(|file| release.fill(file).replace("{lib}", libdir).replace("{plugins}", &plugins));
        Ok(own.chain(documents).collect())
    }
}

/// Returns the plug-in folder below the library folder, which is named after the version of the plug-in ABI.
pub fn plugin_folder() -> Result<String> {
    let header = read("include/libvm/plugin.h")?;
    let number = |name: &str| {
        let value = header.lines().find_map(|line| line.strip_prefix(&format!("#define {name} ")));
        value.map(str::trim).ok_or_else(|| format!("include/libvm/plugin.h does not define {name}"))
    };
    Ok(format!("libvm/{}.{}", number("VM_ABI_MAJOR")?, number("VM_ABI_MINOR")?))
}
