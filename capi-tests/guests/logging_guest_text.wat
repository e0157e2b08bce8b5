;; The same as plugins/logging/example/guest.c, where clang is not installed.
(module
  (import "wasi:logging/logging" "log" (func $log (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "guestthe guest beginsguest.disk90 % useda line without a context")
  (func (export "run")
    (call $log (i32.const 2) (i32.const 0) (i32.const 5) (i32.const 5) (i32.const 16))
    (call $log (i32.const 3) (i32.const 21) (i32.const 10) (i32.const 31) (i32.const 9))
    (call $log (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 40) (i32.const 24))))
