;; Imports the name that a start function is hidden under.
(module
  (import "started" "\00start" (func)))
