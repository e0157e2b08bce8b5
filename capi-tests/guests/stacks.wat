;; For tests of the stacks that callbacks run on.
(module
  (import "host" "probe" (func $probe (result i32)))
  (import "host" "thread" (func $thread (result i32)))
  (import "host" "nest" (func $nest (result i32)))
  (import "host" "pause" (func $pause (result i32)))
  (func (export "probes") (result i32) (call $probe))
  (func (export "on_thread") (result i32) (call $thread))
  (func (export "nests") (result i32) (call $nest))
  (func (export "pauses") (result i32) (i32.add (call $pause) (call $thread)))
  (func (export "leaf") (result i32) (call $thread))
  ;; Calls the host from as deep as the argument says.
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)))
      (else (call $probe)))))
