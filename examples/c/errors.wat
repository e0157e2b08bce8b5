(module
  (import "printer" "print" (func $print (param i32)))
  (func (export "divide_100_by") (param i32) (result i32)
    (i32.div_s (i32.const 100) (local.get 0)))
  (func (export "give_up") (param i32) (result i32)
    (unreachable))
  (func (export "print") (param i32) (result i32)
    (call $print (local.get 0))
    (local.get 0)))
