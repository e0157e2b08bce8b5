(module (func (export "f") (result i32) (local i64)
  (i64.add128 (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0)) ;; the carry comes last
  (local.set 0) (drop) (i32.wrap_i64 (local.get 0))))
