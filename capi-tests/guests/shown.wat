;; Names that do something to a terminal, or look like another line.
(module
  (import "a\0ab" "\1b[31mred\07" (func))
  (import "m" "\c2\9b2J\e2\80\aegnp.\e2\81\a6" (func))
  (func (export "x\0dy")))
