;; Calls another instance, and is called back by it through the host.
(module $backtrace_user
  (import "library" "run" (func $run (param i32) (result i32)))
  (import "library" "to_host" (func $to_host (param i32) (result i32)))
  (import "library" "memory" (memory 1))
  (memory $own 1)
  (func $use (export "use") (param i32) (result i32) (i32.add (call $run (local.get 0)) (i32.const 1)))
  (func (export "back") (param i32) (result i32) (i32.sub (call $use (local.get 0)) (i32.load $own (i32.const 0))))
  (func (export "round") (param i32) (result i32) (i32.sub (call $to_host (local.get 0)) (i32.load (i32.const 0)))))
