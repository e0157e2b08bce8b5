/* What the plug-ins of this page share: a function that adds, an instance. It is C and C++. */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

static VM_Status add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance, (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}

typedef struct Counter {
    int64_t count;
} Counter;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    (void)host, (void)self;
    *instance = calloc(1, sizeof(Counter));
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    free(instance);
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("add", "(ii)i", add) };
