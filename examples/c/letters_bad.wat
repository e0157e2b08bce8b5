;; The second template cannot be compiled.
(module $letters_bad
  (@custom "libvm.param"
    "\1e\00\00\00" "\01\00\00\00" "\08\00" "template" "Dear %, welcome!"
    "\18\00\00\00" "\02\00\00\00" "\08\00" "template" "% or % now"))
