;; Gives a reference to a plug-in, which keeps it, and asks the plug-in what has become of it.
(module
  (import "released" "keep" (func $keep (param externref)))
  (import "released" "look" (func $look (result i32)))
  (func (export "keep") (param externref) (call $keep (local.get 0)))
  (func (export "look") (result i32) (call $look)))
