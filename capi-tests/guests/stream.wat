;; Stages of streams.
(module
  (import "libvm_stream" "event_size" (func $size (result i32)))
  (import "libvm_stream" "event_read" (func $read (param i32 i32 i32) (result i32)))
  (import "libvm_stream" "event_timestamp" (func $timestamp (result i64)))
  (import "libvm_stream" "event_position" (func $position (result i64)))
  (import "libvm_stream" "event_next" (func $next (result i32)))
  (import "libvm_stream" "metadata_count" (func $metadata_count (result i32)))
  (import "libvm_stream" "metadata_key" (func $metadata_key (param i32 i32 i32) (result i32)))
  (import "libvm_stream" "metadata_value" (func $metadata_value (param i32 i32 i32) (result i32)))
  (import "libvm_stream" "metadata_find" (func $metadata_find (param i32 i32 i32 i32) (result i32)))
  (import "libvm_stream" "set_timestamp" (func $set_timestamp (param i64)))
  (import "libvm_stream" "set_metadata" (func $set_metadata (param i32 i32 i32 i32)))
  (import "libvm_stream" "remove_metadata" (func $remove_metadata (param i32 i32)))
  (import "libvm_stream" "clear_metadata" (func $clear_metadata))
  (import "libvm_stream" "emit" (func $emit (param i32 i32)))
  (import "libvm_stream" "forward" (func $forward))
  (import "libvm_stream" "reject" (func $reject (param i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "kindhandledunpleasant")
  (global $calls (mut i32) (i32.const 0))

  ;; The payload at 1024; its size.
  (func $load (result i32)
    (call $read (i32.const 0) (i32.const 1024) (call $size)))

  (func (export "calls") (result i32) (global.get $calls))
  (func (export "ignore"))
  (func (export "copy") (call $emit (i32.const 1024) (call $load)))
  (func (export "forward") (call $forward))
  (func (export "twice") (call $forward) (call $forward))

  ;; In parts of three bytes, each an event.
  (func (export "parts") (local $from i32) (local $count i32)
    (loop $more
      (local.set $count (call $read (local.get $from) (i32.const 1024) (i32.const 3)))
      (if (local.get $count)
        (then
          (call $emit (i32.const 1024) (local.get $count))
          (local.set $from (i32.add (local.get $from) (local.get $count)))
          (br $more)))))

  ;; Emits, and then fails with payloads that begin with `x` (a trap), `l` (an endless loop) or `r` (rejected).
  (func (export "picky")
    (call $emit (i32.const 1024) (call $load))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 120)) (then unreachable))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 114)) (then (call $reject (i32.const 11) (i32.const 10))))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 108)) (then (loop $on (br $on)))))

  ;; As picky, for all events of the call.
  (func (export "picky_batch")
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (loop $more
      (call $emit (i32.const 1024) (call $load))
      (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 120)) (then unreachable))
      (br_if $more (call $next))))

  ;; Copies the events of the call.
  (func (export "copy_batch")
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (loop $more
      (call $emit (i32.const 1024) (call $load))
      (br_if $more (call $next))))

  ;; Adds the position to the timestamp, and renames `kind` to `handled`.
  (func (export "describe") (local $size i32)
    (local.set $size (call $metadata_find (i32.const 0) (i32.const 4) (i32.const 1024) (i32.const 100)))
    (call $set_timestamp (i64.add (call $timestamp) (call $position)))
    (if (i32.ge_s (local.get $size) (i32.const 0))
      (then
        (call $set_metadata (i32.const 4) (i32.const 7) (i32.const 1024) (local.get $size))
        (call $remove_metadata (i32.const 0) (i32.const 4)))
      (else (call $clear_metadata)))
    (call $emit (i32.const 1024) (call $load)))

  ;; Emits `key=value` for each of the metadata.
  (func (export "list") (local $index i32) (local $size i32)
    (block $end
      (loop $more
        (br_if $end (i32.ge_u (local.get $index) (call $metadata_count)))
        (local.set $size (call $metadata_key (local.get $index) (i32.const 1024) (i32.const 100)))
        (i32.store8 (i32.add (i32.const 1024) (local.get $size)) (i32.const 61))
        (local.set $size (i32.add (local.get $size) (i32.const 1)))
        (call $emit (i32.const 1024) (i32.add (local.get $size)
          (call $metadata_value (local.get $index) (i32.add (i32.const 1024) (local.get $size)) (i32.const 100))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $more))))

  ;; Emits without end.
  (func (export "flood")
    (loop $on (call $emit (i32.const 0) (i32.const 65536)) (br $on)))

  ;; Sets metadata that are not valid: an empty key, a NUL in a key, bytes that are not UTF-8, and too many of them.
  (func (export "bad_key") (call $set_metadata (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4)))
  (func (export "nul_key") (call $set_metadata (i32.const 50) (i32.const 1) (i32.const 0) (i32.const 4)))
  (func (export "bad_text")
    (i32.store8 (i32.const 2000) (i32.const 0xff))
    (call $set_metadata (i32.const 0) (i32.const 4) (i32.const 2000) (i32.const 1)))
  (func (export "long_value")
    (memory.fill (i32.const 4096) (i32.const 97) (i32.const 65536))
    (call $set_metadata (i32.const 0) (i32.const 4) (i32.const 4096) (i32.const 65536)))
  (func (export "many_keys") (local $key i32)
    (loop $on
      (local.set $key (i32.add (local.get $key) (i32.const 1)))
      (i32.store8 (i32.const 2000) (i32.add (i32.const 32) (i32.and (local.get $key) (i32.const 63))))
      (i32.store8 (i32.const 2001) (i32.add (i32.const 32) (i32.and (i32.shr_u (local.get $key) (i32.const 6)) (i32.const 63))))
      (i32.store8 (i32.const 2002) (i32.add (i32.const 32) (i32.shr_u (local.get $key) (i32.const 12))))
      (call $set_metadata (i32.const 2000) (i32.const 3) (i32.const 0) (i32.const 0))
      (br $on)))

  (func (export "takes") (param i32))
  (func (export "returns") (result i32) (i32.const 1)))
