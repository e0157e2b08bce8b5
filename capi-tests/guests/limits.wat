;; Takes one page and ten elements to begin with, and more when asked.
(module
  (memory (export "memory") 1)
  (table (export "table") 10 funcref)
  (func (export "grow_memory") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "must_grow") (param i32)
    (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then (unreachable))))
  (func (export "give_up") (unreachable))
  (func (export "grow_table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))
