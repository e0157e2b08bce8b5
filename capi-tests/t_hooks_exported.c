/* The functions of events, as the library exports them for languages without inline C: the same test. */
#define VM_NO_INLINE
#include "t_null_hooks.c"
