//! What a plug-in is in Rust.
use crate::myself::Myself;
use crate::options::Options;
use crate::{Module, Result};

/// A plug-in: its value is an instance of it in a context.
///
/// A type that is [`Default`] needs nothing else; another one, or one with options, implements [`Create`].
pub trait Plugin: Sized + 'static {
    /// One line about it; if empty, the `description` in `Cargo.toml`.
    const DESCRIPTION: &'static str = "";

    /// Returns the wasm modules that it provides. Called once in a process.
    fn modules() -> Vec<Module<Self>>;
}

/// Creates the instance of a plug-in in a context.
pub trait Create: Plugin {
    /// Its options.
    type Options: Options;

    /// Creates the instance in a context that registers the plug-in.
    ///
    /// # Errors
    /// The plug-in is then not registered, and the host gets the text.
    fn create(myself: Myself, options: Self::Options) -> Result<Self>;
}

impl<T: Plugin + Default> Create for T {
    type Options = ();

    fn create(_: Myself, (): ()) -> Result<Self> {
        Ok(Self::default())
    }
}

/// Moves the state of an instance to another version of the plug-in: name `snapshot` in [`libvm_plugin!`](crate::libvm_plugin).
pub trait Snapshot: Plugin {
    /// Returns the instance's own state, which begins with a number of its format. Other threads may use a singleton meanwhile.
    ///
    /// # Errors
    /// The context then stays with this version.
    fn save(&self) -> Result<Vec<u8>>;

    /// Reads the state that another version has saved into a new instance.
    ///
    /// # Errors
    /// The context then stays with the other version.
    fn restore(&mut self, state: &[u8]) -> Result<()>;
}
