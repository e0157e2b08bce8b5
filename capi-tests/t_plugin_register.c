/* Registration of plug-ins: one or all, names in use, a failing create, and messages of unresolved imports. */
#include "plugin_files.h"

static VM_Plugin *find(VM_PluginRegistry *registry, const char *name)
{
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, name, &plugin, &error));
    return plugin;
}

static VM_Status sum(VM_Context *context, int32_t *result)
{
    VM_Value value = VM_ValueI32(0);
    VM_Status status = VM_ContextRunWasmFromFile(context, GUEST("plugin_sum"), "sum", VALUES(VM_ValueI32(40), VM_ValueI32(2)),
                                                 &value, 1, &error);
    *result = value.of.i32;
    return status;
}

static void not_loaded_not_registered_registered(VM_Engine *engine, VM_PluginRegistry *registry)
{
    static const char loaded[] = "`calc.add`, function (i32, i32) -> (i32): plug-in `calc` 1.0.0 provides `calc`; "
                                 "it is loaded but not registered in this context (VM_ContextRegisterPlugins)";
    VM_Context *context = new_context(engine), *other = new_context(engine);
    VM_Plugin *calc, *instances;
    int32_t result = 0;

    CHECK_STATUS(sum(context, &result), VM_STATUS_UNRESOLVED_IMPORT,
                 "no module `calc` is registered in this context, and no plug-in that provides it is loaded");
    NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    calc = find(registry, "calc");
    instances = find(registry, "instances");

    CHECK_OK(VM_ContextRegisterPlugin(context, instances, &error));
    CHECK_STATUS(sum(context, &result), VM_STATUS_UNRESOLVED_IMPORT, loaded);
    CHECK_TEXT(VM_ErrorGetModuleName(error), "calc");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "add");
    CHECK_OK(VM_ContextRegisterPlugin(context, calc, &error));
    CHECK_OK(VM_ContextRegisterPlugin(context, calc, &error)); /* again, and nothing changes */
    CHECK_OK(sum(context, &result));
    CHECK_INT(result, 42);

    /* Each context has its own plug-ins; then all of a registry. */
    CHECK_STATUS(sum(other, &result), VM_STATUS_UNRESOLVED_IMPORT, loaded);
    CHECK_OK(VM_ContextRegisterPlugins(other, registry, &error));
    CHECK_OK(sum(other, &result));
    CHECK_INT(result, 42);

    CHECK_STATUS(VM_ContextRegisterPlugin(NULL, calc, &error), VM_STATUS_NULL_ARGUMENT, "context");
    CHECK_STATUS(VM_ContextRegisterPlugin(other, NULL, &error), VM_STATUS_NULL_ARGUMENT, "plugin");
    CHECK_STATUS(VM_ContextRegisterPlugins(NULL, registry, &error), VM_STATUS_NULL_ARGUMENT, "context");
    VM_PluginRelease(instances);
    VM_PluginRelease(calc);
    VM_ContextDelete(context);
    VM_ContextDelete(other);
}

/* The message knows also the registries of which the context has registered nothing. */
static void loaded_elsewhere(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    int32_t result = 0;
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    CHECK_STATUS(sum(context, &result), VM_STATUS_UNRESOLVED_IMPORT, "it is loaded but not registered in this context");
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    VM_PluginRegistryDelete(registry);
    CHECK_OK(sum(context, &result));
    CHECK_INT(result, 42);
    VM_ContextDelete(context);
}

/* The second module is refused: then no module is registered, and create is not called. */
static void a_name_is_taken(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine), *after = new_context(engine);
    VM_HostModule *host = new_host("instances.more");
    VM_MemoryType type = { .size = sizeof(VM_MemoryType), .minimum = 1 };
    VM_Plugin *instances = find(registry, "instances");
    VM_Module *module = load(engine, GUEST("plugin_number"));
    NEED(VM_HostModuleAddMemory(host, "other", &type, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_ContextRegisterPlugin(context, instances, &error), VM_STATUS_ALREADY_EXISTS,
                 "`instances.more.other` is provided twice: by the registered host module `instances.more`, and by plug-in "
                 "`instances` 1.0.0 in ");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "instances");
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "`instances.number`");

    CHECK_OK(VM_ContextRegisterPlugin(after, instances, &error));
    CHECK_OK(VM_ContextInstantiate(after, module, NULL, &error));
    CHECK_INT(run(after, "number", NO_VALUES), 1);
    VM_ModuleDelete(module);
    VM_PluginRelease(instances);
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_ContextDelete(after);
}

/* Of all plug-ins those before the failing one are registered; later it may work. */
static void create_fails(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("plugin_number"));
    int32_t result = 0;
    SURE(setenv("LIBVM_TEST_FAIL_CREATE", "1", 1) == 0);
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE,
                 "create of plug-in `instances` 1.0.0 in ");
    CHECK(strstr(VM_ErrorGetMessage(error), " failed: no more of these") != NULL);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "instances");
    CHECK_TEXT(VM_ErrorGetPath(error), plugin_file("instances").text);
    SURE(unsetenv("LIBVM_TEST_FAIL_CREATE") == 0);
    CHECK_OK(sum(context, &result));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "loaded but not registered");
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    not_loaded_not_registered_registered(engine, registry);
    VM_PluginRegistryDelete(registry);

    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    a_name_is_taken(engine, registry);
    create_fails(engine, registry);
    VM_PluginRegistryDelete(registry);
    loaded_elsewhere(engine);
    VM_EngineDelete(engine);
    return finish();
}
