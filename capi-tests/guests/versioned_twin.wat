;; Imports one module from two plug-ins of one name.
(module
  (import "versioned" "version" (func $version (result i32)))
  (import "versioned" "twin" (func $twin (result i32)))
  (func (export "both") (result i32) (i32.add (call $version) (call $twin))))
