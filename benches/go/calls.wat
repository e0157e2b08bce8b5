(module
	(import "host" "add" (func $add (param i32 i32) (result i32)))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func (export "loop") (param i32)
		(loop $again
			(drop (call $add (local.get 0) (i32.const 1)))
			(br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
