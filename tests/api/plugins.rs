//! Plug-ins, options, permissions, the log and WASI.
