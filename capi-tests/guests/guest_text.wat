;; The guest of c/addresses.c and c/digits.c, where no clang is installed.
(module
  (import "regex" "is_match" (func $is_match (param i32 i32 i32) (result i32)))
  (import "regex" "find" (func $find (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "buffer_address") (result i32) (i32.const 1024))
  (func (export "matches") (param i32 i32) (result i32) (call $is_match (local.get 0) (i32.const 1024) (local.get 1)))
  (func (export "is_address") (param i32) (result i32) (call $is_match (i32.const 1) (i32.const 1024) (local.get 0)))
  (func (export "has_digits") (param i32) (result i32) (call $is_match (i32.const 3) (i32.const 1024) (local.get 0)))
  (func (export "group") (param i32 i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.add (i32.const 2048) (i32.mul (local.get 3) (i32.const 8))))
    (if (i32.le_s (call $find (local.get 0) (i32.const 1024) (local.get 1) (local.get 2) (i32.const 2048) (local.get 4)) (local.get 3))
      (then (return (i32.const -1))))
    (if (i32.eq (i32.load (local.get $at)) (i32.const -1)) (then (return (i32.const -2))))
    (i32.add (i32.mul (i32.load (local.get $at)) (i32.const 1000)) (i32.load offset=4 (local.get $at))))
  (@custom "libvm.param"
    "%\00\00\00\01\00\00\00\05\00regex^[a-z]+@[a-z]+\5c.(com|org)$"
    "\1f\00\00\00\00(k\ee\05\00regex\22(\5cw+)\22 % [;]#\09\e2\82\ac$1"
    "&\00\00\00\03\00\00\00\0b\00regex.regex(?P<sign>[-+])?[0-9]+"))
