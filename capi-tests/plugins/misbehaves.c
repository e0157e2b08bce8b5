/* Valid, except that each function but the last fails in its own way. */
#include <libvm/plugin.h>

static VM_Status trap(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)args;
    (void)results;
    return VM_CallerTrap(caller, "the disk is full");
}

/* Answers the number that is its data, and writes no result. */
static VM_Status answer(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)args;
    (void)results;
    return *(const VM_Status *)caller->data;
}

static VM_Status wrong(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI64(42);
    return VM_STATUS_OK;
}

/* Its type is one that takes the general way through the library. */
static VM_Status second(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = args[3];
    return VM_STATUS_OK;
}

static VM_Status fine(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(42);
    return VM_STATUS_OK;
}

static const VM_Status ok = VM_STATUS_OK, io = VM_STATUS_IO, pending = VM_STATUS_PENDING, unknown = 777;
static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("trap", "()i", trap),
    VM_FUNCTION_WITH("missing", "()i", answer, (void *)&ok, 0, NULL, NULL),
    VM_FUNCTION_WITH("fails", "()i", answer, (void *)&io, 0, NULL, NULL),
    VM_FUNCTION_WITH("pending", "()i", answer, (void *)&pending, 0, NULL, NULL),
    VM_FUNCTION_WITH("unknown", "()i", answer, (void *)&unknown, 0, NULL, NULL),
    VM_FUNCTION("wrong", "()i", wrong),
    VM_FUNCTION("second", "(iIfF)Fi", second),
    VM_FUNCTION("fine", "()i", fine),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("misbehaves", functions),
};
VM_PLUGIN("misbehaves", "1.0.0", "Goes wrong", modules);
