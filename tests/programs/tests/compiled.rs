//! The programs on the compiled engine.
#![cfg(feature = "compiled")]
use libvm_programs::guest::Tier;

mod programs;

const TIER: Tier = Tier::Compiled;
