/* Valid: an instance for each context, options, and a log line for each event. */
#define MARK "instances"
#define VM_PLUGIN_LICENSE "MIT OR Apache-2.0"
#define VM_PLUGIN_MODULES "instances,instances.more"
#include "marked.h"
#include <libvm/plugin.h>

typedef struct Data {
    const VM_PluginHost *host;
    int created;
} Data;

typedef struct Instance {
    Data *data;
    VM_PluginInstance *self;
    int number;
} Instance;

static VM_Status number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(((Instance *)instance)->number);
    return VM_STATUS_OK;
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    Data *made;

    if (VM_HostGetData(host) || VM_HostGetService(host, "libvm.nothing/1") ||
        VM_HostGetService(host, NULL))
        return VM_HostFail(host, "the host is not as it should be");
    made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = host;
    *data = made;
    VM_HostLog(host, NULL, VM_LOG_INFO, "initialize");
    VM_HostLog(host, NULL, VM_LOG_INFO, NULL);
    return VM_STATUS_OK;
}

static void cleanup(void *data)
{
    Data *mine = data;

    VM_HostLog(mine->host, NULL, VM_LOG_INFO, VM_HostGetData(mine->host) == data ? "cleanup" : "cleanup without data");
    free(mine);
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Data *data = VM_HostGetData(host);
    Instance *made;

    if (getenv("LIBVM_TEST_FAIL_CREATE"))
        return VM_HostFail(host, "no more of these");
    made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->data = data;
    made->self = self;
    made->number = ++data->created;
    *instance = made;
    VM_HostLog(host, self, VM_LOG_DEBUG, "create");
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *mine = instance;

    VM_HostLog(mine->data->host, mine->self, VM_LOG_DEBUG, "destroy");
    free(mine);
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("number", "()i", number),
};
static const VM_FunctionDescriptor more[] = {
    VM_FUNCTION_WITH("number", "()i", number, NULL, VM_FUNCTION_PURE, NULL, NULL),
    VM_FUNCTION_WITH("other", "()i", number, (void *)functions, 0, NULL, NULL),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("instances", functions),
    VM_MODULE("instances.more", more),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_INTEGER("start", 7, "Where to begin"),
    VM_OPTION_ENUM("colour", "red, green", "green", "Which one"),
};
static const VM_PluginDescriptor descriptor = VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE(modules), VM_TABLE(options), create, destroy, initialize, cleanup, NULL);
VM_PLUGIN_DESCRIPTOR("instances", "1.0.0", "Counts its instances", descriptor);
