#include "guide.h"

int main(void)
{
    VM_PluginRegistry *registry;

    VM_PluginRegistryCreate(&registry, &error);
    {
#include "linked-into-a-host.c"
    }
    WELL();
    CHECK(VM_PluginRegistryGetCount(registry) == 2);
    VM_PluginRegistryDelete(registry);
}
