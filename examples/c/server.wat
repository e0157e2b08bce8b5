;; The guests of server.c.
(module
  (import "host" "sleep" (func $sleep (param i32) (result i32)))
  (import "host" "receive" (func $receive (param i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; Waits for some milliseconds.
  (func (export "doze") (param $ms i32) (result i32)
    (call $sleep (local.get $ms)))

  ;; Waits for a message, and returns its first byte.
  (func (export "listen") (param i32) (result i32)
    (drop (call $receive (i32.const 16) (i32.const 64)))
    (i32.load8_u (i32.const 16)))

  ;; Computes without end.
  (func (export "spin") (param i32) (result i32)
    (loop $again (br $again))
    (unreachable))

  ;; Takes as much memory as it gets, and returns its size in pages.
  (func (export "grab") (param i32) (result i32)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (memory.size)))
