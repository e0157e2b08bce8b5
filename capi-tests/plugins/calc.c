/* The smallest useful plug-in. */
#include <libvm/plugin.h>

static VM_Status add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("add", "(ii)i", add),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("calc", functions),
};
VM_PLUGIN("calc", "1.0.0", "Adds numbers", modules);
