(module
  (import "greeter" "greet" (func $greet (param $address i32) (param $length i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "world")
  (func (export "greet")
    (call $greet (i32.const 0) (i32.const 5))))
