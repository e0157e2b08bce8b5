/* NULL and bad UTF-8 for configurations; where a registry is wanted, NULL is the process's. */
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
    IS_NULL(VM_PluginRegistryConfigure(NULL, NULL, &error), "config");
    CHECK_OK(VM_PluginRegistryConfigure(NULL, config, &error));
    IS_NULL(VM_ContextConfigConfigure(NULL, config, &error), "context_config");
    IS_NULL(VM_ContextConfigConfigure(context_config, NULL, &error), "config");
    IS_NULL(VM_EngineConfigConfigure(NULL, config, &error), "engine_config");
    IS_NULL(VM_EngineConfigConfigure(engine_config, NULL, &error), "config");
    VM_ConfigDelete(NULL);
    VM_ConfigDelete(config);
    VM_ContextConfigDelete(context_config);
    VM_EngineConfigDelete(engine_config);
    return finish();
}
