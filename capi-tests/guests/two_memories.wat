;; Has two memories of a page each.
(module
  (memory (export "first") 1)
  (memory (export "second") 1))
