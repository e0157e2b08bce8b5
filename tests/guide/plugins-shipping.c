#include "guide.h"

int main(void)
{
    VM_PluginRegistry *plugins;

    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginRegistryAddKey(plugins, contents("key.pub"), &error);
    VM_PluginLoadFromPath(plugins, "calc.so", NULL, &error);
    WELL();
    VM_PluginRegistryDelete(plugins);
}
