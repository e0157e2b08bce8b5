/* NULL for the functions of parameters. */
#include "null.h"

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = load(engine, GUEST("number"));
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    IS_NULL(VM_PluginRegistryPrepareModule(NULL, module, &error), "registry");
    IS_NULL(VM_PluginRegistryPrepareModule(registry, NULL, &error), "module");
    CHECK_INT(VM_PluginRegistryPrepareModule(NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_OK(VM_PluginRegistryPrepareModule(registry, module, NULL));
    VM_PluginRegistryDelete(registry);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
