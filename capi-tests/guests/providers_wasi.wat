;; Imports from the module of WASI what WASI has, and what a host module adds to it.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "extra" (func $extra (result i32)))
  (memory (export "memory") 1)
  (func (export "sum") (result i32) (i32.add (call $yield) (call $extra))))
