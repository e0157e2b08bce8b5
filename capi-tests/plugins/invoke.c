/* Calls the guest: an export by name, a function by reference. Uses only the VM_Caller. */
#include <libvm/plugin.h>

/* Calls `double` of the guest with its argument. */
static VM_Status by_name(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    return VM_CallerCall(caller, "double", args, 1, results, 1);
}

/* Calls the export that the guest names. */
static VM_Status named(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    return VM_CallerCall(caller, (const char *)args[0].of.buffer.data, args + 1, 1, results, 1);
}

static VM_Status by_reference(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    return VM_CallerCallRef(caller, args[0].of.ref, args + 1, 1, results, 1);
}

/* Continues if the guest fails, and returns the status. */
static VM_Status try_reference(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value found;
    (void)instance;
    results[0] = VM_ValueI32(VM_CallerCallRef(caller, args[0].of.ref, args + 1, 1, &found, 1));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("by_name", "(i)i", by_name, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION_WITH("named", "($i)i", named, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION_WITH("by_reference", "(ci)i", by_reference, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION_WITH("try_reference", "(ci)i", try_reference, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("invoke", functions),
};
VM_PLUGIN("invoke", "1.0.0", "Calls the guest", modules);
