//! A plug-in in Rust with hooks that decide about a job, one after the other: the first refuses it, the second changes it and asks for another
//! round, and the third answers later, from a thread. The host is `examples/c/hooks_chain.c`.
#![forbid(unsafe_code)]

use libvm_plugin::{Answer, Event, Hook, Hooks, Module, Plugin, Result, libvm_plugin};
use std::thread;

/// An instance in a context.
#[derive(Default)]
pub struct Jobs {
    seen: u64,
}

impl Jobs {
    /// A hook that has decided: the others are not asked.
    fn check(&mut self, event: &mut Event<'_>) -> Result<Answer> {
        self.seen += 1;
        event.set_integer("number", self.seen as i64)?;
        Ok(if event.string("job")? == "poster" { Answer::Complete } else { Answer::Continue })
    }

    /// What the other hooks think of the letter is asked again.
    fn rename(&mut self, event: &mut Event<'_>) -> Result<Answer> {
        if event.string("job")? != "draft" {
            return Ok(Answer::Continue);
        }
        event.set_string("job", "letter")?;
        Ok(Answer::Retry)
    }

    /// The context is free until the thread, which could ask an accounting service, has completed the event.
    fn account(&self, event: &mut Event<'_>) -> Result<Answer> {
        let (completer, pending) = event.suspend()?;
        thread::spawn(move || completer.complete(Answer::Continue));
        Ok(pending)
    }
}

impl Hooks for Jobs {
    fn hooks() -> Vec<Hook<Self>> {
        vec![
            Hook::new("print.job", Self::check).describe("Refuses posters"),
            Hook::new("print.job", Self::rename).describe("Renames drafts"),
            Hook::new("print.job", Self::account).describe("Asks for the price of a job"),
        ]
    }
}

impl Plugin for Jobs {
    const DESCRIPTION: &'static str = "Decides about jobs";

    fn modules() -> Vec<Module<Self>> {
        Vec::new()
    }
}

libvm_plugin!(Jobs: hooks);
