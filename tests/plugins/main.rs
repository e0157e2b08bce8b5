//! Plug-ins as files: what is refused and why, in which order they load, how they live.
#![cfg(unix)]

mod bad;
mod configured;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod damaged;
mod fixture;
mod frozen;
mod life;
mod many;
mod trust;
