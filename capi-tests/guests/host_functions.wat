;; Calls host functions of several types.
(module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "mix" (func $mix (param i64 f32 f64 v128) (result v128 f64 i64)))
  (import "env" "tell" (func $tell (param externref funcref)))
  (import "env" "many" (func $many
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))
  (func (export "mix") (result v128 f64 i64)
    (call $mix (i64.const 7) (f32.const 1.5) (f64.const 2.5) (v128.const i64x2 1 2)))
  (func (export "tell") (call $tell (ref.null extern) (ref.null func)))
  (func (export "many") (result i32)
    (call $many (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
      (i32.const 8) (i32.const 9) (i32.const 10) (i32.const 11) (i32.const 12) (i32.const 13) (i32.const 14) (i32.const 15)
      (i32.const 16) (i32.const 17) (i32.const 18) (i32.const 19) (i32.const 20))))
