/* The buffer functions of the probes in native code, which accesses the guest's memory directly. */
#define VM_PLUGIN_MODULES "calc"
#include <ctype.h>
#include <libvm/plugin.h>

static VM_Status upper(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer from = args[0].of.buffer, to = args[1].of.buffer;
    size_t i;
    (void)instance;
    (void)caller;
    for (i = 0; i < from.size && i < to.size; i++)
        to.data[i] = (uint8_t)toupper(from.data[i]);
    results[0] = VM_ValueI32((int32_t)i);
    return VM_STATUS_OK;
}

static VM_Status sum(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int32_t total = 0;
    (void)instance;
    (void)caller;
    for (size_t i = 0; i < args[0].of.buffer.size; i++)
        total += args[0].of.buffer.data[i];
    results[0] = VM_ValueI32(total);
    return VM_STATUS_OK;
}

static VM_Status poke(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int32_t place = args[1].of.i32, fits = place >= 0 && (size_t)place < args[0].of.buffer.size;
    (void)instance;
    (void)caller;
    if (fits)
        args[0].of.buffer.data[place] = 7;
    results[0] = VM_ValueI32(fits);
    return VM_STATUS_OK;
}

static VM_Status bump(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    for (size_t i = 0; i < args[0].of.buffer.size; i++)
        args[0].of.buffer.data[i]++;
    results[0] = VM_ValueI32((int32_t)args[0].of.buffer.size);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("upper", "(<~>~)i", upper), VM_FUNCTION("sum", "(>~)i", sum),
    VM_FUNCTION("poke", "(>~i)i", poke),    VM_FUNCTION("bump", "(*~)i", bump),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("calc", functions),
};
VM_PLUGIN("probe_native", "1.0.0", "Calculates here", modules);
