;; What a guest can do to its host through WASI, for ever or until something stops it. The path "file" is at 1024.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 8)
  (data (i32.const 1024) "file")
  (global $errno (mut i32) (i32.const 0))
  (func (export "errno") (result i32) (global.get $errno))

  ;; 1,024 buffers at 65536, each of them all of the memory.
  (func $vectors (local i32)
    (loop $on
      (i64.store (i32.add (i32.const 65536) (i32.mul (local.get 0) (i32.const 8))) (i64.const 0x8000000000000))
      (br_if $on (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1024)))))
  (func (export "write") (call $vectors)
    (loop $on (global.set $errno (call $fd_write (i32.const 1) (i32.const 65536) (i32.const 1024) (i32.const 0))) (br $on)))
  (func (export "read") (call $vectors)
    (loop $on
      (global.set $errno (call $fd_read (i32.const 0) (i32.const 65536) (i32.const 1024) (i32.const 0)))
      (call $vectors)
      (br $on)))
  (func (export "open")
    (loop $on
      (global.set $errno (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2)
        (i64.const 2) (i32.const 0) (i32.const 0)))
      (br $on)))
  (func (export "list")
    (loop $on
      (global.set $errno (call $fd_readdir (i32.const 3) (i32.const 0) (i32.const 524288) (i64.const 0) (i32.const 0)))
      (br $on)))
  (func (export "random")
    (loop $on (global.set $errno (call $random_get (i32.const 0) (i32.const 524288))) (br $on)))
  ;; As many subscriptions as the memory holds, of zeros: clocks.
  (func (export "poll")
    (loop $on
      (memory.fill (i32.const 65536) (i32.const 0) (i32.const 196608))
      (global.set $errno (call $poll_oneoff (i32.const 65536) (i32.const 262144) (i32.const 4096) (i32.const 0)))
      (br $on)))
  (func (export "long_path")
    (loop $on
      (global.set $errno (call $path_symlink (i32.const 0) (i32.const 524288) (i32.const 3) (i32.const 0) (i32.const 524288)))
      (br $on)))
  (func (export "outside") 
    (drop (call $fd_readdir (i32.const 3) (i32.const 524280) (i32.const 100) (i64.const 0) (i32.const 0))))
  (func (export "outside_random") (drop (call $random_get (i32.const 524280) (i32.const 100)))))
