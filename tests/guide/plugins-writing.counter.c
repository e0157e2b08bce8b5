#include "parts.h"
static VM_Status count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    results[0] = VM_ValueI64(++((Counter *)instance)->count);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor counting[] = { VM_FUNCTION("count", "()I", count) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("counter", counting) };
#include "extensions-and-snapshots.c"
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = destroy, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("counter", VERSION, "Counts", descriptor);
