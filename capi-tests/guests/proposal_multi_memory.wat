(module (memory 1) (memory 1) (data (memory 1) (i32.const 0) "\01") (func (export "f") (result i32) (i32.load 1 (i32.const 0))))
