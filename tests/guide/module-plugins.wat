(module
    (import "calc" "add" (func $add (param i32 i32) (result i32)))
    (import "formulas" "twice" (func $twice (param f64) (result f64)))
    (func (export "run") (result i32) (i32.trunc_f64_s (call $twice (f64.convert_i32_s (call $add (i32.const 20) (i32.const 1))))))
    (@custom "libvm.plugins" "\18\00\00\00\08\00formulas\00\00\0a\00p/formulas"))
