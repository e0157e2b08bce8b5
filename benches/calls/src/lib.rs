//! Measuring contenders against each other: interleaved rounds, medians, tables.
//!
//! The machine may be busy: each round lets every contender run once, and what is compared is the median over the rounds of
//! the ratio within a round, which a slow moment touches on both sides.
#![forbid(unsafe_code)]

pub mod race;
pub mod table;
