;; Writes the file whose name is the first argument, in the first directory, to standard output.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; At 0 lies a count, at 4 a file, at 8 an iovec, at 16 the number and at 20 the size of the arguments, from 32 on the pointers to
  ;; them, from 1024 on their text, from 8192 on 4096 bytes of the file.

  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (i32.const 1)))))

  (func $length (param $text i32) (result i32)
    (local $at i32)
    (local.set $at (local.get $text))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $at) (local.get $text)))

  (func (export "_start")
    (local $name i32)
    (call $check (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (call $check (i32.or (i32.ne (i32.load (i32.const 16)) (i32.const 2)) (i32.gt_u (i32.load (i32.const 20)) (i32.const 4096))))
    (call $check (call $args_get (i32.const 32) (i32.const 1024)))
    (local.set $name (i32.load (i32.const 36)))
    (call $check ;; descriptor 3 is the first folder, right 2 is to read
      (call $path_open (i32.const 3) (i32.const 0) (local.get $name) (call $length (local.get $name))
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 4)))
    (i32.store (i32.const 8) (i32.const 8192))
    (block $end
      (loop $more
        (i32.store (i32.const 12) (i32.const 4096))
        (call $check (call $fd_read (i32.load (i32.const 4)) (i32.const 8) (i32.const 1) (i32.const 0)))
        (br_if $end (i32.eqz (i32.load (i32.const 0))))
        (i32.store (i32.const 12) (i32.load (i32.const 0)))
        (call $check (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))
        (br $more)))))
