/* NULL and bad UTF-8 for configurations. */
#include "null.h"

int main(void)
{
    const uint8_t text[] = "# nothing";
    VM_Config *config = NULL;
    VM_ContextConfig *context_config = NULL;
    VM_EngineConfig *engine_config = NULL;
    NEED(VM_ContextConfigCreate(&context_config, &error));
    NEED(VM_EngineConfigCreate(&engine_config, &error));
    IS_NULL(VM_ConfigLoadFromFile(NULL, &config, &error), "path");
    IS_NULL(VM_ConfigLoadFromFile("libvm.toml", NULL, &error), "config");
    IS_NULL(VM_ConfigLoadFromBuffer(NULL, 1, NULL, &config, &error), "data");
    IS_NULL(VM_ConfigLoadFromBuffer(text, sizeof text - 1, NULL, NULL, &error), "config");
    CHECK(config == NULL);
    CHECK_OK(VM_ConfigLoadFromBuffer(text, sizeof text - 1, NULL, &config, NULL));
    IS_NULL(VM_ConfigApplyToPluginRegistry(NULL, NULL, NULL, &error), "config");
    IS_NULL(VM_ConfigApplyToPluginRegistry(config, NULL, NULL, &error), "registry");
    IS_NULL(VM_ConfigApplyToContextConfig(config, NULL, &error), "context_config");
    IS_NULL(VM_ConfigApplyToContextConfig(NULL, context_config, &error), "config");
    IS_NULL(VM_ConfigApplyToEngineConfig(config, NULL, &error), "engine_config");
    IS_NULL(VM_ConfigApplyToEngineConfig(NULL, engine_config, &error), "config");
    VM_ConfigDelete(NULL);
    VM_ConfigDelete(config);
    VM_ContextConfigDelete(context_config);
    VM_EngineConfigDelete(engine_config);
    return finish();
}
