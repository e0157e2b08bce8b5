#include "guide.h"

int main(void)
{
    VM_PluginRegistry *plugins;
    VM_ContextConfig *context_config;
    VM_PluginReport *report = NULL;

    VM_EngineCreate(NULL, &engine, &error);
    VM_PluginRegistryCreate(&plugins, &error);
    VM_ContextConfigCreate(&context_config, &error);
#include "configuration-files.c"
    WELL();
    CHECK(context);
    /* No plug-in of these names is there. */
    CHECK(VM_PluginReportGetCount(warnings) > 0);
    CHECK(strstr(VM_PluginReportGetLine(warnings, 0)->message, "libvm.toml:"));
    VM_PluginReportDelete(warnings);
    VM_PluginReportDelete(report);
    VM_ConfigDelete(config);
    VM_ContextConfigDelete(context_config);
    VM_PluginRegistryDelete(plugins);
    end();
}
