(module (memory i64 1) (func (export "f") (result i32) (i32.wrap_i64 (memory.size))))
