//! What distinguishes one engine from another: the types of what its stores contain.
#![forbid(unsafe_code)]

/// An engine that runs guests.
///
/// Its types are handles of wasm's objects, which are valid in the store that they come from, and for as long as that store exists.
pub trait Backend: Copy + 'static {
    /// A function, with the fastest way to call it.
    type Func: Copy;
    /// A linear memory.
    type Memory: Copy;
    /// A table.
    type Table: Copy;
    /// A global.
    type Global: Copy;
    /// An object of the host that guests refer to by an externref.
    type Object: Copy;
    /// An instance of a module.
    type Instance: Copy;
    /// The code of a module.
    type Code;
    /// The calls of a started execution while it does not run. Dropping it cancels what is suspended, innermost first.
    type Unfinished;
    /// What the state of a store contains for this engine only.
    type Own: Default;

    /// Returns a text that distinguishes a function from all others of its store.
    fn identity(func: Self::Func) -> String;
}
