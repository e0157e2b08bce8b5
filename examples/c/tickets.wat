(module
  (import "tickets" "next" (func $next (result i32)))
  (func (export "take") (param $times i32) (result i32) ;; takes tickets and returns the last one
    (local $last i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $times)))
        (local.set $last (call $next))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $again)))
    (local.get $last)))
