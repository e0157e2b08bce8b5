(module
    (import "host" "sleep" (func $sleep (param i32) (result i32)))
    (import "host" "read" (func $read (result i32)))
    (import "host" "notify" (func $notify (result i32)))
    (func (export "on_message") (param i32) (result i32) (call $sleep (local.get 0)))
    (func (export "run") (result i32)
        (i32.add (call $sleep (i32.const 5)) (i32.add (call $read) (call $notify)))))
