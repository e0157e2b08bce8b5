/* Valid: has no modules, so that many copies can be registered in one context, and logs each event. */
#include <libvm/plugin.h>

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    VM_HostLog(host, NULL, VM_LOG_INFO, "initialize");
    return VM_STATUS_OK;
}

static void cleanup(void *data) { VM_HostLog(data, NULL, VM_LOG_INFO, "cleanup"); }

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    VM_HostLog(host, self, VM_LOG_INFO, "create");
    *instance = VM_HostGetData(host);
    return VM_STATUS_OK;
}

static void destroy(void *instance) { VM_HostLog(instance, NULL, VM_LOG_INFO, "destroy"); }

static const VM_PluginDescriptor descriptor = VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE_EMPTY, VM_TABLE_EMPTY, create, destroy, initialize, cleanup, NULL);
VM_PLUGIN_DESCRIPTOR("logged", "1.0.0", "Tells of its life", descriptor);
