//! Compiles the C programs that are measured, and links them to libvm and to wasmi's own C API.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "run")]
    run::build();
}

#[cfg(feature = "run")]
mod run {
    use std::env::var;

    pub fn build() {
        let root = var("CARGO_MANIFEST_DIR").expect("cargo sets it") + "/../..";
        let wasmi = var("DEP_WASMI_C_API_INCLUDE").expect("wasmi_c_api_impl says where its headers are");
        println!("cargo::rerun-if-changed=c");
        println!("cargo::rerun-if-changed={root}/include");
        println!("cargo::rerun-if-env-changed=LIBVM_LIBRARY_DIR");
        cc::Build::new()
            .files([
                "c/libvm.c",
                "c/wasmi.c",
                "c/count.c",
                "c/plugins.c",
                "c/hooks.c",
                "c/packages.c",
                "c/open_files.c",
                "c/control.c",
                "c/suspended.c",
                "c/streams.c",
            ])
            .define("VM_PLUGIN_BUILTIN", "bench_plugin")
            .include(root + "/include")
            // wasmi's headers have warnings of their own.
            .flag("-isystem")
            .flag(wasmi)
            .std("c11")
            .extra_warnings(true)
            .warnings_into_errors(true)
            .compile("calls");
        let library = var("LIBVM_LIBRARY_DIR").expect("LIBVM_LIBRARY_DIR says where libvm is; `cargo xtask bench` sets it");
        println!("cargo::rustc-link-search=native={library}");
        println!("cargo::rustc-link-lib=dylib=vm");
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{library}");
    }
}
