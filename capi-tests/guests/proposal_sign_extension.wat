(module (func (export "f") (result i32) (i32.extend8_s (i32.const 0x101))))
