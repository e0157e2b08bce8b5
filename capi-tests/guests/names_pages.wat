;; Wants ordinary pages of a memory that has pages of a byte.
(module (import "second" "bytes" (memory 0)))
