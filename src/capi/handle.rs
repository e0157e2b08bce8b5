//! What the handles of C and those of the engine have in common.

/// Writes a handle type's conversions.
macro_rules! handle {
    ($name:ident) => {
        impl From<crate::engine::Handle> for $name {
            fn from(handle: crate::engine::Handle) -> Self {
                Self { context: handle.context, slot: handle.slot, generation: handle.generation }
            }
        }

        impl From<$name> for crate::engine::Handle {
            #[inline]
            fn from(handle: $name) -> Self {
                Self { context: handle.context, slot: handle.slot, generation: handle.generation }
            }
        }
    };
}
pub(super) use handle;
