;; Imports that nothing provides, and some that are something else.
(module
  (import "nowhere" "f" (func (param i32 i64) (result f32)))
  (import "host" "missing" (memory 1 2))
  (import "host" "add" (func (param i64) (result i64)))
  (import "lib" "missing" (global (mut i32)))
  (import "lib" "memory" (memory 2))
  (import "lib" "memory" (memory 1))
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))
