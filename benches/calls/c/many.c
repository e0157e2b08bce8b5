/* One of many plug-ins; NAME says which. */
#include <libvm/plugin.h>

static VM_Status add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance, (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("add", "(ii)i", add) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE(NAME, functions) };
VM_PLUGIN(NAME, "1.0.0", "One of many", modules);
