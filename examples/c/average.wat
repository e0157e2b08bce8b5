(module
  (import "sensor" "count" (func $count (result i32)))
  (import "sensor" "read" (func $read (param i32) (result f64)))
  (func (export "average") (result f64)
    (local $index i32)
    (local $sum f64)
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $index) (call $count)))
        (local.set $sum (f64.add (local.get $sum) (call $read (local.get $index))))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next)))
    (f64.div (local.get $sum) (f64.convert_i32_s (call $count)))))
