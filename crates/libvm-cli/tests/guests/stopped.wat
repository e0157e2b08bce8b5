;; Functions that are stopped, or trap.
(module
  (memory (export "memory") 1)
  (func $inner (loop $l (br $l)))
  (func $main (call $inner))
  (func (export "_start") (call $main))
  (func $deep (export "deep") (param i32)
    (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (unreachable))))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "all") (param i32 i64 f32 f64) (result i32 i64 f32 f64)
    (local.get 0) (local.get 1) (local.get 2) (local.get 3))
  (func (export "none")))
