/* Functions with guest buffers, and a counter of their calls. */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **calls)
{
    (void)host;
    (void)self;
    *calls = calloc(1, sizeof(int32_t));
    return *calls ? VM_STATUS_OK : VM_STATUS_OUT_OF_MEMORY;
}

static VM_Status calls(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(*(int32_t *)instance);
    return VM_STATUS_OK;
}

static VM_Status sum(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const uint8_t *data = args[0].of.buffer.data;
    int32_t sum = 0;
    size_t i;
    (void)caller;
    ++*(int32_t *)instance;
    for (i = 0; i < args[0].of.buffer.size; i++)
        sum += data[i];
    results[0] = VM_ValueI32(sum);
    return VM_STATUS_OK;
}

static VM_Status reverse(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint8_t *data = args[0].of.buffer.data, kept;
    size_t size = args[0].of.buffer.size, i;
    (void)caller;
    (void)results;
    ++*(int32_t *)instance;
    for (i = 0; i < size / 2; i++) {
        kept = data[i];
        data[i] = data[size - 1 - i];
        data[size - 1 - i] = kept;
    }
    return VM_STATUS_OK;
}

/* The two may overlap. */
static VM_Status copy(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer from = args[0].of.buffer, to = args[1].of.buffer;
    size_t size = from.size < to.size ? from.size : to.size;
    (void)caller;
    ++*(int32_t *)instance;
    memmove(to.data, from.data, size);
    results[0] = VM_ValueI32((int32_t)size);
    return VM_STATUS_OK;
}

static VM_Status length(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    size_t length = strlen((const char *)args[0].of.buffer.data);
    (void)caller;
    ++*(int32_t *)instance;
    results[0] = VM_ValueI32((int32_t)length);
    return length == args[0].of.buffer.size ? VM_STATUS_OK : VM_STATUS_PLUGIN_FAILED;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("calls", "()i", calls),      VM_FUNCTION("sum", "(<~)i", sum),     VM_FUNCTION("reverse", "(*~)", reverse),
    VM_FUNCTION("copy", "(<~>~)i", copy),    VM_FUNCTION("length", "($)i", length),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("buffers", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = free,
};
VM_PLUGIN_DESCRIPTOR("buffers", "1.0.0", "Works on buffers", descriptor);
