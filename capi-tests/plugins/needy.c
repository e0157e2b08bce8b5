/* Good, beside a plug-in `store` of at least 1.2. */
#define VM_PLUGIN_DEPENDS "store >=1.2"
#define SIMPLE_NAME "needy"
#include "simple.h"

VM_PLUGIN("needy", "1.0.0", "Needs another plug-in", modules);
