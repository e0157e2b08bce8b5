(module
    (import "text" "count" (func $count (param i32 i32 i32) (result i32)))
    (import "signatures" "()" (func))
    (import "signatures" "(ii)i" (func (param i32 i32) (result i32)))
    (import "signatures" "(I)IF" (func (param i64) (result i64 f64)))
    (import "signatures" "(<~>~)i" (func (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "banana")
    (func (export "run") (param i32) (result i32) (call $count (i32.const 8) (i32.const 6) (local.get 0))))
