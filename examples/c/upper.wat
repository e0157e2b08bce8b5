;; A stage of a stream: drops empty events, and changes letters to upper case in the others.
(module
  (import "libvm_stream" "event_size" (func $size (result i32)))
  (import "libvm_stream" "event_read" (func $read (param i32 i32 i32) (result i32)))
  (import "libvm_stream" "emit" (func $emit (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "handle") (local $size i32) (local $at i32) (local $letter i32)
    (local.set $size (call $read (i32.const 0) (i32.const 0) (call $size)))
    (if (i32.eqz (local.get $size)) (then (return)))
    (loop $more
      (local.set $letter (i32.load8_u (local.get $at)))
      (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 97)) (i32.const 26))
        (then (i32.store8 (local.get $at) (i32.sub (local.get $letter) (i32.const 32)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $at) (local.get $size))))
    (call $emit (i32.const 0) (local.get $size))))
