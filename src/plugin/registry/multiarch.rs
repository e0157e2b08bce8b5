//! Debian's name of this machine in paths, after which its library directory is named.
#![forbid(unsafe_code)]

use std::env::consts::ARCH;

/// The ABI, where there are several of one architecture.
const ABI: &str = if cfg!(target_abi = "eabihf") {
    "eabihf"
} else if cfg!(target_arch = "arm") {
    "eabi"
} else if cfg!(target_abi = "abi64") {
    "abi64"
} else if cfg!(all(target_arch = "x86_64", target_pointer_width = "32")) {
    "x32"
} else {
    ""
};

/// Returns the name, such as `x86_64-linux-gnu`: what `cc -print-multiarch` prints on Debian.
pub fn name() -> String {
    format(ARCH, cfg!(target_endian = "little"), if cfg!(target_env = "musl") { "musl" } else { "gnu" }, ABI)
}

fn format(architecture: &str, is_little: bool, library: &str, abi: &str) -> String {
    let machine = match architecture {
        "x86" => "i386",
        "powerpc64" if is_little => "powerpc64le",
        "mips" if is_little => "mipsel",
        "mips64" if is_little => "mips64el",
        other => other,
    };
    format!("{machine}-linux-{library}{abi}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn names_are_those_of_debian() {
        let debian = [
            ("aarch64", true, "", "aarch64-linux-gnu"),
            ("arm", true, "eabi", "arm-linux-gnueabi"),
            ("arm", true, "eabihf", "arm-linux-gnueabihf"),
            ("loongarch64", true, "", "loongarch64-linux-gnu"),
            ("mips64", true, "abi64", "mips64el-linux-gnuabi64"),
            ("powerpc64", false, "", "powerpc64-linux-gnu"),
            ("powerpc64", true, "", "powerpc64le-linux-gnu"),
            ("riscv64", true, "", "riscv64-linux-gnu"),
            ("s390x", false, "", "s390x-linux-gnu"),
            ("x86", true, "", "i386-linux-gnu"),
            ("x86_64", true, "", "x86_64-linux-gnu"),
            ("x86_64", true, "x32", "x86_64-linux-gnux32"),
        ];
        for (architecture, is_little, abi, name) in debian {
            assert_eq!(format(architecture, is_little, "gnu", abi), name);
        }
        assert_eq!(format("arm", true, "musl", "eabihf"), "arm-linux-musleabihf");
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn the_compiler_of_a_debian_system_has_the_same_name_for_it() {
        let Ok(output) = Command::new("cc").arg("-print-multiarch").output() else { return };
        // Elsewhere there are no such directories, and compilers print nothing, or do not know the option.
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !printed.is_empty() {
            assert_eq!(name(), printed);
        }
    }
}
