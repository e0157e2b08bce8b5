/* Valid if there is a plug-in `store` 1.2 or later. */
#define VM_PLUGIN_DEPENDS "store >=1.2"
#define SIMPLE_NAME "needy"
#include "simple.h"

VM_PLUGIN("needy", "1.0.0", "Needs another plug-in", modules);
