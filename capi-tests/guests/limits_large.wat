;; Has a page more than 1 GiB to begin with.
(module (memory 16385))
