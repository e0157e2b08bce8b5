/* A plug-in that compiles templates; `size` returns the length of what is before the `%`. */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

static void *make_template(VM_Bytes bytes, const char *place)
{
    size_t *size = malloc(sizeof *size);
    *size = (size_t)(place - (const char *)bytes.data);
    return size;
}

#include "plug-ins.c"

static VM_Status size(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_PluginHost *host = instance;
#include "plug-ins-2.c"
    results[0] = VM_ValueI32((int32_t)*(size_t *)compiled);
    return VM_STATUS_OK;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    *instance = (void *)host;
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("size", "(i)i", size) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("template", functions) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .get_extension = get_extension
};
VM_PLUGIN_DESCRIPTOR("template", "1.0.0", "Templates", descriptor);
