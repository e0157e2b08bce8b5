//! Says to the linker what the shared library is called, and lets it share code between functions.
use std::env::var;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let minor = var("CARGO_PKG_VERSION_MINOR").expect("cargo sets it");
    match os.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvm.so.0.{minor}");
        }
        "macos" | "ios" => println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libvm.0.{minor}.dylib"),
        _ => {}
    }
    if var("PROFILE").as_deref() == Ok("release") && links_with_lld() {
        // Functions of equal code become one, of which generic code makes many: 12 % of the library. None of them is known by
        // its address.
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
    }
}

/// Whether rustc links with its own copy of LLVM's linker: by default it does for this target since 1.90.
fn links_with_lld() -> bool {
    let chosen = var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    if var("TARGET").as_deref() != Ok("x86_64-unknown-linux-gnu") || var("RUSTC_LINKER").is_ok() || chosen {
        return false;
    }
    let version = Command::new(var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())).arg("--version").output();
    let text = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let minor = text.strip_prefix("rustc 1.").and_then(|rest| rest.split('.').next()).and_then(|minor| minor.parse().ok());
    minor.is_some_and(|minor: u32| minor >= 90)
}
