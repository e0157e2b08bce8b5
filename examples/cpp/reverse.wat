(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024)) ;; what lies above is not used yet
  (global $allocated (mut i32) (i32.const 0))
  (func $allocate (export "allocate") (param $size i32) (result i32)
    (global.set $allocated (i32.add (global.get $allocated) (local.get $size)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))
  (func (export "release") (param $address i32) (param $size i32)
    (global.set $allocated (i32.sub (global.get $allocated) (local.get $size)))
    (if (i32.eqz (global.get $allocated)) (then (global.set $next (i32.const 1024)))))
  (func (export "allocated") (result i32) (global.get $allocated))
  (func (export "reverse") (param $address i32) (param $size i32) (result i32 i32)
    (local $copy i32)
    (local $at i32)
    (local.set $copy (call $allocate (local.get $size)))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (local.get $size)))
        (i32.store8
          (i32.add (local.get $copy) (local.get $at))
          (i32.load8_u (i32.sub (i32.add (local.get $address) (local.get $size)) (i32.add (local.get $at) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more)))
    (local.get $copy)
    (local.get $size)))
