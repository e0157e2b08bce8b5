//! The sinks.
use crate::More;
use libvm_plugin::{Error, Flush, Level, Options, Progress, Result, Sink, StreamEvent, StreamPart, StreamSink, status};
use std::fmt::Write;

pub fn all() -> Vec<Sink<More>> {
    vec![Sink::new::<Lines>("lines").describe("Logs lines"), Sink::new::<Plain>("plain")]
}

#[derive(Options)]
struct LinesSettings {
    #[option(range = 0..=1000)]
    capacity: i64,
    refuse: String,
    panic: String,
}

struct Lines {
    part: StreamPart,
    prefix: String,
    settings: LinesSettings,
    unflushed: i64,
}

impl StreamSink for Lines {
    type Plugin = More;
    type Options = LinesSettings;
    const FLUSH: Option<Flush<Self>> = Some(Self::flush);

    fn open(plugin: &More, part: StreamPart, settings: LinesSettings) -> Result<Self> {
        Ok(Self { part, prefix: plugin.prefix.clone(), settings, unflushed: 0 })
    }

    fn write(&mut self, event: &StreamEvent<'_>) -> Result<Progress> {
        let is = |text: &str| !text.is_empty() && *event.payload == *text.as_bytes();
        if is(&self.settings.refuse) {
            return Err(Error::with_status(status::USER - 10, "it is refused"));
        }
        assert!(!is(&self.settings.panic), "help");
        if self.settings.capacity != 0 && self.unflushed >= self.settings.capacity {
            return Ok(Progress::NotYet);
        }
        let mut line = format!("{}line {} {}", self.prefix, String::from_utf8_lossy(&event.payload), event.position);
        for (key, value) in &event.metadata {
            write!(line, " {key}={value}")?;
        }
        self.part.log(Level::Info, &line);
        self.unflushed += 1;
        Ok(Progress::Done)
    }
}

impl Lines {
    fn flush(&mut self) -> Result<Progress> {
        self.unflushed = 0;
        self.part.log(Level::Info, "flush");
        Ok(Progress::Done)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.part.log(Level::Info, "lines closed");
    }
}

struct Plain;

impl StreamSink for Plain {
    type Plugin = More;
    type Options = ();

    fn open(_: &More, _: StreamPart, (): ()) -> Result<Self> {
        Ok(Self)
    }

    fn write(&mut self, _: &StreamEvent<'_>) -> Result<Progress> {
        Ok(Progress::Done)
    }
}
