/* Two plug-ins of one name, of different registries, have a part of one module each: an update of one leaves the other alone. */
#define VM_PLUGIN_BUILTIN built_in_twin
#include "plugin_versions.h"

static VM_Status VM_CALL twin(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(100);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("twin", "()i", twin) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("versioned", functions) };
VM_PLUGIN("versioned", "7.0.0", "Has the other part", modules);

int main(void)
{
    VM_PluginRegistry *other = new_registry();
    VM_Context *context;
    VM_Plugin *plugin;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("versioned").text, NULL, &error));
    NEED(VM_PluginRegistryAddBuiltin(other, &built_in_twin, &error));
    context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, other, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("versioned_twin"));
    CHECK_INT(run(context, "both", NO_VALUES), 101);
    plugin = updated_to("versioned_2", "loaded, replacing version 1.0.0");
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    CHECK_INT(run(context, "both", NO_VALUES), 102);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_PluginRegistryDelete(other);
    VM_EngineDelete(engine);
    return finish();
}
