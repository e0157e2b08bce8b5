;; Does what a guest can do to harm its host: each export for ever, or until something stops it.
(module
  (import "host" "again" (func $again))
  (import "host" "new" (func $new (result externref)))
  (import "host" "take" (func $take (param externref funcref)))
  (import "host" "write" (func $write (param i32 i32)))
  (type $none (func))
  (memory (export "memory") 1)
  (table $table 10 funcref)
  (table $objects 10 externref)
  (global $calls (mut i64) (i64.const 0))
  (elem (i32.const 0) $through_table)
  (elem declare func $spin)

  (func $spin (export "spin") (loop $on (br $on)))
  (func $recurse (export "recurse") (call $recurse) (nop))
  (func $through_table (export "through_table") (call_indirect $table (type $none) (i32.const 0)) (nop))
  (func $tail (export "tail") (return_call $tail))
  (func (export "grow")
    (loop $on
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
        (then (i64.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)) (i64.const -1))))
      (br $on)))
  (func (export "grow_at_once")
    (loop $on
      (drop (memory.grow (i32.const 65535)))
      (drop (memory.grow (i32.const -1)))
      (br $on)))
  (func (export "grow_tables")
    (loop $on
      (drop (table.grow $table (ref.func $spin) (i32.const 7)))
      (drop (table.grow $objects (call $new) (i32.const 3)))
      (br $on)))
  (func (export "fill")
    (drop (memory.grow (i32.const 7)))
    (loop $on
      (memory.fill (i32.const 0) (i32.const 255) (i32.mul (memory.size) (i32.const 65536)))
      (memory.copy (i32.const 1) (i32.const 0) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))
      (br $on)))
  (func (export "call_host")
    (loop $on
      (call $take (ref.null extern) (ref.func $spin))
      (br $on)))
  (func (export "make_objects")
    (loop $on
      (call $take (call $new) (ref.null func))
      (br $on)))
  (func $nest (export "nest") (call $again))
  (func (export "write")
    (loop $on
      (call $write (i32.const 0) (i32.mul (memory.size) (i32.const 65536)))
      (br $on)))
  (func (export "write_outside") (call $write (i32.const 65535) (i32.const -1)))
  (func (export "give_up") (unreachable))

  (func (export "sum") (param i32) (result i32) (local i32)
    (loop $on
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if $on (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))
