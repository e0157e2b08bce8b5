#include "guide.h"

static int inspect(void)
{
#include "inspecting-a-file.c"
    return 0;
}

int main(void)
{
    begin();
#include "loading.c"
    WELL();
    VM_PluginRegistry *registry = plugins;
    inspect();
    WELL();
#include "lock-files.c"
    WELL();
    VM_PluginRegistryDelete(plugins);
    end();
}
