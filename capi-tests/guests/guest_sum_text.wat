;; As guests/c/sum.c and sum_too.c, where clang is not installed.
(module
  (@custom "libvm.plugins" "\1c\00\00\00" "\04\00calc" "\06\00>=1 <2" "\0c\00plugins/calc")
  (@custom "libvm.plugins" "\1c\00\00\00" "\04\00calc" "\06\00>=1 <2" "\0c\00plugins/calc"
    "\0e\00\00\00" "\08\00template" "\00\00" "\00\00")
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "sum") (param i32 i32) (result i32)
    (i32.add (call $add (local.get 0) (local.get 1)) (i32.mul (local.get 0) (i32.const 0)))))
