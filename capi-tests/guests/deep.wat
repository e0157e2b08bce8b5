;; Calls itself as often as it is told: with few locals, and with many.
(module
  (func $thin (export "thin") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $thin (i32.sub (local.get 0) (i32.const 1)))))))
  (func $wide (export "wide") (param i32) (result i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (local.set 1 (i64.extend_i32_u (local.get 0)))
    (local.set 16 (local.get 1))
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.wrap_i64 (i64.sub (i64.add (local.get 16) (i64.const 1)) (local.get 1)))
        (call $wide (i32.sub (local.get 0) (i32.const 1))))))))
