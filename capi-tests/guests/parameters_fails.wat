;; Traps in its start function, after its parameters were compiled; it leaves a host function in no table.
(module $guest
  (import "compiler" "number" (func $number (param i32 i32) (result i32)))
  (func $start (unreachable))
  (export "number" (func $number))
  (start $start))
