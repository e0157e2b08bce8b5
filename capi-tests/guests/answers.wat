;; Passes two numbers on to a host function, by a signature that has a trampoline of its own and by one that has none.
(module
  (import "host" "short" (func $short (param i32 i32) (result i32)))
  (import "host" "long" (func $long (param i32 i32 f32 f32) (result i32)))
  (memory (export "memory") 1)
  (func (export "short") (param i32 i32) (result i32) (call $short (local.get 0) (local.get 1)))
  (func (export "long") (param i32 i32) (result i32)
    (call $long (local.get 0) (local.get 1) (f32.const 0) (f32.const 0)))
  (func (export "trap") (unreachable)))
