/* Plug-ins built with older or newer headers, or requiring a newer library. */
#include "plugin_log.h"

static VM_Context *context_with(VM_Engine *engine, VM_PluginRegistry *registry, const char *plugin, const char *guest)
{
    VM_Context *context = new_context(engine);
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, guest);
    return context;
}

/* As long as the major version is 0 the minor version must be equal: another one is refused instead of run. */
static void another_minor_version_is_refused(void)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file("aged").text, NULL, &error), VM_STATUS_PLUGIN_INCOMPATIBLE,
                 "was built with ABI 0.1, this library offers 0.2; rebuild the plug-in with the headers of this libvm");
    CHECK(strstr(VM_ErrorGetMessage(error), "plug-in `aged` 0.1.0 in ") != NULL);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "aged");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("");
}

/* The one that a plug-in requires counts from 1.0 on. */
static void the_required_minor_version_does_not_count(void)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("minor_required").text, NULL, &error));
    VM_PluginRegistryDelete(registry);
}

/* A descriptor may end after its modules. */
static void structs_may_end_early(VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine);
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("shorter").text, NULL, &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
}

static void what_is_not_there_is_null(VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = context_with(engine, registry, "asks", GUEST("asks"));
    VM_Plugin *plugin = NULL;
    CHECK_INT(run(context, "number", NO_VALUES), 0);
    NEED(VM_PluginRegistryFind(registry, "asks", &plugin, &error));
    CHECK(VM_PluginGetExtension(plugin, "future.things/9") != NULL);
    CHECK(VM_PluginGetExtension(plugin, "future.things/8") == NULL);
    CHECK(VM_PluginGetExtension(plugin, VM_SNAPSHOT_EXTENSION) == NULL);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* Built with later headers of the same ABI, which appended flags and fields: it works as far as they are known here. */
static void a_newer_plugin_works(VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = context_with(engine, registry, "newer", GUEST("newer"));
    VM_Value result;
    CHECK_OK(VM_ContextExecute(context, latest(context), "same", VALUES(VM_ValueI32(5)), &result, 1, &error));
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
    another_minor_version_is_refused();
    the_required_minor_version_does_not_count();
    structs_may_end_early(engine);
    what_is_not_there_is_null(engine);
    a_newer_plugin_works(engine);
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
