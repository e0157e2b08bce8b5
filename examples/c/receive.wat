;; Waits for a message, and answers with its first byte changed to upper case. Returns the number of bytes.
(module
  (import "net" "receive" (func $receive (param i32 i32) (result i32)))
  (import "net" "send" (func $send (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "serve") (result i32)
    (local $size i32)
    (local.set $size (call $receive (i32.const 16) (i32.const 64)))
    (i32.store8 (i32.const 16) (i32.sub (i32.load8_u (i32.const 16)) (i32.const 32)))
    (call $send (i32.const 16) (local.get $size))
    (local.get $size)))
