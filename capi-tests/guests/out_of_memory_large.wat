;; Has 512 MiB of memory to begin with.
(module (memory 8192))
