#include "guide.h"

int main(void)
{
    VM_PluginRegistry *plugins;
    const char *sender = "";
    VM_Event *scanned;
    VM_Status result;

    begin();
    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginLoadFromPath(plugins, "check.so", NULL, &error);
    VM_PluginLoadFromPath(plugins, "scan.so", NULL, &error);
    VM_ContextRegisterPlugins(context, plugins, &error);
    WELL();
#include "hooks-2.c"
    WELL();
    VM_EventCreate("mail.scanned", &scanned, &error);
    VM_ContextInvokeHooks(context, scanned, &result, &error);
    WELL();
    CHECK(result == VM_STATUS_COMPLETE);
    VM_EventDelete(scanned);
    VM_PluginRegistryDelete(plugins);
    end();
}
