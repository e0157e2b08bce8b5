// A plug-in in C++: with designated initializers from C++20 on, with the positional macro before.
#define VM_PLUGIN_MODULES "numbers"
#define VM_PLUGIN_LICENSE "MIT"
#include <libvm/plugin.h>

static VM_Status number(void *, VM_Caller *, const VM_Value *, VM_Value *results)
{
    results[0] = VM_ValueI32(42);
    return VM_STATUS_OK;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **)
{
    int64_t level = 0;
    return VM_HostGetOptionInteger(host, self, "level", &level);
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("number", "()i", number),
    VM_FUNCTION_DESCRIBED("same", "()i", number, "The same number"),
    VM_FUNCTION_PERMITTED("secret", "()i", number, "number:secret"),
    VM_FUNCTION_WITH("all", "()i", number, nullptr, VM_FUNCTION_PURE, nullptr, "Everything is said"),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE_DESCRIBED("numbers", functions, "Numbers"),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_INTEGER_IN("level", 1, 0, 3, "How much"),
    VM_OPTION_FLOAT_IN("ratio", 0.5, 0, 1, "How wide"),
    VM_OPTION_ENUM("mode", "low,high", "low", "Which way"),
};
#if __cplusplus >= 202002L
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .flags = VM_PLUGIN_SERIALIZED, .modules = VM_TABLE(modules), .options = VM_TABLE(options),
    .create = create,
};
#else
static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(VM_PLUGIN_SERIALIZED, VM_TABLE(modules), VM_TABLE(options), create, NULL, NULL, NULL, NULL);
#endif
VM_PLUGIN_DESCRIPTOR("numbers", "1.0.0", "Has numbers", descriptor);
