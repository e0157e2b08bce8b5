/* The caller's functions that the library exports for languages without C's inline functions: the same test, with those. */
#define VM_NO_INLINE
#include "t_caller.c"
