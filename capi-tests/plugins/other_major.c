/* Invalid: built for another major version of the ABI. */
#define MARK "other_major"
#define SIMPLE_NAME "other_major"
#include "marked.h"
#include "simple.h"

#undef VM_ABI_MAJOR
#define VM_ABI_MAJOR 2
VM_PLUGIN("other_major", "2.0.0", "Comes from the future", modules);
