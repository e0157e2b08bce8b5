;; Imports under a name that an instance was given later.
(module
  (import "second" "a\00b" (func $one (result i32)))
  (import "second" "bytes" (memory 50 (pagesize 1)))
  (func (export "sum") (result i32)
    (i32.store8 (i32.const 99) (i32.const 41))
    (i32.add (call $one) (i32.load8_u (i32.const 99)))))
