//! The hooks.
use crate::More;
use libvm_plugin::{Answer, Error, Event, EventType, Hook, Hooks, Result, status};
use std::thread;

impl Hooks for More {
    fn hooks() -> Vec<Hook<Self>> {
        let second = |_: &Self, event: &mut Event<'_>| event.set_integer("second", 1);
        vec![
            Hook::new("more.decide", Self::decide).describe("Decides"),
            Hook::new("more.decide", second),
            Hook::new("more.values", Self::values).describe("Changes values"),
            Hook::new("more.later", Self::later).describe("Answers later"),
            Hook::new("more.finish", Self::finish).describe("Finishes"),
        ]
    }
}

fn status_of(completed: Result<()>) -> i64 {
    completed.err().map_or(0, |error| error.status().into())
}

impl More {
    fn decide(&mut self, event: &mut Event<'_>) -> Result<Answer> {
        self.seen += 1;
        event.set_integer("seen", self.seen.into())?;
        if event.type_of("do").is_none() {
            return Ok(Answer::Continue);
        }
        match event.string("do")? {
            "continue" => Ok(Answer::Continue),
            "complete" => Ok(Answer::Complete),
            "retry" if self.seen % 3 != 0 => Ok(Answer::Retry),
            "retry" => Ok(Answer::Continue),
            "status" => Err(Error::with_status(status::USER - 5, "the stamp is missing")),
            "plain" => Err(Error::new("no stamp at all")),
            "panic" => panic!("help"),
            "absent" => event.integer("absent").map(|_| Answer::Continue),
            "type" => event.integer("do").map(|_| Answer::Continue),
            other => Err(Error::with_status(status::INVALID_ARGUMENT, format!("do what: {other}"))),
        }
    }

    fn values(&self, event: &mut Event<'_>) -> Result<()> {
        let letter = |key| match event.type_of(key) {
            Some(EventType::String) => 's',
            Some(EventType::Bytes) => 'b',
            Some(EventType::Integer) => 'i',
            Some(EventType::Pointer) => 'p',
            _ => '?',
        };
        let list: Vec<_> = event.keys().map(|key| format!("{key}:{}", letter(key))).collect();
        if event.type_of("text").is_some() {
            let text = format!("{}{}!", self.prefix, event.string("text")?);
            event.set_string("text", &text)?;
        }
        if event.type_of("bytes").is_some() {
            let bytes: Vec<u8> = event.bytes("bytes")?.iter().rev().copied().collect();
            event.set_bytes("bytes", &bytes)?;
        }
        if event.type_of("integer").is_some() {
            event.set_integer("integer", event.integer("integer")? * 2)?;
        }
        if event.type_of("pointer").is_some() {
            event.set_pointer("pointer too", event.pointer("pointer")?)?;
        }
        event.remove("gone")?;
        event.set_string("list", &list.join(","))?;
        let point = event.point().to_owned();
        event.set_string("point", &point)
    }

    fn later(&mut self, event: &mut Event<'_>) -> Result<Answer> {
        let what = event.string("do")?.to_owned();
        if what == "no" {
            return Ok(Answer::Complete);
        }
        let (completer, pending) = event.suspend_with_cancel(self.says("event cancelled"))?;
        match what.as_str() {
            "keep" => self.event = Some(completer),
            "forget" => return Err(Error::with_status(status::USER - 7, "changed its mind")),
            "drop" => drop(thread::spawn(move || drop(completer))),
            "status" => drop(thread::spawn(move || completer.fail(Error::with_status(status::USER - 6, "no answer")))),
            "complete" => drop(thread::spawn(move || completer.complete(Answer::Complete))),
            "retry" if event.type_of("tries").is_none() => {
                event.set_integer("tries", 1)?;
                thread::spawn(move || completer.complete(Answer::Retry));
            }
            _ => drop(thread::spawn(move || completer.complete(Answer::Continue))),
        }
        Ok(pending)
    }

    fn finish(&mut self, event: &mut Event<'_>) -> Result<()> {
        if let Some(completer) = self.event.take() {
            event.set_integer("event", status_of(completer.complete(Answer::Complete)))?;
        }
        if let Some(completer) = self.call.take() {
            event.set_integer("call", status_of(completer.complete(7)))?;
        }
        Ok(())
    }
}
