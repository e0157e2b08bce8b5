//! What no C test can do: break libvm itself below wasm frames, and look at which trampoline a signature takes.
