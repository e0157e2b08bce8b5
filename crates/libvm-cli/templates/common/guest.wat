;; A guest of the plug-in {{name}}. tests.toml has the tests.
(module
  (import "{{name}}" "add" (func $add (param i32 i32) (result i32)))
  ;; A buffer is two parameters: the address, and the number of bytes.
  (import "{{name}}" "greet" (func $greet (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "world")

  (func (export "sum") (param i32 i32) (result i32)
    (call $add (local.get 0) (local.get 1)))

  ;; Has "world" greeted into a buffer of this size, and returns the length of the greeting.
  (func $greet_into (export "greet_into") (param $size i32) (result i32)
    (call $greet (i32.const 16) (i32.const 5) (i32.const 64) (local.get $size)))

  ;; The program: prints the greeting.
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (call $greet_into (i32.const 100)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
