;; For the points of libvm: a function that answers and one that traps.
(module
  (func (export "answer") (result i32) (i32.const 42))
  (func (export "unreachable") (unreachable)))
