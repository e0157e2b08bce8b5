//! The call that a host function runs for.

use super::error::{Error, Result};
use crate::capi::fault;
use crate::engine::{ActiveCall, with_caller};
use crate::{panics, status};
use libvm_abi as abi;
use std::marker::PhantomData;
use std::time::Duration;

/// The call that a host function runs for: the guest that called it, with its memory, its functions and its budget.
///
/// A host function that needs it has it as its first parameter. It cannot outlive the call, nor be used on another thread.
pub struct Caller<'a> {
    pointer: *mut abi::Caller,
    marker: PhantomData<&'a mut ()>,
}

impl Caller<'_> {
    /// # Safety
    /// The pointer is that of a running callback, which this does not outlive.
    pub(super) unsafe fn new(pointer: *mut abi::Caller) -> Self {
        Self { pointer, marker: PhantomData }
    }

    /// Returns another one for the same call.
    ///
    /// # Safety
    /// Only one of both is used from now on at any time.
    pub(super) unsafe fn again(&self) -> Self {
        Self { pointer: self.pointer, marker: PhantomData }
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&mut ActiveCall<'_>) -> status::Result<T>) -> Result<T> {
        let mut failure = None;
        let guarded = |call: &mut ActiveCall<'_>| {
            let done = panics::catch(|| work(call)).unwrap_or_else(|panic| Err(fault(&panic)));
            done.map_err(|error| {
                let status = error.status();
                failure = Some(error);
                status
            })
        };
        // SAFETY: `new` was promised a running call.
        let done = unsafe { with_caller(self.pointer, guarded) };
        done.map_err(|status| {
            let unusable = || status::Error::new(status, "the caller cannot be used while another function of it runs");
            failure.unwrap_or_else(unusable).into()
        })
    }

    /// Returns the size of the guest's memory in bytes.
    ///
    /// # Errors
    /// [`NOT_FOUND`](crate::Status::NOT_FOUND) if the guest has no memory that host functions see.
    pub fn memory_size(&self) -> Result<u64> {
        self.with(|call| call.memory_size())
    }

    /// Returns a part of the guest's memory.
    ///
    /// # Errors
    /// [`OUT_OF_BOUNDS`](crate::Status::OUT_OF_BOUNDS), and as for [`memory_size`](Self::memory_size).
    pub fn memory_span(&mut self, address: u64, size: u64) -> Result<&mut [u8]> {
        let span = self.with(|call| call.memory_span(address, size))?;
        if span.size == 0 {
            return Ok(&mut []);
        }
        // SAFETY: the span lies in the guest's memory, which moves or changes only in calls of the guest: they need this caller, which
        // is borrowed as long as the slice lives, and any other use of the context is refused meanwhile.
        Ok(unsafe { std::slice::from_raw_parts_mut(span.data, span.size) })
    }

    /// Reads from the guest's memory.
    ///
    /// # Errors
    /// As for [`memory_span`](Self::memory_span); then nothing is read.
    pub fn read_memory(&mut self, address: u64, data: &mut [u8]) -> Result<()> {
        data.copy_from_slice(self.memory_span(address, data.len() as u64)?);
        Ok(())
    }

    /// Writes to the guest's memory.
    ///
    /// # Errors
    /// As for [`memory_span`](Self::memory_span); then nothing is written.
    pub fn write_memory(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.memory_span(address, data.len() as u64)?.copy_from_slice(data);
        Ok(())
    }

    /// Returns how much time the execution has left; `None` without a limit.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.with(|call| Ok(call.time_left())).unwrap_or_default();
        (left != u64::MAX).then(|| Duration::from_millis(left))
    }

    /// Extends the time limits of the execution.
    pub fn extend_time(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        // It fails only outside of a call.
        let _: Result<()> = self.with(|call| {
            call.extend_time(milliseconds);
            Ok(())
        });
    }

    /// Takes fuel for work of the host.
    ///
    /// # Errors
    /// [`OUT_OF_FUEL`](crate::Status::OUT_OF_FUEL), [`UNSUPPORTED`](crate::Status::UNSUPPORTED) for an engine without fuel metering.
    pub fn consume_fuel(&self, units: u64) -> Result<()> {
        self.with(|call| call.consume_fuel(units))
    }

    /// Records why the host function fails, and returns its status.
    pub(super) fn fail(&self, error: Error) -> abi::Status {
        let status = error.status().number();
        let recorded: Result<()> = self.with(|call| {
            let error = error.into_inner();
            let error = error.unwrap_or_else(|own| call.function().error(status, &format!("failed: {}", own.message())));
            call.set_failure(error);
            Ok(())
        });
        recorded.map_or_else(|error| error.status().number(), |()| status)
    }

    /// Retains what was lent to this call, for owned references.
    pub(super) fn keep(&self, values: &[abi::Value]) -> Result<()> {
        if values.iter().all(|value| value.reference().context == 0) {
            return Ok(());
        }
        self.with(|call| values.iter().try_for_each(|value| call.retain_ref(value.reference())))
    }
}
