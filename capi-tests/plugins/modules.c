/* Has the modules selected by -DHAS_<name>; -DVM_PLUGIN_MODULES sets those of the manifest. Its own name is `modules`. */
#include <libvm/plugin.h>

static VM_Status number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(42);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_DESCRIBED("number", "()i", number, "Returns 42"),
};
static const VM_ModuleDescriptor modules[] = {
#ifdef HAS_OWN
    VM_MODULE_DESCRIBED("modules", functions, "Numbers"),
#endif
#ifdef HAS_TWO
    VM_MODULE("first", functions), VM_MODULE("second", functions),
#endif
    { 0, 0, NULL, NULL, { NULL, 0, 0 } }, /* not in the table */
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT,
    .modules = { modules, sizeof modules / sizeof modules[0] - 1, sizeof modules[0] },
};

VM_EXTERN const void *modules_unused[];
const void *modules_unused[] = { functions };
VM_PLUGIN_DESCRIPTOR("modules", "1.0.0", "Has modules", descriptor);
