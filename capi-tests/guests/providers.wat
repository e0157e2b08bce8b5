;; Imports from one module name, which has several providers.
(module
  (import "shared" "host" (func $host (result i32)))
  (import "shared" "a" (func $a (result i32)))
  (import "shared" "b" (func $b (result i32)))
  (import "shared" "next" (func $next (result i32)))
  (func (export "sum") (result i32)
    (i32.add (i32.add (call $host) (call $a)) (i32.add (call $b) (call $next)))))
