;; Names its plug-ins, with the paths from its own file, and has formulas that one of them compiles.
(module
  (@custom "libvm.plugins" "\16\00\00\00" "\04\00calc" "\00\00" "\0c\00brought/calc")
  (@custom "libvm.plugins" "\20\00\00\00" "\08\00formulas" "\02\00^1" "\10\00brought/formulas")
  (@custom "formulas" "area = a b *\nmean = a b + 2 /\n")
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (import "formulas" "area" (func $area (param f64 f64) (result f64)))
  (import "formulas" "mean" (func $mean (param f64 f64) (result f64)))
  (func (export "run") (result f64)
    (call $mean
      (call $area (f64.const 6) (f64.const 7))
      (f64.convert_i32_s (call $add (i32.const 40) (i32.const 4))))))
