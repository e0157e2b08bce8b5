/* The constructors that the library exports for languages without inline C: the same test. */
#define VM_NO_INLINE
#include "t_value.c"
