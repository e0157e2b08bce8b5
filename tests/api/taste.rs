//! The example of a host.
