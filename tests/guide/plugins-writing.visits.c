#include "parts.h"
static const VM_ModuleDescriptor modules[] = { VM_MODULE("visits", functions) };
#include "life.c"
VM_PLUGIN_DESCRIPTOR("visits", "1.0.0", "Has one instance", descriptor);
