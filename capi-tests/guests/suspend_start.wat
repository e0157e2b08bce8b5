;; Its start function waits for the host.
(module
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (global $got (mut i32) (i32.const 0))
  (func $begin
    (global.set $got (call $wait (i32.const 1))))
  (start $begin)
  (func (export "got") (result i32) (global.get $got)))
