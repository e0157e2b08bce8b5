#include "parts.h"
static const VM_ModuleDescriptor modules[] = { VM_MODULE("store", functions) };
VM_PLUGIN("store", "1.3.0", "What another plug-in depends on", modules);
