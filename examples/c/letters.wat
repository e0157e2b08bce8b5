;; Fills templates. A guest in C writes `VM_PARAM("template", 1, "Dear %, welcome!")`; here are the bytes that it makes.
(module $letters
  (import "template" "fill" (func $fill (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "reader")
  (func (export "letter") (param $id i32) (result i32)
    (call $fill (local.get $id) (i32.const 0) (i32.const 6) (i32.const 1024) (i32.const 100)))
  ;; Each: size of the rest, id, size of the kind; kind; parameter.
  (@custom "libvm.param"
    "\1e\00\00\00" "\01\00\00\00" "\08\00" "template" "Dear %, welcome!"
    "\14\00\00\00" "\02\00\00\00" "\08\00" "template" "Bye, %"))
