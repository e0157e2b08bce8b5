;; Cannot be linked: one of its imports is nowhere. Its memory would be too large for a small context.
(module
  (import "versioned" "count" (func (result i32)))
  (import "nowhere" "f" (func))
  (memory 3))
