(module
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (import "host" "print" (func $print (param i32)))
  (func (export "sum") (param i32 i32) (result i32)
    (local $sum i32)
    (local.set $sum (call $add (local.get 0) (local.get 1)))
    (call $print (local.get $sum))
    (local.get $sum)))
