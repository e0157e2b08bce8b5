;; Calls a host function that uses the context.
(module (import "own" "f" (func $f)) (func (export "run") (call $f)))
