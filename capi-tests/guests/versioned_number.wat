;; Uses of plugins/versioned.c what all versions have.
(module
  (import "versioned" "version" (func $version (result i32)))
  (func (export "version") (result i32) (call $version)))
