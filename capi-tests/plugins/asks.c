/* Valid: requests services that do not exist, or not in that revision, and has an extension that the host does not know. */
#include <libvm/plugin.h>
#include <string.h>

static const struct {
    const char *id;
    bool is_there;
} services[] = {
    { VM_STATE_SERVICE, true },   { VM_OPTIONS_SERVICE, true }, { "libvm.nothing/1", false }, { "libvm.state/2", false },
    { "libvm.state/01", false },  { "libvm.state", false },     { "libvm.state/1 ", false },  { "LIBVM.STATE/1", false },
    { "libvm.options/9", false }, { "", false },                { NULL, false },
};

/* The number of expected answers. */
static VM_Status right_answers(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_PluginHost *host = instance;
    int32_t right = 0;
    size_t i;
    (void)caller;
    (void)args;
    for (i = 0; i < sizeof services / sizeof services[0]; i++)
        right += (VM_HostGetService(host, services[i].id) != NULL) == services[i].is_there;
    results[0] = VM_ValueI32(right - (int32_t)i);
    return VM_STATUS_OK;
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    return VM_STATUS_OK;
}

static const void *get_extension(void *data, const char *id) 
{
    return data && strcmp(id, "future.things/9") == 0 ? &services : NULL;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("number", "()i", right_answers),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("asks", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .initialize = initialize, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("asks", "1.0.0", "Asks for what is not there", descriptor);
