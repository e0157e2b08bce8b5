//! Sets the soname of the shared library, which has the version of libvm's.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let minor = std::env::var("CARGO_PKG_VERSION_MINOR").expect("cargo sets it");
    match os.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvm-compiler.so.0.{minor}");
        }
        "macos" | "ios" => println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libvm-compiler.0.{minor}.dylib"),
        _ => {}
    }
}
