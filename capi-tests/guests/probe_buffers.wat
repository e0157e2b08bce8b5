;; Gives the functions of the probes buffers of its memory.
(module
  (import "calc" "upper" (func $upper (param i32 i32 i32 i32) (result i32)))
  (import "calc" "sum" (func $sum (param i32 i32) (result i32)))
  (import "calc" "poke" (func $poke (param i32 i32 i32) (result i32)))
  (import "calc" "bump" (func $bump (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "upper") (param i32 i32 i32 i32) (result i32)
    (call $upper (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1)))
  (func (export "poke") (param i32 i32 i32) (result i32) (call $poke (local.get 0) (local.get 1) (local.get 2)))
  (func (export "bump") (param i32 i32) (result i32) (call $bump (local.get 0) (local.get 1))))
