;; Calls what is in the host's table.
(module
  (import "host" "table" (table 2 funcref))
  (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0))))
