(module
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (import "tickets" "next" (func $next (result i32)))
  (func (export "two_tickets") (result i32)
    (call $add (call $next) (call $next))))
