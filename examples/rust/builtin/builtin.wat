(module
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (import "greeter" "greet" (func $greet (param $address i32) (param $length i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "builtins")
  (func (export "greet_and_add") (param i32 i32) (result i32)
    (call $greet (i32.const 0) (i32.const 8))
    (call $add (local.get 0) (local.get 1))))
