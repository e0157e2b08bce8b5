//! Compiles the program that measures wasmi's own C API, which is linked in; the other C programs are libraries of their own.

fn main() {
    let headers = std::env::var("DEP_WASMI_C_API_INCLUDE").expect("wasmi_c_api_impl says where its headers are");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=c");
    cc::Build::new()
        .file("c/wasmi.c")
        .flag("-isystem")
        .flag(headers)
        .define("peer", "wasmi_peer")
        .std("c11")
        .extra_warnings(true)
        .warnings_into_errors(true)
        .compile("peers");
}
