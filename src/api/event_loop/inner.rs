//! What clones of an event loop share, and its futures.
#![forbid(unsafe_code)]

use super::super::error::{Result, guard};
use crate::event_loop::{Callback, EventLoop, Owner};
use crate::panics;
use libvm_abi as abi;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

/// The host itself, whose callbacks may always run.
struct Host;

impl Owner for Host {
    fn run(&self, work: &mut dyn FnMut()) {
        work();
    }
}

/// Returns a callback whose panic is caught.
pub fn caught(callback: impl Fn(u64, abi::LoopEvents) + Send + Sync + 'static) -> Callback {
    Arc::new(move |id, events| {
        // A panic cannot pass through libvm; its message has been printed.
        let _ = panics::catch(|| callback(id, events));
    })
}

/// What clones of a loop share.
pub struct Inner {
    pub event_loop: Arc<EventLoop>,
    pub owner: Arc<dyn Owner>,
    /// The futures that have not ended, by their addresses.
    tasks: Mutex<HashMap<usize, Arc<Task>>>,
}

impl Inner {
    /// Shares a loop.
    pub fn new(event_loop: Arc<EventLoop>) -> Self {
        Self { event_loop, owner: Arc::new(Host), tasks: Mutex::default() }
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<usize, Arc<Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls a function once, in the next round.
    ///
    /// # Errors
    /// Those of `EventLoop::post`.
    pub fn post(&self, callback: impl FnOnce() + Send + 'static) -> Result<()> {
        let callback = Mutex::new(Some(callback));
        let once = move || callback.lock().unwrap_or_else(PoisonError::into_inner).take();
        let callback = caught(move |_, _| once().into_iter().for_each(|callback| callback()));
        guard(|| self.event_loop.post(&self.owner, callback))
    }

    /// Polls a future in rounds of the loop, until it has ended.
    ///
    /// # Errors
    /// Those of `EventLoop::post`.
    pub fn spawn(self: &Arc<Self>, future: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let task = Arc::new(Task {
            future: Mutex::new(Some(Box::pin(future))),
            is_posted: AtomicBool::new(true),
            event_loop: Arc::downgrade(self),
        });
        // An execution that the future awaits keeps its waker, and with it the future, so that the loop has to end that.
        self.tasks().insert(address(&task), Arc::clone(&task));
        self.post(move || task.poll())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.event_loop.close();
        let tasks = std::mem::take(&mut *self.tasks());
        tasks.into_values().for_each(|task| task.end());
    }
}

/// A future of a loop.
struct Task {
    /// Taken when it has ended.
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    /// Whether it is posted, and will be polled.
    is_posted: AtomicBool,
    event_loop: Weak<Inner>,
}

impl Task {
    fn poll(self: &Arc<Self>) {
        self.is_posted.store(false, Ordering::Release);
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = future.as_mut() else { return };
        let waker = Waker::from(Arc::clone(self));
        let polled = panics::catch(|| running.as_mut().poll(&mut TaskContext::from_waker(&waker)));
        drop(future);
        // One that has panicked cannot be polled again; its message has been printed.
        if !matches!(polled, Ok(Poll::Pending)) {
            self.end();
            let kept = self.event_loop.upgrade().and_then(|event_loop| event_loop.tasks().remove(&address(self)));
            drop(kept);
        }
    }

    /// Drops the future.
    fn end(&self) {
        let ended = self.future.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A panic of it ends here; its message has been printed.
        let _ = panics::catch(|| drop(ended));
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        if !self.is_posted.swap(true, Ordering::AcqRel) {
            // A loop that was closed drops it.
            let _ = event_loop.post(move || self.poll());
        }
    }
}

/// The address of a task, which is its own while it is kept.
fn address(task: &Arc<Task>) -> usize {
    Arc::as_ptr(task) as usize
}
