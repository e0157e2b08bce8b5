;; Its memory is too large for a small context.
(module
  (import "versioned" "count" (func (result i32)))
  (memory 3))
