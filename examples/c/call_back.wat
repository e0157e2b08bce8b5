;; Asks the host to choose between 20 numbers. The host asks this module in turn which of two is better, and this module asks the host.
(module
  (import "host" "best_of" (func $best_of (param i32) (result i32)))
  (import "host" "rate" (func $rate (param i32) (result i32)))

  (func (export "run") (param $count i32) (result i32)
    (call $best_of (local.get $count)))

  (func (export "better") (param $a i32) (param $b i32) (result i32)
    (select (local.get $a) (local.get $b)
      (i32.gt_s (call $rate (local.get $a)) (call $rate (local.get $b))))))
