(module
  (import "calc" "add" (func (param i32 i32) (result i32)))
  (import "calc" "add" (func (param i64) (result i32)))
  (import "calc" "ad" (func))
  (import "clac" "add" (func))
  (import "console" "print" (func (param i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "calc" "memory" (memory 1)))
