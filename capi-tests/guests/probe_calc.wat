;; What serves the calls of the plug-in probe_wasm, in a context of its own.
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func $called (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
  (func (export "add") (param i32 i32) (result i32) (call $called) (i32.add (local.get 0) (local.get 1)))
  (func (export "mul") (param f64 f64) (result f64) (call $called) (f64.mul (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32) (call $called) (i32.div_s (local.get 0) (local.get 1)))
  ;; Letters made large from the first buffer into the second; how many.
  (func (export "upper") (param $from i32) (param $length i32) (param $to i32) (param $room i32) (result i32)
    (local $at i32) (local $letter i32)
    (call $called)
    (loop $next
      (if (i32.and (i32.lt_u (local.get $at) (local.get $length)) (i32.lt_u (local.get $at) (local.get $room)))
        (then
          (local.set $letter (i32.load8_u (i32.add (local.get $from) (local.get $at))))
          (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 97)) (i32.const 26))
            (then (local.set $letter (i32.sub (local.get $letter) (i32.const 32)))))
          (i32.store8 (i32.add (local.get $to) (local.get $at)) (local.get $letter))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $at))
  ;; All bytes added up.
  (func (export "sum") (param $at i32) (param $length i32) (result i32)
    (local $sum i32)
    (loop $next
      (if (local.get $length)
        (then
          (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $length (i32.sub (local.get $length) (i32.const 1)))
          (br $next))))
    (local.get $sum))
  ;; Writes 7 at one place, if it is in the buffer.
  (func (export "poke") (param $at i32) (param $length i32) (param $place i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $place) (local.get $length))
      (then (i32.store8 (i32.add (local.get $at) (local.get $place)) (i32.const 7)) (i32.const 1))
      (else (i32.const 0))))
  ;; Adds 1 to each byte.
  (func (export "bump") (param $at i32) (param $length i32) (result i32)
    (local $i i32)
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $length))
        (then
          (i32.store8 (i32.add (local.get $at) (local.get $i))
            (i32.add (i32.load8_u (i32.add (local.get $at) (local.get $i))) (i32.const 1)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))
    (local.get $length))
  (func (export "count") (result i32) (global.get $calls)))
