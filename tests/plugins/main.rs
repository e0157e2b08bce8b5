//! Plug-ins as files: what is refused and why, in which order they load, how they live.
#![cfg(unix)]

mod bad;
mod fixture;
mod life;
mod many;
mod trust;
