//! `libvm_plugin!`.
use crate::metadata::Metadata;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Result, Token, Type};

/// The macro's input: `Calc: singleton, snapshot`.
pub struct Plugin {
    ty: Type,
    words: Vec<Ident>,
}

const WORDS: &[&str] =
    &["singleton", "serialized", "thread_affine", "shared", "snapshot", "hooks", "streams", "compilers", "dependencies"];

/// The words that are extensions, each with the function that makes it.
const EXTENSIONS: &[&str] = &["snapshot", "hooks", "streams", "compilers", "dependencies"];

impl Parse for Plugin {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ty = input.parse()?;
        let mut words = Vec::new();
        if input.parse::<Option<Token![:]>>()?.is_some() {
            words.extend(Punctuated::<Ident, Token![,]>::parse_terminated(input)?);
        }
        match words.iter().find(|word| !WORDS.contains(&word.to_string().as_str())) {
            Some(word) => Err(Error::new(word.span(), format!("unknown; there are {}", WORDS.join(", ")))),
            None => Ok(Self { ty, words }),
        }
    }
}

impl Plugin {
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|other| other == word)
    }

    /// Expands the macro.
    pub fn expand(&self) -> Result<TokenStream> {
        let ty = &self.ty;
        let metadata = Metadata::read().map_err(|error| Error::new(Span::call_site(), error))?;
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let name = metadata.name.unwrap_or(package);
        let modules = metadata.modules;
        let listed = modules.join(",");
        let permissions_listed = metadata.permissions;
        let (depends, permissions, host) = (metadata.depends.join(","), permissions_listed.join(","), metadata.host_version);
        let symbol = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
        let symbol = format!("libvm_builtin_{symbol}");

        let (singleton, serialized, affine) = (self.has("singleton"), self.has("serialized"), self.has("thread_affine"));
        let flag = |set: bool, flag: TokenStream| if set { quote!(::libvm_plugin::abi::#flag) } else { quote!(0) };
        let (one, on_thread, in_turn) = (
            flag(singleton, quote!(PLUGIN_SINGLETON)),
            flag(affine, quote!(PLUGIN_THREAD_AFFINE)),
            flag(serialized, quote!(PLUGIN_SERIALIZED)),
        );
        let flags = quote!(#one | #on_thread | #in_turn);
        let shared = singleton && !serialized && !affine;
        let bounds = match (shared, affine) {
            (true, _) => quote!(::core::marker::Send + ::core::marker::Sync),
            (false, true) => quote!(::libvm_plugin::Plugin),
            (false, false) => quote!(::core::marker::Send),
        };
        let extensions = self.words.iter().filter(|word| EXTENSIONS.contains(&word.to_string().as_str()));
        let extensions: Vec<_> = extensions.map(|word| quote!(::libvm_plugin::entry::Extension::#word::<#ty>)).collect();
        let sharing = match self.has("shared") {
            true => quote!(::libvm_plugin::entry::Shares<#ty>),
            false => quote!(::libvm_plugin::entry::Nothing),
        };

        // `cfg` of a feature that the plug-in does not have is a warning.
        let export = |name: &str, if_builtin: bool| match (metadata.has_builtin, if_builtin) {
            (true, true) => quote!(#[cfg_attr(feature = "builtin", unsafe(export_name = #name))]),
            (true, false) => quote!(#[cfg_attr(not(feature = "builtin"), unsafe(export_name = #name))]),
            (false, true) => TokenStream::new(),
            (false, false) => quote!(#[unsafe(export_name = #name)]),
        };
        let (manifest_name, entry_name) = (export("libvm_plugin_manifest", false), export("libvm_plugin_entry", false));
        let builtin_name = export(&symbol, true);

        Ok(quote! {
            const _: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
            const _: fn() = || {
                fn moves_between_threads_as_the_plugin_does<T: #bounds>() {}
                moves_between_threads_as_the_plugin_does::<#ty>();
            };

            #manifest_name
            #[used]
            static LIBVM_PLUGIN_MANIFEST: ::libvm_plugin::abi::PluginManifest =
                ::libvm_plugin::entry::manifest(&::libvm_plugin::entry::Texts {
                    name: #name,
                    version: env!("CARGO_PKG_VERSION"),
                    description: ::libvm_plugin::entry::or(
                        <#ty as ::libvm_plugin::Plugin>::DESCRIPTION,
                        env!("CARGO_PKG_DESCRIPTION"),
                    ),
                    license: env!("CARGO_PKG_LICENSE"),
                    modules: #listed,
                    depends: #depends,
                    permissions: #permissions,
                    host_version: #host,
                });

            #entry_name
            unsafe extern "C" fn libvm_plugin_entry(
                host: *const ::libvm_plugin::abi::PluginHost,
            ) -> *const ::libvm_plugin::abi::PluginDescriptor {
                static PLUGIN: ::libvm_plugin::entry::Static = ::libvm_plugin::entry::Static::new();
                unsafe extern "C" fn initialize(
                    host: *const ::libvm_plugin::abi::PluginHost,
                    data: *mut *mut ::core::ffi::c_void,
                ) -> ::libvm_plugin::abi::Status {
                    // SAFETY: libvm calls it after the entry.
                    unsafe { PLUGIN.initialize::<#sharing>(host, data) }
                }
                unsafe extern "C" fn get_extension(
                    _: *mut ::core::ffi::c_void,
                    id: *const ::core::ffi::c_char,
                ) -> *const ::core::ffi::c_void {
                    // SAFETY: libvm passes a C string.
                    unsafe { PLUGIN.find_extension(id) }
                }
                let flags = ::libvm_plugin::entry::Flags { plugin: #flags, shared: #shared };
                let functions = ::libvm_plugin::entry::Functions { initialize, get_extension };
                // SAFETY: libvm passes a valid host.
                unsafe { PLUGIN.entry::<#ty>(host, flags, functions, &[#(#extensions),*]) }
            }

            /// The plug-in, for a host that links it.
            #builtin_name
            pub static BUILTIN: ::libvm_plugin::entry::Builtin =
                // SAFETY: both are of this plug-in, and defined above.
                unsafe { ::libvm_plugin::entry::Builtin::new(&LIBVM_PLUGIN_MANIFEST, libvm_plugin_entry) };

            #[cfg(test)]
            mod libvm_plugin_tests {
                #[test]
                fn the_manifest_has_the_modules_and_permissions_of_the_code() {
                    let modules: &[&str] = &[#(#modules),*];
                    let permissions: &[&str] = &[#(#permissions_listed),*];
                    ::libvm_plugin::entry::check_manifest::<super::#ty>(#name, modules, permissions);
                }
            }
        })
    }
}
