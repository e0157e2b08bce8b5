;; One export that ends, and one that does not.
(module
  (func (export "sum") (param i32) (result i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add (local.get $sum) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum))
  (func (export "forever") (param i32) (result i32) (loop (br 0)) (unreachable)))
