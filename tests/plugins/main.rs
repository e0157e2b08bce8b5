//! Plug-ins as files: which ones are refused and why, in which order they load, and their life cycle.
#![cfg(unix)]

mod bad;
mod configured;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod damaged;
mod examined;
mod fixture;
mod frozen;
mod life;
mod many;
mod trust;
