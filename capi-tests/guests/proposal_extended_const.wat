(module (global i32 (i32.sub (i32.const 3) (i32.const 2))) (func (export "f") (result i32) (global.get 0)))
