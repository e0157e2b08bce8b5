/* Invalid: its initialize fails with a message. */
#define MARK "failing_initialize"
#include "marked.h"
#include <libvm/plugin.h>

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = NULL;
#ifdef ANSWER
    (void)host;
    return ANSWER;
#else
    return VM_HostFail(host, "the moon is not full");
#endif
}

/* Not to be called after a failure. */
static void cleanup(void *data)
{
    (void)data;
    abort();
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .initialize = initialize, .cleanup = cleanup };
VM_PLUGIN_DESCRIPTOR("failing_initialize", "1.0.0", "Does not start", descriptor);
