;; Asks plugins/compiler.c for parameters, which tests add.
(module $guest
  (import "compiler" "word" (func $word (param i32 i32 i32) (result i32)))
  (import "compiler" "number" (func $number (param i32 i32) (result i32)))
  (import "compiler" "misuse" (func $misuse (result i32)))
  (memory (export "memory") 1)
  (func (export "word") (param i32) (result i32) (call $word (local.get 0) (i32.const 0) (i32.const 100)))
  (func (export "number") (param i32 i32) (result i32) (call $number (local.get 0) (local.get 1)))
  (export "misuse" (func $misuse)))
