#include "parts.h"
static const VM_ModuleDescriptor modules[] = { VM_MODULE("greeter", functions) };
#include "the-descriptor.cpp"
