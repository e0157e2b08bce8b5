/* The modules of manifest and descriptor must be the same: one message lists all differences. */
#include "plugin_files.h"

static void loads(const char *plugin, size_t modules)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Plugin *found = NULL;
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "modules", &found, &error));
    CHECK_INT(VM_PluginGetModuleCount(found), modules);
    VM_PluginRelease(found);
    VM_PluginRegistryDelete(registry);
}

static void is_refused(const char *plugin, const char *differences)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error), VM_STATUS_PLUGIN_BAD_DESCRIPTOR,
                 differences);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "modules");
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    loads("modules_none", 0);
    loads("modules_own", 1);
    loads("modules_named", 3);
    is_refused("modules_unnamed", "has an invalid descriptor: the manifest does not name `first`, `second`; "
                                  "`#define VM_PLUGIN_MODULES \"first,second\"` before including <libvm/plugin.h>");
    is_refused("modules_missing", "the manifest names `third`, `fourth`, which the descriptor does not have; "
                                  "`#define VM_PLUGIN_MODULES \"modules\"` before");
    is_refused("modules_both", "the manifest does not name `modules`, `second`, and names `third`, `fourth`, which the descriptor does "
                               "not have; `#define VM_PLUGIN_MODULES \"modules,first,second\"` before");
    return finish();
}
