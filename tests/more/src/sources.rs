//! The sources.
use crate::More;
use libvm_plugin::{
    Commit, Emitted, Error, Level, Next, Options, PartState, Position, PullSource, PushSource, Result, Rewind, Source,
    StreamEvent, StreamPart, Streams, status,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

impl Streams for More {
    fn sources() -> Vec<Source<Self>> {
        vec![
            Source::pull::<Numbers>("numbers").bounded().describe("Counts"),
            Source::push::<Ticks>("ticks").bounded().describe("Ticks"),
            Source::pull::<Endless>("endless"),
        ]
    }

    fn sinks() -> Vec<libvm_plugin::Sink<Self>> {
        crate::sinks::all()
    }
}

fn after(to: Position, committed: u64) -> u64 {
    match to {
        Position::Beginning => 0,
        Position::Committed => committed,
        Position::After(position) => position,
    }
}

#[derive(Options)]
struct NumbersSettings {
    /// How many
    #[option(default = 3, range = 0..=1000)]
    count: i64,
    #[option(default = "n")]
    text: String,
    #[option(name = "fail-at")]
    fail_at: i64,
    #[option(name = "panic-at")]
    panic_at: i64,
    #[option(name = "pause-at")]
    pause_at: i64,
}

struct Numbers {
    part: StreamPart,
    prefix: String,
    settings: NumbersSettings,
    last: u64,
    committed: u64,
    notifier: Option<JoinHandle<()>>,
}

impl PullSource for Numbers {
    type Plugin = More;
    type Options = NumbersSettings;
    const COMMIT: Option<Commit<Self>> = Some(Self::commit);
    const REWIND: Option<Rewind<Self>> = Some(Self::rewind);

    fn open(plugin: &More, part: StreamPart, settings: NumbersSettings) -> Result<Self> {
        if settings.text.is_empty() {
            return Err(Error::with_status(status::USER - 2, "the text is empty"));
        }
        let committed = match part.state(|state| state.get("committed"))? {
            Some(text) => String::from_utf8(text)?.parse()?,
            None => 0,
        };
        Ok(Self { part, prefix: plugin.prefix.clone(), settings, last: committed, committed, notifier: None })
    }

    fn next(&mut self) -> Result<Next<'_>> {
        let next = self.last as i64 + 1;
        let settings = &mut self.settings;
        if next > settings.count {
            return Ok(Next::End);
        }
        if next == settings.fail_at {
            return Err(Error::with_status(status::USER - 8, "the line is dead"));
        }
        assert!(next != settings.panic_at, "help");
        if next == settings.pause_at {
            settings.pause_at = 0;
            let part = self.part.clone();
            self.notifier = Some(thread::spawn(move || drop(part.notify())));
            return Ok(Next::NotYet);
        }
        self.last += 1;
        let payload = format!("{}{}{next}", self.prefix, settings.text).into_bytes();
        let event = StreamEvent::new(payload).at(self.last).timestamp(next * 1000).with("number", next.to_string());
        Ok(Next::Event(event.with("stream", self.part.stream())))
    }
}

impl Numbers {
    fn commit(&mut self, position: u64) -> Result<()> {
        self.committed = position;
        self.part.state(|state| state.put("committed", position.to_string().as_bytes()))
    }

    fn rewind(&mut self, to: Position) -> Result<()> {
        self.last = after(to, self.committed);
        Ok(())
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        if let Some(notifier) = self.notifier.take() {
            let _ = notifier.join();
        }
        self.part.log(Level::Info, "numbers closed");
    }
}

#[derive(Options)]
struct TicksSettings {
    #[option(default = 3, range = 0..=1000)]
    count: i64,
    broken: bool,
}

struct Ticks {
    part: StreamPart,
    prefix: String,
    settings: TicksSettings,
    last: Arc<AtomicU64>,
    committed: u64,
    starts: u32,
    thread: Option<JoinHandle<()>>,
}

impl PushSource for Ticks {
    type Plugin = More;
    type Options = TicksSettings;
    const COMMIT: Option<Commit<Self>> = Some(Self::commit);
    const REWIND: Option<Rewind<Self>> = Some(Self::rewind);

    fn open(plugin: &More, part: StreamPart, settings: TicksSettings) -> Result<Self> {
        part.set_state(PartState::Connecting, "looking for the clock")?;
        let (prefix, last) = (plugin.prefix.clone(), Arc::default());
        Ok(Self { part, prefix, settings, last, committed: 0, starts: 0, thread: None })
    }

    fn start(&mut self) -> Result<()> {
        self.starts += 1;
        match self.starts {
            1 => self.part.set_state(PartState::Connected, "ticking")?,
            _ => self.part.report_reconnect("ticking again")?,
        }
        let (part, prefix, last) = (self.part.clone(), self.prefix.clone(), Arc::clone(&self.last));
        let (count, broken) = (self.settings.count as u64, self.settings.broken);
        let tick = move || -> Result<()> {
            while last.load(Ordering::Relaxed) < count {
                let next = last.load(Ordering::Relaxed) + 1;
                let event = StreamEvent::new(format!("{prefix}t{next}").into_bytes()).at(next);
                if part.emit_waiting(event)? != Emitted::Taken {
                    return Ok(());
                }
                last.store(next, Ordering::Relaxed);
            }
            match broken {
                true => part.end_with(Error::with_status(status::USER - 9, "the clock has stopped")),
                false => part.end(),
            }
        };
        self.thread = Some(thread::spawn(move || drop(tick())));
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Ticks {
    fn commit(&mut self, position: u64) -> Result<()> {
        self.committed = position;
        Ok(())
    }

    fn rewind(&mut self, to: Position) -> Result<()> {
        self.last.store(after(to, self.committed), Ordering::Relaxed);
        Ok(())
    }
}

struct Endless;

impl PullSource for Endless {
    type Plugin = More;
    type Options = ();

    fn open(_: &More, _: StreamPart, (): ()) -> Result<Self> {
        Ok(Self)
    }

    fn next(&mut self) -> Result<Next<'_>> {
        Ok(Next::NotYet)
    }
}
