/* The constructors that the library exports for languages without C's inline functions: the same test, with those. */
#define VM_NO_INLINE
#include "t_value.c"
