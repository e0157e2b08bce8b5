//! Compiling in the background: one thread of the process with low priority, which is started when there is something to compile and
//! ends when there has been nothing for a while.
//!
//! A compilation that has begun cannot be aborted. What waits is dropped with its [`Ticket`]; what runs is not waited for then, and its
//! result is dropped. A thread that needs the result at once has its [`Turn`]: it takes over what waits, and waits for what runs.
#![forbid(unsafe_code)]

use crate::limits;
use crate::panics;
use crate::status::{Error, Result};
use crate::{system, thread};
use libvm_abi as abi;
use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the thread waits for something to compile before it ends.
const IDLE: Duration = Duration::from_secs(5);

type Work = Box<dyn FnOnce() + Send>;

struct Waiting {
    what: usize,
    wanted: Arc<AtomicBool>,
    work: Work,
}

/// What is compiled, and the thread that does it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Running {
    what: usize,
    thread: usize,
}

struct Queue {
    waiting: VecDeque<Waiting>,
    /// What is compiled now, by this thread or by those that could not wait for it.
    running: Vec<Running>,
    has_thread: bool,
}

static COMPILATIONS: Mutex<Queue> = Mutex::new(Queue { waiting: VecDeque::new(), running: Vec::new(), has_thread: false });
static ADDED: Condvar = Condvar::new();
static ENDED: Condvar = Condvar::new();

fn queue() -> MutexGuard<'static, Queue> {
    COMPILATIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A compilation that was asked for. Dropping it means that its result is not wanted any more.
#[must_use = "dropping a ticket cancels the compilation"]
#[derive(Debug)]
pub struct Ticket(Arc<AtomicBool>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
        let mut queue = queue();
        let at = queue.waiting.iter().position(|waiting| Arc::ptr_eq(&waiting.wanted, &self.0));
        let cancelled = at.and_then(|at| queue.waiting.remove(at));
        // Dropping the work may run other code, which may have tickets too: the lock is free by then.
        drop(queue);
        drop(cancelled);
    }
}

/// Checks that a module may be compiled in the background, where nothing can stop that, and others wait meanwhile.
///
/// # Errors
/// `STATUS_LIMIT`.
pub fn check(size: usize, largest_body: usize) -> Result<()> {
    for (what, size, most) in [
        ("modules of at most", size, limits::MAX_BACKGROUND_MODULE),
        ("functions of at most", largest_body, limits::MAX_BACKGROUND_BODY),
    ] {
        if size > most {
            let message = format!("only {what} {most} bytes are compiled in the background, and this has {size}");
            return Err(Error::new(abi::STATUS_LIMIT, message));
        }
    }
    Ok(())
}

/// Runs `compile` in the background, and passes its result to `done` there. Neither is called once the ticket is dropped, except one that is
/// running. `what` is a number that nothing else has which is compiled meanwhile.
///
/// # Errors
/// `STATUS_LIMIT` if too many wait; `STATUS_OUT_OF_MEMORY` if the system has no thread left.
pub fn compile<C>(
    what: usize,
    compile: impl FnOnce() -> Result<C> + Send + 'static,
    done: impl FnOnce(Result<C>) + Send + 'static,
) -> Result<Ticket> {
    // Not under the lock: the loader has locks of its own.
    system::stay_loaded();
    let mut queue = queue();
    if queue.waiting.len() >= limits::MAX_BACKGROUND_MODULES {
        let message = format!("{} modules are waiting to be compiled in the background already", queue.waiting.len());
        return Err(Error::new(abi::STATUS_LIMIT, message));
    }
    if !queue.has_thread {
        thread::start_in_background("libvm compiler", run).map_err(|error| {
            let message = format!("cannot start the thread that compiles modules: {error}; end other threads");
            Error::new(abi::STATUS_OUT_OF_MEMORY, message)
        })?;
        queue.has_thread = true;
    }
    let wanted = Arc::new(AtomicBool::new(true));
    let is_wanted = wanted.clone();
    let work = move || {
        let made = panics::catch(compile).unwrap_or_else(|panic| {
            let message = format!("an internal error in libvm while compiling in the background: {}", panic.text());
            Err(Error::new(abi::STATUS_INTERNAL, message))
        });
        if is_wanted.load(Ordering::Acquire) {
            done(made);
        }
    };
    queue.waiting.push_back(Waiting { what, wanted: wanted.clone(), work: Box::new(work) });
    ADDED.notify_one();
    Ok(Ticket(wanted))
}

/// The right to compile something at once, until it is dropped.
pub struct Turn(Running);

impl Turn {
    /// Takes over what waits to be compiled in the background, or waits until it has been compiled there or by another thread; no longer than
    /// `patience`, since the thread there has a low priority. A thread does not wait for itself: it may log while it compiles, which calls the
    /// host.
    pub fn of(what: usize, patience: Duration) -> Self {
        let running = Running { what, thread: thread::id() };
        let end = Instant::now() + patience;
        let mut queue = queue();
        while queue.running.iter().any(|other| other.what == what && other.thread != running.thread) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            queue = ENDED.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let at = queue.waiting.iter().position(|waiting| waiting.what == what);
        let taken = at.and_then(|at| queue.waiting.remove(at));
        queue.running.push(running);
        // Not under the lock: see `Ticket`.
        drop(queue);
        drop(taken);
        Self(running)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        ends(&mut queue(), self.0);
    }
}

fn ends(queue: &mut Queue, ended: Running) {
    // In a child process, the queue has forgotten what runs in the parent.
    if let Some(at) = queue.running.iter().position(|running| *running == ended) {
        queue.running.swap_remove(at);
    }
    ENDED.notify_all();
}

fn run() {
    system::lower_priority_of_thread();
    let mut queue = queue();
    loop {
        let Some(Waiting { what, work, .. }) = queue.waiting.pop_front() else {
            let (woken, idle) = ADDED.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if idle.timed_out() && queue.waiting.is_empty() {
                queue.has_thread = false;
                return;
            }
            continue;
        };
        let running = Running { what, thread: thread::id() };
        queue.running.push(running);
        drop(queue);
        // The thread must outlive a panic of `done`. Its message was written by the panic hook.
        drop(panics::catch(work));
        queue = self::queue();
        ends(&mut queue, running);
    }
}

/// Locks the queue until the result is dropped, for use around `fork`.
pub fn hold_lock() -> Box<dyn Any> {
    Box::new(queue())
}

/// Forgets what waits, in a child process: the thread exists only in the parent, and the work is the parent's. The next compilation
/// of the child starts a thread of its own.
pub fn forget() {
    let mut queue = queue();
    queue.has_thread = false;
    queue.running.clear();
    // Dropping the work could run code of a host that does not expect it here.
    std::mem::forget(std::mem::take(&mut queue.waiting));
}

#[cfg(test)]
mod tests {
    use super::{compile as compile_it, *};
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// The tests share the thread of the process, and one that fills the queue must not meet another.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn compile<C>(
        compile: impl FnOnce() -> Result<C> + Send + 'static,
        done: impl FnOnce(Result<C>) + Send + 'static,
    ) -> Result<Ticket> {
        static NEXT: AtomicUsize = AtomicUsize::new(1000);
        compile_it(NEXT.fetch_add(1, Ordering::Relaxed), compile, done)
    }

    type Made = Result<Vec<u8>>;

    /// A stand-in for the compiler, which waits until it is told its result.
    fn stand_in() -> (Sender<Made>, impl FnOnce() -> Made + Send + 'static, Receiver<()>) {
        let (send, receive) = channel();
        let (begun, begins) = channel();
        let work = move || {
            begun.send(()).unwrap();
            receive.recv().unwrap()
        };
        (send, work, begins)
    }

    #[test]
    fn modules_are_compiled_in_turn_on_one_thread() {
        let _alone = alone();
        let (send, receive) = channel();
        let tickets: Vec<Ticket> = (0..20)
            .map(|number| {
                let send = send.clone();
                let work = move || Ok((number, thread::number()));
                compile(work, move |made| send.send(made.unwrap()).unwrap()).unwrap()
            })
            .collect();
        let made: Vec<(usize, u64)> = (0..20).map(|_| receive.recv().unwrap()).collect();
        assert!(made.iter().enumerate().all(|(at, (number, thread))| *number == at && *thread == made[0].1));
        assert_ne!(made[0].1, thread::number());
        drop(tickets);
    }

    /// Programs that wait for the processor come first.
    #[test]
    #[cfg(target_os = "linux")]
    fn the_thread_has_the_lowest_priority() {
        let _alone = alone();
        let (send, receive) = channel();
        let read = || Ok(std::fs::read_to_string("/proc/thread-self/stat").unwrap());
        let ticket = compile(read, move |made| send.send(made.unwrap()).unwrap()).unwrap();
        let line: String = receive.recv().unwrap();
        // Behind the name, which is in parentheses.
        let fields = line.rsplit(')').next().unwrap().split_whitespace();
        assert_eq!(fields.collect::<Vec<_>>()[16], "19");
        drop(ticket);
    }

    /// Dropping a ticket does not wait: what has not begun is dropped at once, and what has is not reported.
    #[test]
    fn what_is_not_wanted_any_more_is_dropped() {
        let _alone = alone();
        let (finish, first, begins) = stand_in();
        let (send, receive) = channel::<Vec<u8>>();
        let reports = |send: Sender<Vec<u8>>| move |made: Result<Vec<u8>>| send.send(made.unwrap()).unwrap();
        let running = compile(first, reports(send.clone())).unwrap();
        begins.recv().unwrap();
        let (_unused, second, second_begins) = stand_in();
        let waiting = compile(second, reports(send.clone())).unwrap();
        let last = compile(|| Ok(vec![3]), reports(send)).unwrap();
        drop(waiting);
        assert!(second_begins.recv().is_err(), "its work is dropped with the ticket");
        drop(running);
        finish.send(Ok(vec![1])).unwrap();
        assert_eq!(receive.recv().unwrap(), [3]);
        assert!(receive.recv().is_err());
        drop(last);
    }

    #[test]
    fn failures_and_panics_are_results() {
        let _alone = alone();
        let (send, receive) = channel();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let reports = || {
            let send = send.clone();
            move |made: Result<()>| send.send(made.unwrap_err()).unwrap()
        };
        let tickets = [
            compile(|| Err(Error::new(abi::STATUS_UNSUPPORTED, "no")), reports()).unwrap(),
            compile(|| panic!("a test"), reports()).unwrap(),
            compile(|| Ok(()), |_| panic!("another test")).unwrap(),
            compile(|| Err(Error::new(abi::STATUS_IO, "goes on")), reports()).unwrap(),
        ];
        let errors: Vec<Error> = (0..3).map(|_| receive.recv().unwrap()).collect();
        std::panic::set_hook(hook);
        assert_eq!(errors[0].message(), "no");
        assert_eq!(errors[1].status(), abi::STATUS_INTERNAL);
        assert!(errors[1].message().contains("while compiling in the background: a test"), "{}", errors[1].message());
        assert_eq!(errors[2].message(), "goes on");
        drop(tickets);
    }

    #[test]
    fn large_modules_and_long_queues_are_refused() {
        let _alone = alone();
        let (module, body) = (limits::MAX_BACKGROUND_MODULE, limits::MAX_BACKGROUND_BODY);
        check(module, body).unwrap();
        for (error, text) in [
            (check(module + 1, 0).unwrap_err(), "only modules of at most 33554432 bytes are compiled in the background"),
            (
                check(0, body + 1).unwrap_err(),
                "only functions of at most 524288 bytes are compiled in the background, and this has 524289",
            ),
        ] {
            assert_eq!(error.status(), abi::STATUS_LIMIT);
            assert!(error.message().starts_with(text), "{}", error.message());
        }
        let (finish, first, begins) = stand_in();
        let running = compile(first, |_| ()).unwrap();
        begins.recv().unwrap();
        let waiting: Vec<Ticket> = (0..limits::MAX_BACKGROUND_MODULES).map(|_| compile(|| Ok(()), |_| ()).unwrap()).collect();
        let error = compile(|| Ok(()), |_| ()).unwrap_err();
        assert_eq!(error.message(), "256 modules are waiting to be compiled in the background already");
        drop(waiting);
        let next = compile(|| Ok(()), |_| ()).unwrap();
        finish.send(Ok(Vec::new())).unwrap();
        drop((running, next));
    }

    /// Who needs the result at once waits for what runs, for a while, and takes over what waits.
    #[test]
    fn a_turn_takes_over() {
        let _alone = alone();
        let (finish, first, begins) = stand_in();
        let (send, receive) = channel::<usize>();
        let reports = |send: &Sender<usize>| {
            let send = send.clone();
            move |_: Made| send.send(1).unwrap()
        };
        let running = compile_it(1, first, reports(&send)).unwrap();
        begins.recv().unwrap();
        let (_unused, second, second_begins) = stand_in();
        let waiting = compile_it(2, second, |_| panic!("it was taken over")).unwrap();
        let turn = Turn::of(2, Duration::from_secs(600));
        assert!(second_begins.recv().is_err(), "its work is dropped");
        drop(Turn::of(1, Duration::from_millis(1)));
        assert!(receive.try_recv().is_err(), "nobody waits longer than that");
        thread::start_in_background("a test", move || drop(finish.send(Ok(Vec::new())))).unwrap();
        drop(Turn::of(1, Duration::from_secs(600)));
        assert_eq!(receive.try_recv(), Ok(1), "it has ended, and its result is there");
        drop(Turn::of(2, Duration::from_secs(600)));
        assert!(queue().running.contains(&turn.0), "a thread does not wait for itself, and has as many turns as it asked for");
        drop((turn, running, waiting));
        assert!(queue().running.is_empty());
    }

    /// In a child process nobody ends what runs in the parent.
    #[test]
    fn a_child_waits_for_nothing_of_its_parent() {
        let _alone = alone();
        let had_thread = queue().has_thread;
        queue().running.push(Running { what: 9, thread: 0 });
        forget();
        let mut queue = queue();
        assert!(queue.running.is_empty() && !queue.has_thread);
        queue.has_thread = had_thread;
    }
}
