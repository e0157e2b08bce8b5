//! `From` for the types that make a value.
#![forbid(unsafe_code)]

/// Implements `From` of each type for one type.
macro_rules! conversions {
    ($to:ty, $($from:ty: |$value:ident| $made:expr;)*) => {$(
        impl From<$from> for $to {
            fn from($value: $from) -> Self {
                $made
            }
        }
    )*};
}
pub(super) use conversions;
