;; Adds the squares of the numbers below `count`, which the host computes.
(module
    (import "math" "square" (func $square (param i64) (result i64)))
    (func (export "sum") (param $count i64) (result i64)
        (local $number i64) (local $sum i64)
        (loop $next
            (if (i64.lt_s (local.get $number) (local.get $count))
                (then
                    (local.set $sum (i64.add (local.get $sum) (call $square (local.get $number))))
                    (local.set $number (i64.add (local.get $number) (i64.const 1)))
                    (br $next))))
        (local.get $sum)))
