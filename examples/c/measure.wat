(module
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (import "length" "from_inches" (func $from_inches (param f64) (result f64)))
  (import "console" "print" (func $print (param f64)))
  (func (export "measure")
    (call $print (call $from_inches (f64.convert_i32_s (call $add (i32.const 1) (i32.const 2)))))))
