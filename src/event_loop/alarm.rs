//! Makes a poller ready when the next timer is due, for programs that wait for the poller with their own means.
#![cfg_attr(not(any(target_os = "linux", target_os = "android")), forbid(unsafe_code))]

pub(super) use system::Alarm;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use crate::event_loop::entries::Descriptor;
    use polling::{Event, PollMode, Poller};
    use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::time::{Duration, Instant};

    pub struct Alarm(OwnedFd);

    impl Alarm {
        /// Creates the alarm of a poller, which must be dropped with it.
        pub fn new(poller: &Poller) -> io::Result<Self> {
            let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
            let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
            let event = Event::readable(timer.as_raw_fd() as usize);
            // SAFETY: the poller is not used after the alarm was dropped.
            unsafe { poller.add_with_mode(timer.as_raw_fd(), event, PollMode::Level)? };
            Ok(Self(timer))
        }

        /// Sets its time; one in the past is due at once. Returns whether that reaches a thread that waits.
        pub fn set(&self, when: Option<Instant>) -> bool {
            // Zero would be no time.
            let left = when.map(|when| when.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1)));
            let none = Timespec { tv_sec: 0, tv_nsec: 0 };
            let it_value = left.and_then(|left| left.try_into().ok()).unwrap_or(none);
            let time = Itimerspec { it_interval: none, it_value };
            rustix::time::timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &time).is_ok()
        }

        /// Returns the descriptor that is readable when the poller has something to do.
        pub fn handle(&self, poller: &Poller) -> Option<Descriptor> {
            Some(poller.as_raw_fd().into())
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use crate::event_loop::entries::Descriptor;
    use polling::Poller;
    use std::io;
    use std::time::Instant;

    pub struct Alarm;

    impl Alarm {
        /// Creates the alarm of a poller, which the system does not have.
        pub fn new(_: &Poller) -> io::Result<Self> {
            Ok(Self)
        }

        /// Returns false: a thread that waits has to be woken.
        pub fn set(&self, _: Option<Instant>) -> bool {
            false
        }

        /// Returns `None`.
        pub fn handle(&self, _: &Poller) -> Option<Descriptor> {
            None
        }
    }
}
