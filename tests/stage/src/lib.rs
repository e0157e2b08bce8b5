//! The twin of capi-tests/plugins/stage.c in Rust: functions that are stages of streams, without a guest.
#![forbid(unsafe_code)]

use libvm_plugin::{Error, Guest, Module, Plugin, Result, libvm_plugin, status};

/// An instance.
#[derive(Default)]
pub struct Stage;

/// Emits the event with its metadata, and a last key.
fn mark(_: &Stage, guest: &mut Guest<'_>) -> Result<()> {
    guest.emit(guest.event()?.with("mark", "set"))
}

/// Emits the events of the call that are longer than one byte.
fn longer(_: &Stage, guest: &mut Guest<'_>) -> Result<()> {
    loop {
        let event = guest.event()?;
        if event.payload.len() > 1 {
            guest.emit(event)?;
        }
        if !guest.next_event()? {
            return Ok(());
        }
    }
}

impl Plugin for Stage {
    fn modules() -> Vec<Module<Self>> {
        let fail = || Error::with_status(status::IO, "there is no paper");
        let module = Module::new("stage")
            .function("mark", mark)
            .function("longer", longer)
            .function("fail", move |_: &Self| -> Result<()> { Err(fail()) })
            .function("takes", |_: &Self, _: i32| ())
            .function("secret", mark)
            .permission("stage:secret");
        vec![module]
    }
}

libvm_plugin!(Stage);
