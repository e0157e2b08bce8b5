//! The macros of `libvm-plugin`, which exports them.
#![forbid(unsafe_code)]

mod metadata;
mod options;
mod plugin;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Defines the manifest and the entry of a plug-in: the two symbols that libvm looks for.
///
/// ```text
/// libvm_plugin!(Calc);
/// libvm_plugin!(Calc: singleton, snapshot);
/// ```
///
/// | word | |
/// | --- | --- |
/// | `singleton` | One instance for a registry, which contexts on many threads use at once: the type is `Send` and `Sync`, and all its functions and hooks take `&self`. |
/// | `serialized` | One thread at a time is in the plug-in, over all contexts. A singleton then needs `Send` only, and may take `&mut self`. |
/// | `thread_affine` | An instance is used on the thread that created it; the type need not be `Send`. |
/// | `shared` | The type implements `Shared`: what its instances in a registry, and its compilers, share. |
/// | `snapshot` | The type implements `Snapshot`: its state moves to other versions. |
/// | `hooks` | The type implements `Hooks`: it takes part in decisions of the host. |
/// | `streams` | The type implements `Streams`: it has sources and sinks. |
/// | `compilers` | The type implements `Compilers`: it compiles parameters of guests. |
/// | `dependencies` | The type implements `Dependencies`: it is shown modules before they are linked. |
///
/// Name, version, description and license are those of `Cargo.toml`; `[package.metadata.libvm]` has the rest, all optional:
///
/// ```toml
/// [package.metadata.libvm]
/// name = "calc"                       # instead of the package's
/// modules = ["calc", "math"]          # the wasm modules; not needed for one with the plug-in's name, or none
/// permissions = ["fs:read", "process:exec:*"]
/// depends = ["store >=1.2"]
/// host-version = ">=0.4"
/// ```
///
/// `cargo test` of the plug-in compares modules and permissions with those of the code.
///
/// With the plug-in's own feature `builtin` no symbols are exported, so that several plug-ins can be linked into one program. A host in Rust
/// passes `BUILTIN` of the crate to libvm; a host in C declares `extern const VM_PluginBuiltin libvm_builtin_calc`, with the plug-in's name
/// (other characters than letters, digits and `_` become `_`).
#[proc_macro]
pub fn libvm_plugin(input: TokenStream) -> TokenStream {
    let plugin = parse_macro_input!(input as plugin::Plugin);
    plugin.expand().unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes the fields of a struct the options of a plug-in. A field is a `bool`, `i64`, `f64`, `String` or `Vec<String>`; the first line of its
/// documentation describes it.
///
/// | attribute | |
/// | --- | --- |
/// | `#[option(default = 100)]` | the default; without it that of the type |
/// | `#[option(required)]` | has no default, and must be set |
/// | `#[option(secret)]` | is never shown or logged |
/// | `#[option(range = 1..=10)]` | bounds of an `i64` or `f64` |
/// | `#[option(choices = ["fast", "small"])]` | a `String` is one of these |
/// | `#[option(name = "max-size")]` | another name than the field's |
#[proc_macro_derive(Options, attributes(option))]
pub fn derive_options(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as syn::DeriveInput);
    options::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
