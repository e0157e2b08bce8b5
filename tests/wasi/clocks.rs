//! Clocks, random bytes and waiting.

use crate::guest::{Guest, INVAL, SUCCESS};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use vm::wasi::{Clock, Stream, Wasi};

const REALTIME: i64 = 0;
const MONOTONIC: i64 = 1;
const HOUR: u64 = 3_600_000_000_000;

/// Addresses of subscriptions and events.
const SUBSCRIPTIONS: i64 = 8192;
const EVENTS: i64 = 12_288;
const COUNT: i64 = 16_384;

fn subscription(userdata: u64, tag: u8, start: u32, timeout: u64, absolute: bool) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[8] = tag;
    bytes[16..20].copy_from_slice(&start.to_le_bytes());
    if tag == 0 {
        bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
        bytes[40] = absolute.into();
    }
    bytes
}

fn timer(userdata: u64, timeout: u64, absolute: bool) -> [u8; 48] {
    subscription(userdata, 0, MONOTONIC as u32, timeout, absolute)
}

fn readable(userdata: u64, fd: u32) -> [u8; 48] {
    subscription(userdata, 1, fd, 0, false)
}

fn writable(userdata: u64, fd: u32) -> [u8; 48] {
    subscription(userdata, 2, fd, 0, false)
}

/// Returns the user data, error and size of each event.
fn poll(guest: &mut Guest, subscriptions: &[[u8; 48]]) -> Vec<(u64, u16, u64)> {
    guest.put(SUBSCRIPTIONS, &subscriptions.concat());
    assert_eq!(guest.call("poll_oneoff", &[SUBSCRIPTIONS, EVENTS, subscriptions.len() as i64, COUNT]), SUCCESS);
    (0..guest.u32_at(COUNT).into())
        .map(|index| EVENTS + 32 * index)
        .map(|at| (guest.u64_at(at), guest.u32_at(at + 8) as u16, guest.u64_at(at + 16)))
        .collect()
}

#[test]
fn the_system_has_the_time() {
    let mut guest = Guest::new(&Wasi::new());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let read = Duration::from_nanos(guest.time(REALTIME));
    assert!(read.abs_diff(now) < Duration::from_secs(60), "{read:?} is not {now:?}");
    let first = guest.time(MONOTONIC);
    assert!(guest.time(MONOTONIC) >= first);
    assert_ne!(guest.random(32), guest.random(32));
}

#[test]
fn set_clocks_and_seeds_give_the_same_in_every_context() {
    let wasi = Wasi::new();
    wasi.set_realtime_clock(Some(Clock::Steps { start: 1_000, step: 10 }));
    wasi.set_monotonic_clock(Some(Clock::Steps { start: 5, step: 0 }));
    wasi.set_random_seed(Some(42));
    let run = || {
        let mut guest = Guest::new(&wasi);
        let times = [guest.time(REALTIME), guest.time(REALTIME), guest.time(MONOTONIC), guest.time(MONOTONIC)];
        assert_eq!(times, [1_000, 1_010, 5, 5]);
        (guest.random(13), guest.random(8))
    };
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    assert_ne!(first.0[..8], first.1[..]);

    wasi.set_random_seed(Some(43));
    assert_ne!(run(), first);
    wasi.set_random_seed(None);
    assert_ne!(run(), run());
}

#[test]
fn a_callback_has_the_time_but_cannot_turn_it_back() {
    let wasi = Wasi::new();
    let time = Arc::new(AtomicU64::new(100));
    let shown = time.clone();
    let clock = Clock::Callback(Arc::new(move || shown.load(Ordering::Relaxed)));
    wasi.set_realtime_clock(Some(clock.clone()));
    wasi.set_monotonic_clock(Some(clock));
    let mut guest = Guest::new(&wasi);
    assert_eq!((guest.time(REALTIME), guest.time(MONOTONIC)), (100, 100));
    time.store(50, Ordering::Relaxed);
    assert_eq!((guest.time(REALTIME), guest.time(MONOTONIC)), (50, 100));
    time.store(u64::MAX, Ordering::Relaxed);
    assert_eq!((guest.time(REALTIME), guest.time(MONOTONIC)), (u64::MAX, u64::MAX));
}

#[test]
fn sleeping_blocks_for_as_long() {
    let mut guest = Guest::new(&Wasi::new());
    let nap = 20_000_000;
    for subscriptions in [&[timer(7, nap, false)][..], &[timer(7, nap, false), timer(8, HOUR, false)]] {
        let start = Instant::now();
        assert_eq!(poll(&mut guest, subscriptions), [(7, 0, 0)]);
        assert!(start.elapsed() >= Duration::from_nanos(nap));
    }
    assert_eq!(guest.call("poll_oneoff", &[SUBSCRIPTIONS, EVENTS, 0, COUNT]), INVAL);
}

#[test]
fn sleeping_by_a_set_clock_moves_it_ahead() {
    let wasi = Wasi::new();
    wasi.set_realtime_clock(Some(Clock::Steps { start: 1, step: 0 }));
    wasi.set_monotonic_clock(Some(Clock::Steps { start: 0, step: 0 }));
    let mut guest = Guest::new(&wasi);
    let start = Instant::now();
    assert_eq!(poll(&mut guest, &[timer(7, HOUR, false)]), [(7, 0, 0)]);
    assert_eq!((guest.time(REALTIME), guest.time(MONOTONIC)), (HOUR + 1, HOUR));
    assert_eq!(poll(&mut guest, &[timer(7, 3 * HOUR, true), timer(8, 2 * HOUR, true)]), [(8, 0, 0)]);
    assert_eq!((guest.time(REALTIME), guest.time(MONOTONIC)), (2 * HOUR + 1, 2 * HOUR));
    assert_eq!(poll(&mut guest, &[timer(9, u64::MAX, false)]).len(), 1);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn streams_that_are_no_files_are_always_ready() {
    let wasi = Wasi::new();
    wasi.set_input(b"abc").unwrap();
    wasi.capture(Stream::Output, None);
    wasi.discard(Stream::Errors);
    let mut guest = Guest::new(&wasi);
    let events = poll(&mut guest, &[timer(1, HOUR, false), readable(2, 0), writable(3, 1), writable(4, 2)]);
    assert_eq!(events, [(2, 0, 3), (3, 0, 0), (4, 0, 0)]);
}

#[cfg(unix)]
#[test]
fn only_files_that_are_ready_are_called_ready() {
    use crate::guest::{FD_READ, FD_WRITE, Scratch};
    use vm::wasi::Rights;

    let scratch = Scratch::new("poll");
    let pipe = scratch.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open both ways, so that neither end waits for the other.
    let mut end = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let wasi = Wasi::new();
    wasi.add_directory(scratch.path(), "/", Rights::READ | Rights::WRITE).unwrap();
    wasi.discard(Stream::Output);
    let mut guest = Guest::new(&wasi);
    let read = guest.open(3, "pipe", 0, FD_READ).unwrap();
    let write = guest.open(3, "pipe", 0, FD_WRITE).unwrap();
    assert_eq!(poll(&mut guest, &[readable(1, read), writable(2, 1)]), [(2, 0, 0)]);
    assert_eq!(poll(&mut guest, &[readable(1, read), writable(2, write)]), [(2, 0, 0)]);
    assert_eq!(poll(&mut guest, &[readable(1, read), timer(3, 1_000_000, false)]), [(3, 0, 0)]);

    std::io::Write::write_all(&mut end, b"12345").unwrap();
    assert_eq!(poll(&mut guest, &[readable(1, read), timer(3, HOUR, false)]), [(1, 0, 5)]);
    assert_eq!(guest.read(read, 5), Ok(b"12345".to_vec()));
    let writer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        std::io::Write::write_all(&mut end, b"6").unwrap();
        end
    });
    assert_eq!(poll(&mut guest, &[readable(1, read)]), [(1, 0, 1)]);
    writer.join().unwrap();
}
