//! A stream with a source, a stage and a sink of the host: `cargo run --example host_streams -- [FILE]` prints the words of a text, and
//! then those of its last line again.
use std::task::Poll;
use vm::{Caller, Context, Engine, EventRef, Source, StageCalls, Stream, StreamEvent, StreamPosition};

/// The lines of a text, by their numbers from 1 on.
struct Lines {
    text: Vec<String>,
    next: u64,
    committed: u64,
}

impl Source for Lines {
    fn pull(&mut self) -> vm::Result<Poll<Option<StreamEvent>>> {
        let Some(line) = self.text.get(self.next as usize - 1) else { return Ok(Poll::Ready(None)) };
        self.next += 1;
        Ok(Poll::Ready(Some(StreamEvent::new(line.as_str()).at(self.next - 1))))
    }

    /// The words of the lines up to this one are printed. A program that goes on here when it is started again would write the number to a
    /// file.
    fn commit(&mut self, position: u64) -> vm::Result<()> {
        self.committed = position;
        Ok(())
    }

    fn rewind(&mut self, position: StreamPosition) -> vm::Result<()> {
        self.next = 1 + match position {
            StreamPosition::Beginning => 0,
            StreamPosition::Committed => self.committed,
            StreamPosition::After(position) => position,
        };
        Ok(())
    }
}

fn main() -> vm::Result<()> {
    let text = match std::env::args().nth(1) {
        Some(path) => std::fs::read_to_string(&path).map_err(|error| vm::Error::new(format!("{path}: {error}")))?,
        None => "a wide sea\nno words\n".to_owned(),
    };
    let text: Vec<_> = text.lines().map(str::to_owned).collect();
    let lines = text.len() as u64;

    let mut vm = Context::new(&Engine::new()?)?;
    let stream = Stream::new(&mut vm, "words")?;
    stream.set_source(Lines { text, next: 1, committed: 0 })?;
    stream.add_stage("words", StageCalls::Single, |caller: Caller<'_>| -> vm::Result<()> {
        let line = String::from_utf8_lossy(caller.event()?.payload()).into_owned();
        line.split_whitespace().try_for_each(|word| caller.emit_event(&StreamEvent::new(word)))
    })?;
    stream.add_sink(Some("terminal"), |event: EventRef<'_>| {
        println!("{}: {}", event.position(), String::from_utf8_lossy(event.payload()));
        Ok(())
    })?;
    stream.run(None)?;
    stream.rewind(StreamPosition::After(lines.saturating_sub(1)))?;
    stream.run(None)?;
    let counted = stream.statistics();
    println!("{} lines, {} words, {} commits", counted.events_in, counted.events_out, counted.commits);
    Ok(())
}
