;; Calls as soon as it is instantiated.
(module
  (import "permissions" "git" (func $git (result i32)))
  (func $begin (drop (call $git)))
  (start $begin))
