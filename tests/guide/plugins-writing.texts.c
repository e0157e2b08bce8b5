#include "the-manifest.c"
#include "parts.h"
static const VM_ModuleDescriptor modules[] = { VM_MODULE("text", functions), VM_MODULE("math", functions) };
VM_PLUGIN("texts", "1.0.0", "Has two modules", modules);
