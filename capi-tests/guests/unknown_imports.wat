;; Imports two functions that nothing provides, and one that exists.
(module
  (import "nowhere" "f" (func $f (param i32 externref) (result f32)))
  (import "host" "ad" (func $ad (param i32 i32) (result i32)))
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (func (export "works") (result i32)
    (call $add (i32.const 2) (i32.const 3)))
  (func (export "calls_f")
    (drop (call $f (i32.const 1) (ref.null extern))))
  (func (export "calls_ad") (result i32)
    (call $ad (i32.const 1) (i32.const 2))))
