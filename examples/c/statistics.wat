;; Imports a function that no host provides, and calls it in `debug` only.
(module
  (import "host" "compress" (func $compress (param i32 i32)))
  (import "debug" "breakpoint" (func $breakpoint))
  (memory (export "memory") 1)

  (func (export "run") (param $pages i32)
    (drop (memory.grow (local.get $pages)))
    (call $compress (i32.const 0) (i32.const 1000))
    (call $compress (i32.const 0) (i32.const 500)))

  (func (export "debug") (param i32)
    (call $breakpoint)))
