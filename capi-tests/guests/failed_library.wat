;; Calls what others wrote to its table.
(module
  (table (export "table") 4 funcref)
  (type $number (func (result i32)))
  (func (export "call") (result i32) (call_indirect (type $number) (i32.const 1))))
