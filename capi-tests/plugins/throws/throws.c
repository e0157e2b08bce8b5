/* Invalid: its function throws a C++ exception. NAME is the name of plug-in and module; FLAGS selects the kind of plug-in. */
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_MODULES NAME
#include <libvm/plugin.h>

VM_Status throw_an_exception(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("f", "()i", throw_an_exception),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE(NAME, functions),
};
static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .flags = FLAGS, .modules = VM_TABLE(modules) };
VM_PLUGIN_DESCRIPTOR(NAME, "1.0.0", "Throws", descriptor);
