//! Futures on an event loop.
#![forbid(unsafe_code)]

use super::super::error::Result;
use super::EventLoop;
use super::inner::Inner;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

/// Posts nothing: wakes the thread that runs the loop, so that it looks again.
struct WakeLoop {
    event_loop: Weak<Inner>,
    is_woken: AtomicBool,
}

impl Wake for WakeLoop {
    fn wake(self: Arc<Self>) {
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            let _ = event_loop.post(|| ());
        }
    }
}

impl EventLoop {
    /// Runs a future on the thread that runs the loop, such as an async block that awaits [`Execution`](crate::Execution)s: so one thread
    /// runs any number of guests that wait. It is polled in rounds of the loop when it was woken, and dropped with the loop. A panic of it
    /// is caught.
    ///
    /// ```
    /// # fn main() -> vm::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "host" "wait" (func $wait (param i32) (result i32)))
    /// #     (func (export "run") (param i32) (result i32) (call $wait (local.get 0))))"#).unwrap();
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    /// use vm::{Caller, Context, Engine, EventLoop, Module, Pending};
    ///
    /// let (engine, event_loop) = (Engine::new()?, EventLoop::new()?);
    /// let module = Module::from_buffer(&engine, wasm)?;
    /// let (sender, results) = mpsc::channel();
    /// for n in 0..10 {
    ///     let mut context = Context::new(&engine)?;
    ///     let timers = event_loop.clone();
    ///     context.module("host")?.function("wait", move |caller: Caller<'_>, n: i32| -> vm::Result<Pending<i32>> {
    ///         let (completer, pending) = caller.suspend()?;
    ///         let completer = std::sync::Mutex::new(Some(completer));
    ///         timers.start_timer(Duration::from_millis(2), None, move |_| {
    ///             completer.lock().unwrap().take().map(|completer| completer.complete(10 * n));
    ///         })?;
    ///         Ok(pending)
    ///     })?;
    ///     let instance = context.instantiate(&module)?;
    ///     let sender = sender.clone();
    ///     event_loop.spawn(async move {
    ///         let found = context.start::<i32>(instance, "run", n)?.await?;
    ///         sender.send(found).map_err(vm::Error::new)
    ///     })?;
    /// }
    /// let mut sum = 0;
    /// for _ in 0..10 {
    ///     sum += loop {
    ///         match results.try_recv() {
    ///             Ok(found) => break found,
    ///             Err(_) => event_loop.run_once(None)?,
    ///         }
    ///     };
    /// }
    /// assert_eq!(sum, 450);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// None that a host can cause.
    pub fn spawn<T>(&self, future: impl Future<Output = T> + Send + 'static) -> Result<()> {
        self.0.spawn(async move {
            let _ = future.await;
        })
    }

    /// Runs the loop on this thread until a future is ready, and returns what it has returned. Spawned futures, watches and timers run
    /// meanwhile.
    ///
    /// # Errors
    /// Those of [`run_once`](Self::run_once).
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let waking = Arc::new(WakeLoop { event_loop: Arc::downgrade(&self.0), is_woken: AtomicBool::new(true) });
        let waker = Waker::from(Arc::clone(&waking));
        let mut future = pin!(future);
        loop {
            if waking.is_woken.swap(false, Ordering::AcqRel)
                && let Poll::Ready(returned) = future.as_mut().poll(&mut TaskContext::from_waker(&waker))
            {
                return Ok(returned);
            }
            self.run_once(None)?;
        }
    }
}
