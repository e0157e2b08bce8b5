;; Writes a function to the table that it imports, and then fails because its data does not fit.
(module
  (import "library" "table" (table 4 funcref))
  (memory 1)
  (global $calls (mut i32) (i32.const 40))
  (func $one (result i32) (i32.const 1))
  (func $left_behind (result i32)
    (global.set $calls (i32.add (global.get $calls) (call $one)))
    (i32.store (i32.const 8) (global.get $calls))
    (i32.load (i32.const 8)))
  (elem (i32.const 1) $left_behind)
  (data (i32.const 65530) "does not fit"))
