/* Invalid: a shared library that is not a plug-in. */
#define MARK "no_manifest"
#include "marked.h"

__attribute__((visibility("default"))) int answer(void) { return 42; }
