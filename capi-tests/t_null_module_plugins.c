/* NULL for the functions with which modules bring plug-ins. */
#include "null.h"

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("plugin_sum"));
    VM_PluginRegistry *registry = NULL;
    VM_PluginReport *report = NULL;
    VM_ImportList *list = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    IS_NULL(VM_PluginRegistrySetModulePlugins(NULL, 0, &error), "registry");
    IS_NULL(VM_PluginLoadForModule(NULL, module, &report, &error), "registry");
    IS_NULL(VM_PluginLoadForModule(registry, NULL, &report, &error), "module");
    CHECK(report == NULL);
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, NULL));
    IS_NULL(VM_ContextSetModulePlugins(NULL, registry, &error), "context");
    CHECK_OK(VM_ContextSetModulePlugins(context, registry, NULL));
    CHECK_OK(VM_ContextSetModulePlugins(context, NULL, &error));
    IS_NULL(VM_PluginRegistryExamineModule(NULL, module, &list, &error), "registry");
    IS_NULL(VM_PluginRegistryExamineModule(registry, NULL, &list, &error), "module");
    IS_NULL(VM_PluginRegistryExamineModule(registry, module, NULL, &error), "list");
    IS_NULL(VM_ContextExamineModule(NULL, module, &list, &error), "context");
    IS_NULL(VM_ContextExamineModule(context, NULL, &list, &error), "module");
    IS_NULL(VM_ContextExamineModule(context, module, NULL, &error), "list");
    CHECK(list == NULL);
    CHECK_INT(VM_ImportListGetPluginCount(NULL), 0);
    CHECK(VM_ImportListGetPlugin(NULL, 0) == NULL);
    VM_PluginRegistryDelete(registry);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
