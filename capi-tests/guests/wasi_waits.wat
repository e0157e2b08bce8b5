;; Waits with functions of WASI. Subscriptions are at 0, events at 256, a buffer and its vector at 512.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "host" "nest" (func $nest))
  (memory (export "memory") 4)

  ;; A subscription of the monotonic clock for so many milliseconds from now.
  (func $subscribe_clock (param $at i32) (param $ms i64)
    (i64.store (local.get $at) (i64.const 7))
    (i32.store8 offset=8 (local.get $at) (i32.const 0))
    (i32.store offset=16 (local.get $at) (i32.const 1))
    (i64.store offset=24 (local.get $at) (i64.mul (local.get $ms) (i64.const 1000000)))
    (i64.store offset=32 (local.get $at) (i64.const 0))
    (i32.store16 offset=40 (local.get $at) (i32.const 0)))
  (func $subscribe_file (param $at i32) (param $kind i32) (param $fd i32)
    (i64.store (local.get $at) (i64.const 8))
    (i32.store8 offset=8 (local.get $at) (local.get $kind))
    (i32.store offset=16 (local.get $at) (local.get $fd)))

  ;; Each of these returns a number, or minus an error number.
  (func $result (param $errno i32) (param $value i32) (result i32)
    (select (i32.sub (i32.const 0) (local.get $errno)) (local.get $value) (local.get $errno)))

  ;; Sleeps; returns the number of events.
  (func (export "sleep") (param $ms i64) (result i32)
    (call $subscribe_clock (i32.const 0) (local.get $ms))
    (call $result (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 1024)) (i32.load (i32.const 1024))))

  ;; Waits for the earlier of two times; returns the number of events.
  (func (export "sleep_until_first") (param $ms i64) (param $later i64) (result i32)
    (call $subscribe_clock (i32.const 0) (local.get $later))
    (call $subscribe_clock (i32.const 48) (local.get $ms))
    (call $result (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 2) (i32.const 1024)) (i32.load (i32.const 1024))))

  ;; Waits for input, or for some time; returns the kind of the first event: 0 for the time, 1 for input.
  (func (export "wait_for_input") (param $ms i64) (result i32)
    (call $subscribe_clock (i32.const 0) (local.get $ms))
    (call $subscribe_file (i32.const 48) (i32.const 1) (i32.const 0))
    (call $result (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 2) (i32.const 1024)) (i32.load8_u (i32.const 266))))

  ;; Reads up to 16 bytes; returns their number.
  (func $read (export "read") (result i32)
    (i32.store (i32.const 512) (i32.const 2048))
    (i32.store (i32.const 516) (i32.const 16))
    (call $result (call $fd_read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 1024)) (i32.load (i32.const 1024))))

  ;; Writes so many bytes of "x", in parts as they are taken; returns how often it wrote.
  (func (export "write") (param $size i32) (result i32)
    (local $times i32)
    (memory.fill (i32.const 2048) (i32.const 120) (local.get $size))
    (loop $again
      (i32.store (i32.const 512) (i32.const 2048))
      (i32.store (i32.const 516) (local.get $size))
      (if (call $fd_write (i32.const 1) (i32.const 512) (i32.const 1) (i32.const 1024)) (then (return (i32.const -1))))
      (local.set $times (i32.add (local.get $times) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.load (i32.const 1024))))
      (br_if $again (local.get $size)))
    (local.get $times))

  ;; Reads in tail position.
  (func (export "read_last") (result i32) (return_call $read))

  ;; Calls the host, which calls `read`.
  (func (export "read_nested") (result i32) (call $nest) (i32.const 0)))
