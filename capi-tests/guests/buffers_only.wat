;; Its only memory is exported under another name.
(module
  (import "buffers" "sum" (func $sum (param i32 i32) (result i32)))
  (import "buffers" "calls" (func $calls (result i32)))
  (memory $heap (export "heap") 1)
  (data (memory $heap) (i32.const 0) "\01\02\03\04\05\06\07\08")
  (func (export "sum") (param i32 i32) (result i32) (call $sum (local.get 0) (local.get 1)))
  (func (export "calls") (result i32) (call $calls)))
