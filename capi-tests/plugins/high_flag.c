/* Bad: a flag of its manifest that must be understood is not known. */
#define MARK "high_flag"
#define SIMPLE_NAME "high_flag"
#define VM_PLUGIN_FLAGS 0x40000000
#include "marked.h"
#include "simple.h"

VM_PLUGIN("high_flag", "1.0.0", "Wants to be understood", modules);
