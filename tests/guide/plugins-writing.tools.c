#include "permissions.c"
#include "parts.h"
#include <stdio.h>

static VM_Status read_file(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    results[0] = VM_ValueI32(0);
    return VM_STATUS_OK;
}

/* The instance is the host. */
static VM_Status run(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_PluginHost *host = instance;
    const char *program = (const char *)args[0].of.buffer.data;
    char permission[200];

#include "permissions-3.c"
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

static VM_Status keep(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    *instance = (void *)host;
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor permitted[] = {
#include "permissions-2.c"
    VM_FUNCTION("run", "($)i", run),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("tools", permitted) };
static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = keep };
VM_PLUGIN_DESCRIPTOR("tools", "1.0.0", "Runs programs", descriptor);
