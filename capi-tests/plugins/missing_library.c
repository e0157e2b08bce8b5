/* Invalid: requires a function that no library has. */
#define MARK "missing_library"
#define SIMPLE_NAME "missing_library"
#include "marked.h"
#include "simple.h"

extern int libvm_test_function_that_is_nowhere(void);
VM_EXPORT int call_it(void);
int call_it(void) { return libvm_test_function_that_is_nowhere(); }

VM_PLUGIN("missing_library", "1.0.0", "Is not complete", modules);
