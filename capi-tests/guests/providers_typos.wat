;; Imports whose names were mistyped.
(module
  (import "shared" "hots" (func))
  (import "shraed" "host" (func))
  (import "shared" "far_away" (func))
  (import "wasi_snapshot_preview_1" "fd_write" (func)))
