;; A library for other guests.
(module
  (memory (export "memory") 1 2)
  (table (export "table") 2 funcref)
  (global (export "seven") i32 (i32.const 7))
  (global (export "counter") (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set 1 (i32.add (global.get 1) (i32.const 1)))
    (global.get 1)))
