;; A stage that asks the host about each event, and keeps it if the answer is not 0.
(module
  (import "libvm_stream" "forward" (func $forward))
  (import "host" "ask" (func $ask (result i32)))
  (func (export "handle") (if (call $ask) (then (call $forward)))))
