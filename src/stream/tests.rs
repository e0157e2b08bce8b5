//! Tests of the steps of events.
#![forbid(unsafe_code)]

use super::flow::{Flow, Level, OpenSink};
use super::part::Sink;
use super::settings::Settings;
use super::{ErrorPolicy, Statistics};
use crate::events::Batch;
use crate::plugin::stream::Written;
use crate::status::{Error, Result, Status};
use libvm_abi as abi;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Takes everything, or fails with a status.
struct Picky(Arc<AtomicI32>);

impl Sink for Picky {
    fn write(&mut self, events: &Batch, from: usize) -> Written {
        match self.0.load(Ordering::Relaxed) {
            abi::STATUS_OK => Written { taken: events.len() - from, failure: None, was_called: true },
            status => Written { taken: 0, failure: Some(Error::new(status, "no")), was_called: true },
        }
    }

    fn flush(&mut self) -> Result<bool> {
        Ok(true)
    }
}

fn flow(sinks: usize) -> (Flow, Settings, Vec<Arc<AtomicI32>>) {
    let answers: Vec<_> = (0..sinks).map(|_| Arc::new(AtomicI32::new(abi::STATUS_OK))).collect();
    let mut flow = Flow::default();
    flow.levels.resize_with(2, Level::default);
    flow.sinks = answers.iter().map(|answer| OpenSink::new("picky", Box::new(Picky(Arc::clone(answer))))).collect();
    for position in 1..=3 {
        flow.levels[1].batch.push(b"1234", 0, position, []).unwrap();
    }
    (flow, Settings { policy: ErrorPolicy::Skip, ..Settings::default() }, answers)
}

fn write(flow: &mut Flow, settings: &Settings) -> Result<bool, Status> {
    flow.write(settings).map_err(|error| error.status())
}

#[test]
fn what_two_sinks_leave_out_counts_once() {
    let (mut flow, settings, answers) = flow(3);
    answers[0].store(abi::STATUS_IO, Ordering::Relaxed);
    answers[2].store(abi::STATUS_IO, Ordering::Relaxed);
    flow.levels[1].batch.truncate(1);
    flow.levels[1].batch.push(b"12345678", 0, 2, []).unwrap();
    assert_eq!(write(&mut flow, &settings), Ok(true));
    let expected = Statistics { failed: 4, skipped: 4, ..Statistics::default() };
    assert_eq!(flow.statistics, expected);
}
