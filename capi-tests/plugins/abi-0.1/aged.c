/*
 * Refused: built with the headers of ABI 0.1 (a copy in include/ beside this file, which is never changed). It uses all of that
 * ABI; none of its code may run.
 */
#include <libvm/plugin.h>
#include <stdlib.h>

#ifdef VM_SNAPSHOT_EXTENSION
#error "this is to be built with the old headers"
#endif

typedef struct Aged {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    int64_t level;
} Aged;

static VM_Status sum(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer bytes = args[0].of.buffer;
    int32_t total = 0;
    size_t i;
    (void)instance;
    (void)caller;
    for (i = 0; i < bytes.size; i++)
        total += bytes.data[i];
    results[0] = VM_ValueI32(total);
    return VM_STATUS_OK;
}

static VM_Status count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Aged *aged = instance;
    int64_t now;
    (void)args;
    if (VM_HostGetState(aged->host)->increment(aged->self, "n", *(const int *)caller->data, &now) != VM_STATUS_OK)
        return VM_CallerTrap(caller, "it could not be counted");
    results[0] = VM_ValueI32((int32_t)(now + aged->level));
    return VM_STATUS_OK;
}

static int step = 10;

static VM_Status initialize(const VM_PluginHost *host, VM_PluginIdentity *plugin, void **data)
{
    (void)plugin;
    *data = (void *)host;
    VM_HostLog(host, NULL, VM_LOG_INFO, "initialize");
    return VM_STATUS_OK;
}

static void cleanup(void *data) { VM_HostLog(data, NULL, VM_LOG_INFO, "cleanup"); }

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Aged *made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = host;
    made->self = self;
    *instance = made;
    VM_HostLog(host, self, VM_LOG_INFO, "create");
    return VM_HostGetOptionInteger(host, self, "level", &made->level);
}

static void destroy(void *instance)
{
    Aged *aged = instance;
    VM_HostLog(aged->host, aged->self, VM_LOG_INFO, "destroy");
    free(aged);
}

static const void *get_extension(const char *id)
{
    (void)id;
    return NULL;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("sum", "(<~)i", sum),
    VM_FUNCTION_WITH("count", "()i", count, &step, VM_FUNCTION_MAY_BLOCK),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("aged", functions),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_INTEGER("level", 7, "What is added"),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, VM_TABLE(modules), VM_TABLE(options), create, destroy, initialize, cleanup, get_extension
};

#define VERSION_OF_THEN "0.1.0"
VM_PLUGIN_DESCRIPTOR("aged", VERSION_OF_THEN, "Was built long ago", descriptor);
