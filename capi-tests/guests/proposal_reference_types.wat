(module (table 1 externref) (func (export "f") (result i32) (ref.is_null (table.get 0 (i32.const 0)))))
