;; Exports the function of the plug-in of the SDK tests that is told when its wait ends.
(module
  (import "sdk" "waits" (func $waits (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "waits") (param i32) (result i32) (call $waits (local.get 0))))
