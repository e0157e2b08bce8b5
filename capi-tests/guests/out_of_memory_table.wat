;; Has a table of 9,000,000 elements to begin with.
(module (table 9000000 funcref))
