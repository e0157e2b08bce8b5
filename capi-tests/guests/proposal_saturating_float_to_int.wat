(module (func (export "f") (result i32) (i32.trunc_sat_f32_s (f32.const 1))))
