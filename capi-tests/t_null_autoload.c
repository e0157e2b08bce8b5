/* NULL, empty paths and bad UTF-8 for the plug-in index. */
#include "null.h"

int main(void)
{
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    IS_NULL(VM_PluginRegistrySetIndexFile(NULL, "index", &error), "registry");
    CHECK_STATUS(VM_PluginRegistrySetIndexFile(registry, "", &error), VM_STATUS_INVALID_ARGUMENT, "plug-in index");
    CHECK_OK(VM_PluginRegistrySetIndexFile(registry, "index", NULL));
    CHECK_OK(VM_PluginRegistrySetIndexFile(registry, NULL, NULL));
    VM_PluginRegistryDelete(registry);
    return finish();
}
