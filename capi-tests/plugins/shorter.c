/* Valid: its descriptor ends after the modules; later bytes must not be read. */
#define MARK "shorter"
#define SIMPLE_NAME "shorter"
#include "marked.h"
#include "simple.h"
#include <stddef.h>

#define OTHER (void *)~(uintptr_t)0

static const union {
    struct {
        uint32_t size, flags;
        VM_ModuleTable modules;
        void *rest[8];
    } given;
    VM_PluginDescriptor read;
} short_descriptor = {
    { offsetof(VM_PluginDescriptor, options), 0, VM_TABLE(modules), { OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER } }
};

#define descriptor short_descriptor.read
VM_PLUGIN_DESCRIPTOR("shorter", "1.0.0", "Says little", descriptor);
