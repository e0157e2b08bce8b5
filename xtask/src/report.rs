//! Steps that are timed, counted and summarized.
use crate::Result;
use std::time::{Duration, Instant};

/// The result of each step.
#[derive(Default)]
pub struct Report {
    steps: Vec<(String, bool, Duration)>,
}

impl Report {
    /// Runs a step, and shows its result or error. Returns whether it succeeded.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<String>) -> bool {
        println!("== {name}");
        let start = Instant::now();
        let outcome = work();
        let took = start.elapsed();
        match &outcome {
            Ok(text) if text.is_empty() => {}
            Ok(text) => println!("{}", text.trim_end()),
            Err(message) => println!("{}\n== {name} FAILED", message.trim_end()),
        }
        self.steps.push((name.to_owned(), outcome.is_ok(), took));
        outcome.is_ok()
    }

    /// Prints the table; its last line is `N passed, M failed`.
    pub fn finish(self) -> Result {
        let width = self.steps.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        println!();
        for (name, passed, took) in &self.steps {
            println!("{name:<width$}  {}  {:>6.1} s", if *passed { "passed" } else { "FAILED" }, took.as_secs_f64());
        }
        let failed = self.steps.iter().filter(|(_, passed, _)| !passed).count();
        println!("{} passed, {failed} failed", self.steps.len() - failed);
        if failed == 0 { Ok(()) } else { Err(String::new()) }
    }
}
