;; Asks the plug-in `instances` for the number of its instance.
(module
  (import "instances" "number" (func $number (result i32)))
  (func (export "number") (result i32) (call $number)))
