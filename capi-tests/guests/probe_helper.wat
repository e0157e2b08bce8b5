;; Uses what the plug-in probe_process tells of its child process.
(module
  (import "helper" "pid" (func $pid (result i32)))
  (import "helper" "die" (func $die (result i32)))
  (func (export "pid") (result i32) (call $pid))
  (func (export "die") (result i32) (call $die)))
