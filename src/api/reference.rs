//! References to functions and to objects of the host.
#![forbid(unsafe_code)]

use crate::engine::{self, Handle};
use std::fmt;
use std::sync::Arc;

/// A reference that is released when the last clone is dropped, on any thread.
struct Held(Handle);

impl Drop for Held {
    fn drop(&mut self) {
        engine::release(self.0);
    }
}

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Arc<Held>);

        impl $name {
            /// Takes ownership of a reference; `None` if it is null.
            pub(super) fn own(handle: Handle) -> Option<Self> {
                (handle.context != 0).then(|| Self(Arc::new(Held(handle))))
            }

            pub(super) fn handle(&self) -> Handle {
                self.0.0
            }
        }

        impl PartialEq for $name {
            /// Returns whether both are clones of one reference.
            fn eq(&self, other: &Self) -> bool {
                self.handle() == other.handle()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Handle { context, slot, .. } = self.handle();
                write!(f, concat!(stringify!($name), "({} of context {})"), slot, context)
            }
        }
    };
}

reference! {
    /// A reference to a function, as wasm sees it. It is valid until it is dropped, or its context is reset.
    FuncRef
}

reference! {
    /// A reference to an object of the host, which guests pass on but cannot look into. It is valid until it is dropped, or its context
    /// is reset.
    ExternRef
}
