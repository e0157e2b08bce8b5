(module
  (import "timer" "sleep" (func $sleep (param i32)))
  (func (export "nap") (param $ms i32) (result i32)
    (call $sleep (local.get $ms))
    (i32.add (local.get $ms) (i32.const 1))))
