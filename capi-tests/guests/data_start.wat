;; Calls as soon as it is instantiated.
(module
  (import "data" "nest" (func $nest (param i32) (result i32)))
  (func $begin (drop (call $nest (i32.const 0))))
  (start $begin))
