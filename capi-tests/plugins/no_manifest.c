/* Bad: a shared library, but no plug-in. */
#define MARK "no_manifest"
#include "marked.h"

__attribute__((visibility("default"))) int answer(void) { return 42; }
