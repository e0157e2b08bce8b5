/* Invalid: its manifest has an unknown flag of the high 16 bits. */
#define MARK "high_flag"
#define SIMPLE_NAME "high_flag"
#define VM_PLUGIN_FLAGS 0x40000000
#include "marked.h"
#include "simple.h"

VM_PLUGIN("high_flag", "1.0.0", "Wants to be understood", modules);
