;; Exports what it imports from the plug-in `logging`; `many` writes a line several times.
(module
  (import "wasi:logging/logging" "log" (func $log (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (export "log" (func $log))
  (func (export "call") (param i32 i32 i32 i32 i32)
    (call $log (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
  (func (export "many") (param $count i32) (param i32 i32 i32 i32 i32)
    (loop $next
      (call $log (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
