//! Hooks, sources, sinks and parameter compilers, exercised in a basic way.
#![forbid(unsafe_code)]

use super::{Loaded, Work, misbehaviour};
use crate::guest;
use crate::host::{Event, Module, OptionInfo, Result, Stream};
use std::time::Duration;

/// Contents of events and parameters.
fn payloads() -> Vec<Vec<u8>> {
    vec![
        b"hello".to_vec(),
        Vec::new(),
        b"\0".to_vec(),
        b"\xff\xfe\xc0\x80".to_vec(),
        b"%s%n%99999d/../../$(x)`;\"'".to_vec(),
        b"((((((((((((((((((((((((((((((((".to_vec(),
        b"[a-".to_vec(),
        vec![b'('; 65536],
        vec![b'x'; 1 << 20],
        b"line\nline\r\n".to_vec(),
    ]
}

fn describe(bytes: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(24)]).into_owned();
    format!("{} bytes, {shown:?}", bytes.len())
}

/// Calls a hook with events that have nothing, or what it does not expect. Those of libvm's own points are called by contexts.
pub fn hook(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    let Some(point) = loaded.inventory.hooks.get(work.job.item) else { return Ok(()) };
    if point.starts_with("libvm.") {
        return Ok(());
    }
    let mut context = work.context(&loaded, Some("check"), false)?;
    let mut count = 0;
    for payload in std::iter::once(None).chain(payloads().into_iter().map(Some)) {
        let what = payload.as_deref().map_or_else(|| "without values".to_owned(), describe);
        work.journal.begin(&format!("its hook at `{point}`, with an event {what}"));
        let mut event = Event::new(point)?;
        if let Some(payload) = payload {
            for key in ["name", "text", "from", "to", "data", "path"] {
                event.set(key, &payload, i64::MIN);
            }
        }
        // Which answers it may give is for the hook to decide; one that does not exist is a fault.
        if let Some(message) = context.invoke(&mut event, super::calls::WAIT).as_ref().err().and_then(misbehaviour) {
            work.fault("answer", format!("its hook at `{point}`: {message}"), "");
            break;
        }
        count += 1;
    }
    work.part("count", &[count.to_string()]);
    Ok(())
}

/// Runs a stream without waiting, for a short time.
fn run_for_a_while(work: &Work<'_>, stream: &mut Stream, rounds: usize) {
    for _ in 0..rounds {
        match stream.poll(8) {
            Err(error) if error.status == libvm_abi::STATUS_WOULD_BLOCK => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => {
                if let Some(message) = misbehaviour(&error) {
                    work.fault("answer", message, "");
                }
                break;
            }
            Ok(()) => {}
        }
        if work.is_late(60) {
            break;
        }
    }
}

fn set_options(work: &Work<'_>, stream: &mut Stream, part: &str, loaded: &Loaded, own: &[OptionInfo]) -> Result {
    for (key, value) in work.values(&loaded.inventory.options).iter().chain(&work.values(own)) {
        stream.set_option(part, key, value)?;
    }
    Ok(())
}

/// Opens a source several times, reads some events, goes back, and closes it.
pub fn source(work: &Work<'_>) -> Result {
    const BEGINNING: u64 = u64::MAX - 1;
    let loaded = work.load()?;
    let Some((name, own)) = loaded.inventory.sources.get(work.job.item) else { return Ok(()) };
    let context = work.context(&loaded, Some("check"), false)?;
    for number in 1..=3 {
        work.journal.begin(&format!("opening its source `{name}`, time {number}"));
        let mut stream = Stream::of_source(&context, &loaded.plugin, name)?;
        set_options(work, &mut stream, "source", &loaded, own)?;
        run_for_a_while(work, &mut stream, 20);
        work.journal.begin(&format!("going back to the beginning of its source `{name}`"));
        if stream.rewind(BEGINNING).is_ok() {
            run_for_a_while(work, &mut stream, 5);
        }
        work.journal.begin(&format!("closing its source `{name}`"));
    }
    Ok(())
}

/// Writes events into a sink.
pub fn sink(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    let Some((name, own)) = loaded.inventory.sinks.get(work.job.item) else { return Ok(()) };
    let context = work.context(&loaded, Some("check"), false)?;
    for number in 1..=3 {
        work.journal.begin(&format!("opening its sink `{name}`, time {number}, and writing events of 0 to 1,048,576 bytes"));
        let mut stream = Stream::of_sink(&context, &loaded.plugin, name, payloads())?;
        set_options(work, &mut stream, "sink", &loaded, own)?;
        run_for_a_while(work, &mut stream, 20);
        work.journal.begin(&format!("closing its sink `{name}`"));
    }
    Ok(())
}

/// Compiles parameters of one kind, ahead and with an instantiation. What does not compile is refused, and released nothing.
pub fn compiler(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    let Some(kind) = loaded.inventory.kinds.get(work.job.item) else { return Ok(()) };
    let mut count = 0;
    for payload in payloads() {
        let what = format!("compiling a parameter of its kind `{kind}`: {}", describe(&payload));
        work.journal.begin(&what);
        let module = Module::new(&loaded.engine, &guest::build(&[], &[(kind, b"ok"), (kind, &payload)]))?;
        let prepared = loaded.registry.prepare(&module);
        if prepared.is_ok() {
            let mut context = work.context(&loaded, None, false)?;
            context.instantiate(&module)?;
        }
        if let Some(message) = prepared.as_ref().err().and_then(misbehaviour) {
            work.fault("answer", message, "");
        }
        count += 1;
        work.journal.begin(&format!("releasing what was made of a parameter of its kind `{kind}`"));
        drop(module);
        if work.is_late(60) {
            break;
        }
    }
    work.part("count", &[count.to_string()]);
    Ok(())
}
