(module
  (import "host" "print" (func $print (param $address i32) (param $length i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024)) ;; what lies above is not used yet
  (func (export "allocate") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "upper") (param $address i32) (param $length i32) ;; in place, letters of ASCII only
    (local $at i32)
    (local $end i32)
    (local $byte i32)
    (local.set $at (local.get $address))
    (local.set $end (i32.add (local.get $address) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 97)) (i32.const 26))
          (then (i32.store8 (local.get $at) (i32.sub (local.get $byte) (i32.const 32)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (call $print (local.get $address) (local.get $length)))
  (func (export "lie")
    (call $print (i32.const 65530) (i32.const 100)))) ;; the memory ends at 65536
