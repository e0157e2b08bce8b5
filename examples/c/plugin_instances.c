/*
 * A plug-in with one instance for each context: a ticket office with a counter for each context.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_instances.c -o tickets.so $(pkg-config --cflags libvm)
 *
 * `initialize` and `cleanup` run once for each registry, `create` and `destroy` once for each context. There are no static
 * variables, since a process may have several registries. The data that `initialize` creates is shared by contexts on
 * different threads, and is not changed afterwards.
 */
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Office {
    const VM_PluginHost *host;
    int32_t first;
} Office;

typedef struct Counter {
    const Office *office;
    VM_PluginInstance *self;
    int32_t next;
} Counter;

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    Office *office = malloc(sizeof *office);
    if (!office)
        return VM_HostFail(host, "no memory for the office");
    office->host = host;
    office->first = 100;
    *data = office;
    VM_HostLog(host, NULL, VM_LOG_INFO, "the office opens"); /* NULL: the log of the process */
    return VM_STATUS_OK;
}

static void cleanup(void *data)
{
    Office *office = data;
    VM_HostLog(office->host, NULL, VM_LOG_INFO, "the office closes");
    free(office);
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Counter *counter = malloc(sizeof *counter);
    if (!counter)
        return VM_HostFail(host, "no memory for a counter");
    counter->office = VM_HostGetData(host);
    counter->self = self;
    counter->next = counter->office->first;
    *instance = counter;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Counter *counter = instance;
    char line[64];
    snprintf(line, sizeof line, "%d tickets issued", counter->next - counter->office->first);
    VM_HostLog(counter->office->host, counter->self, VM_LOG_INFO, line); /* `self` selects the log of its context */
    free(counter);
}

static VM_Status next(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Counter *counter = instance;
    (void)args;
    if (counter->next == INT32_MAX)
        return VM_CallerTrap(caller, "no tickets are left");
    results[0] = VM_ValueI32(counter->next++);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("next", "()i", next),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("tickets", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT,
    .modules = VM_TABLE(modules),
    .create = create,
    .destroy = destroy,
    .initialize = initialize,
    .cleanup = cleanup,
};
VM_PLUGIN_DESCRIPTOR("tickets", "1.0.0", "Issues ticket numbers", descriptor);
