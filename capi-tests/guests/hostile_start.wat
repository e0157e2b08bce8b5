;; Takes what memory it gets in its start function, and does not end.
(module
  (memory 1)
  (func $start (loop $on (drop (memory.grow (i32.const 1))) (br $on)))
  (start $start))
