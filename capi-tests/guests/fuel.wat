;; Uses fuel itself, through the host, which may charge for its work, and through the host and itself.
(module
  (import "host" "charge" (func $charge (param i64)))
  (import "host" "again" (func $again (param i32) (result i32)))
  (func $count (export "count") (param i32) (result i32) (local $rounds i32)
    (loop
      (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $rounds) (local.get 0))))
    (local.get $rounds))
  (func (export "charged") (param i32) (result i32)
    (call $charge (i64.const 1000))
    (call $count (local.get 0)))
  ;; Has the host call it `depth` times below each other.
  (func (export "nested") (param $depth i32) (result i32)
    (if (result i32) (local.get $depth)
      (then (i32.add (call $again (i32.sub (local.get $depth) (i32.const 1))) (i32.const 1)))
      (else (call $count (i32.const 100)) (drop) (i32.const 0))))
  ;; Counts after the host has called it.
  (func (export "afterwards") (param i32) (result i32)
    (drop (call $again (i32.const 0)))
    (call $count (local.get 0)))
  ;; Has the host charge 1 unit in each round.
  (func (export "charges") (param i32) (result i32) (local $rounds i32)
    (loop
      (call $charge (i64.const 1))
      (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $rounds) (local.get 0))))
    (local.get $rounds))
  (func (export "spin") (param i32) (result i32) (loop (br 0)) (unreachable)))
