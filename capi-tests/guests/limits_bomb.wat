;; Recurses without end in its start function.
(module
  (func $start (call $start) (nop))
  (start $start))
