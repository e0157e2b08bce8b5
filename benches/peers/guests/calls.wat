;; Calls between guest and host, of (i32, i32) -> i32.
(module
  (import "host" "f" (func $host (param i32 i32) (result i32)))
  (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $x i32)
    (loop $next
      (local.set $x (call $host (local.get $x) (local.get $i)))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i64.extend_i32_s (local.get $x))))
