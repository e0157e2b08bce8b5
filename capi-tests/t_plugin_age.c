/* Plug-ins of another age than the library: built with older headers, or asking for what only a newer one has. */
#include "plugin_log.h"

static VM_Context *context_with(const VM_Engine *engine, VM_PluginRegistry *registry, const char *plugin, const char *guest)
{
    VM_Context *context = new_context(engine);
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, guest);
    return context;
}

/* All that the ABI had when it was built works as it did then. */
static void an_old_plugin_works(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = context_with(engine, registry, "aged", GUEST("aged"));
    VM_Plugin *plugin = NULL;
    CHECK_SAID("aged initialize; aged create; ");
    CHECK_INT(run(context, "sum", NO_VALUES), 10);
    CHECK_INT(run(context, "count", NO_VALUES), 17);
    CHECK_INT(run(context, "count", NO_VALUES), 27);
    NEED(VM_PluginFind(registry, "aged", &plugin, &error));
    CHECK_INT(VM_PluginGetAbiMinor(plugin), 1);
    CHECK_INT(VM_PluginGetOptionCount(plugin), 1);
    CHECK_INT(VM_PluginGetFunctionCount(plugin, 0), 2);
    CHECK(VM_PluginGetExtension(plugin, VM_SNAPSHOT_EXTENSION) == NULL);
    VM_PluginRelease(plugin);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    CHECK_SAID("aged destroy; aged cleanup; ");
}

static void structs_may_end_early(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = context_with(engine, registry, "aged_earlier", GUEST("aged"));
    CHECK_INT(run(context, "sum", NO_VALUES), 10);
    CHECK_INT(run(context, "count", NO_VALUES), 0);
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    CHECK_SAID("");
}

static void what_is_not_there_is_null(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = context_with(engine, registry, "asks", GUEST("asks"));
    VM_Plugin *plugin = NULL;
    CHECK_INT(run(context, "number", NO_VALUES), 0);
    NEED(VM_PluginFind(registry, "asks", &plugin, &error));
    CHECK(VM_PluginGetExtension(plugin, "future.things/9") != NULL);
    CHECK(VM_PluginGetExtension(plugin, "future.things/8") == NULL);
    CHECK(VM_PluginGetExtension(plugin, VM_SNAPSHOT_EXTENSION) == NULL);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* One that a later version built, with flags and fields that are not known here, works as far as it is known. */
static void a_newer_plugin_works(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = context_with(engine, registry, "newer", GUEST("newer"));
    VM_Value result;
    CHECK_OK(VM_ContextExecute(context, NULL, "same", VALUES(VM_ValueI32(5)), &result, 1, &error));
    CHECK_INT(result.of.i32, 5);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    VM_Engine *engine;
    make_scratch();
    engine = new_engine();
    start_listening();
    an_old_plugin_works(engine);
    structs_may_end_early(engine);
    what_is_not_there_is_null(engine);
    a_newer_plugin_works(engine);
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
