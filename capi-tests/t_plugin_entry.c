/* The entry: it may fail with a reason, and its descriptor is used until cleanup only. */
#include "plugin_files.h"

static void is_refused(const char *plugin, VM_Status status, const char *message)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error), status, message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "entry");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    VM_PluginRegistryDelete(registry);
}

/* The descriptor is on the heap: valgrind sees whether the host reads it after cleanup. */
static void the_descriptor_lives_until_cleanup(VM_Engine *engine)
{
    VM_PluginRegistry *one = new_registry(), *other = new_registry();
    VM_Context *context = new_context(engine);
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginLoadFromPath(one, plugin_file("entry").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(other, plugin_file("entry").text, NULL, &error)); /* a second descriptor of the same library */
    VM_PluginRegistryDelete(other);
    NEED(VM_PluginRegistryFind(one, "entry", &plugin, &error));
    NEED(VM_ContextRegisterPlugins(context, one, &error));
    instantiate(engine, context, GUEST("entry"));
    VM_PluginRegistryDelete(one);
    CHECK_INT(run(context, "number", NO_VALUES), 7);
    CHECK_INT(VM_PluginGetModuleCount(plugin), 1);
    CHECK_INT(VM_PluginGetOptionCount(plugin), 1);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine;
    make_scratch();
    engine = new_engine();
    the_descriptor_lives_until_cleanup(engine);
    is_refused("entry_fails_1", VM_STATUS_PLUGIN_INITIALIZE,
               "entry_fails_1.so failed: there is no graphics card");
    is_refused("entry_fails_2", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "has an invalid descriptor: libvm_plugin_entry returned NULL");
    /* A status of the plug-in's own comes out as it went in, with the reason. */
    is_refused("entry_fails_3", VM_STATUS_USER - 7, "entry_fails_3.so failed: the license has expired");
    VM_EngineDelete(engine);
    return finish();
}
