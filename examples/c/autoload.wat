(module
  (import "miles" "to_metric" (func $to_metric (param f64) (result f64)))
  (import "host" "print" (func $print (param f64)))
  (func (export "convert") (param f64)
    (call $print (call $to_metric (local.get 0)))))
