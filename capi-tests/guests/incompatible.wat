;; Imports whose types differ from what is provided.
(module
  (import "host" "add" (func (param i32) (result i32)))
  (import "host" "add" (global i32))
  (import "lib" "next" (func (result i64)))
  (import "lib" "seven" (global (mut i32)))
  (import "lib" "seven" (global i64))
  (import "lib" "table" (table 3 funcref))
  (import "lib" "table" (table 1 2 funcref))
  (import "lib" "table" (table 1 externref))
  (import "lib" "memory" (memory 1 1))
  (import "lib" "memory" (memory i64 1))
  (import "lib" "memory" (func)))
