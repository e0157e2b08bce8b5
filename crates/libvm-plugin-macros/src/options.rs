//! `derive(Options)`.
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprArray, Field, Fields, Lit, LitStr, Meta, RangeLimits, Result};

/// The attributes of a field.
#[derive(Default)]
struct Attributes {
    default: Option<Expr>,
    required: bool,
    secret: bool,
    range: Option<(Expr, Expr)>,
    choices: Option<ExprArray>,
    name: Option<LitStr>,
}

impl Attributes {
    fn of(field: &Field) -> Result<Self> {
        let mut found = Self::default();
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("option")) {
            attribute.parse_nested_meta(|meta| {
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                match name.as_str() {
                    "default" => found.default = Some(meta.value()?.parse()?),
                    "required" => found.required = true,
                    "secret" => found.secret = true,
                    "range" => found.range = Some(bounds(&meta.value()?.parse()?)?),
                    "choices" => found.choices = Some(meta.value()?.parse()?),
                    "name" => found.name = Some(meta.value()?.parse()?),
                    _ => return Err(meta.error("unknown; there are default, required, secret, range, choices, name")),
                }
                Ok(())
            })?;
        }
        let comma = |item: &Expr| matches!(item, Expr::Lit(literal) if matches!(&literal.lit, Lit::Str(text) if text.value().contains(',')));
        if let Some(item) = found.choices.iter().flat_map(|choices| &choices.elems).find(|item| comma(item)) {
            return Err(Error::new(item.span(), "a choice has no comma"));
        }
        if found.required && found.default.is_some() {
            return Err(Error::new(field.span(), "an option that is required has no default"));
        }
        Ok(found)
    }
}

fn bounds(range: &Expr) -> Result<(Expr, Expr)> {
    let wrong = || Error::new(range.span(), "a range with both bounds, as in 1..=10");
    let Expr::Range(range) = range else { return Err(wrong()) };
    match (&range.start, &range.end, &range.limits) {
        (Some(least), Some(most), RangeLimits::Closed(_)) => Ok(((**least).clone(), (**most).clone())),
        _ => Err(wrong()),
    }
}

/// Returns the first line of the documentation.
fn description(attributes: &[Attribute]) -> String {
    let line = attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    line.unwrap_or_default().trim().to_owned()
}

/// Expands the derive.
pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else { return Err(Error::new(input.span(), "options are a struct")) };
    let Fields::Named(fields) = &data.fields else { return Err(Error::new(data.fields.span(), "options are named fields")) };
    let (mut infos, mut reads) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let attributes = Attributes::of(field)?;
        let (ident, ty, text) = (&field.ident, &field.ty, description(&field.attrs));
        let name = ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let key = attributes.name.map_or(name, |name| name.value());
        let mut info = if attributes.required {
            quote!(::libvm_plugin::OptionInfo::required::<#ty>(#key, #text))
        } else {
            let default = match attributes.default {
                Some(Expr::Lit(literal)) if matches!(literal.lit, Lit::Str(_)) => quote!(::std::string::String::from(#literal)),
                Some(Expr::Array(items)) => {
                    let items = items.elems.iter();
                    quote!(::std::vec![#(::std::string::String::from(#items)),*])
                }
                Some(default) => quote!(#default),
                None => quote!(<#ty as ::core::default::Default>::default()),
            };
            quote!(::libvm_plugin::OptionInfo::new::<#ty>(#key, #default, #text))
        };
        if attributes.secret {
            info = quote!(#info.secret());
        }
        if let Some((least, most)) = attributes.range {
            let is_float = matches!(ty, syn::Type::Path(path) if path.path.is_ident("f64"));
            info = if is_float { quote!(#info.range_of_numbers(#least, #most)) } else { quote!(#info.range(#least, #most)) };
        }
        if let Some(choices) = attributes.choices {
            info = quote!(#info.choices(&#choices));
        }
        infos.push(info);
        reads.push(quote!(#ident: <#ty as ::libvm_plugin::OptionType>::read(values, #key)?));
    }
    let ident = &input.ident;
    let (generics, arguments, condition) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::libvm_plugin::Options for #ident #arguments #condition {
            fn describe() -> ::std::vec::Vec<::libvm_plugin::OptionInfo> {
                ::std::vec![#(#infos),*]
            }

            fn read(values: &::libvm_plugin::Values<'_>) -> ::libvm_plugin::Result<Self> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}
