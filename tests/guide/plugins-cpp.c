#include "guide.h"

int main(void)
{
    static const char *const files[] = {
        "suspending-the-guest.so", "instances-and-options.so", "hooks.so", "sources.so", "sources-2.so", "sinks.so",
        "parameter-compilers.so", "dependencies.so",
    };
    VM_PluginRegistry *plugins;
    VM_PluginInspection *found;

    begin();
    VM_PluginRegistryCreate(&plugins, &error);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        VM_PluginLoadFromPath(plugins, files[i], NULL, &error);
    VM_ContextRegisterPlugins(context, plugins, &error);
    WELL();
    CHECK(VM_PluginRegistryGetCount(plugins) == sizeof files / sizeof *files);
    /* It depends on a plug-in that is not there. */
    VM_PluginInspectFile("manifest.so", &found, &error);
    WELL();
    CHECK(!strcmp(VM_PluginInspectionGetName(found), "texts"));
    CHECK(!strcmp(VM_PluginInspectionGetPermission(found, 0), "fs:read"));
    VM_PluginInspectionDelete(found);
    VM_PluginRegistryDelete(plugins);
    end();
}
