//! The programs in the interpreter.
use libvm_programs::guest::Tier;

mod programs;

const TIER: Tier = Tier::Interpreter;
