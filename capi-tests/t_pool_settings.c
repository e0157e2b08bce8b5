/* What contexts of a pool are prepared with: plug-ins, fuel, log callbacks. Each use begins with it, whatever the one before did. */
#include "plugin_files.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;
static VM_Module *number, *count;
static atomic_int prepared, lines;

static void VM_CALL count_line(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)level;
    (void)source;
    (void)text;
    ++*(atomic_int *)user;
}

static VM_Status VM_CALL prepare(void *user, VM_Context *context, VM_Error **why)
{
    VM_Status status = VM_ContextRegisterPlugins(context, registry, why);
    (void)user;
    prepared++;
    if (!status)
        status = VM_ContextSetFuel(context, 5000, why);
    return status ? status : VM_ContextSetLogCallback(context, VM_LOG_WARNING, count_line, &lines, NULL, why);
}

static VM_Context *take(VM_ContextPool *pool)
{
    VM_Context *context = NULL;
    NEED(VM_ContextPoolTake(pool, &context, &error));
    return context;
}

/* The number of the plug-in's instance: each use has a new one. */
static int32_t instance_of(VM_Context *context)
{
    NEED(VM_ContextInstantiate(context, number, NULL, &error));
    return run(context, "number", NO_VALUES);
}

static uint64_t fuel(VM_Context *context)
{
    uint64_t units = 0;
    CHECK_OK(VM_ContextGetFuel(context, &units, &error));
    return units;
}

/* A warning about an option for a plug-in with a similar name. */
static void warn(VM_Context *context)
{
    NEED(VM_ContextSetPluginOption(context, "instance", "key", "value", &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    VM_ContextPool *pool = NULL;
    VM_Context *context;
    VM_Plugin *plugin;
    atomic_int others = 0;
    int32_t first;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("versioned").text, NULL, &error));
    number = load(engine, GUEST("plugin_number"));
    count = load(engine, GUEST("versioned"));
    NEED(VM_ContextPoolCreate(engine, NULL, 1, &pool, prepare, NULL, NULL, &error));

    context = take(pool);
    first = instance_of(context);
    CHECK(fuel(context) < 5000);
    NEED(VM_ContextSetFuel(context, 1, &error));
    NEED(VM_ContextSetLogCallback(context, VM_LOG_WARNING, count_line, &others, count_free, &error));
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    CHECK_INT(others, 1);
    others = 0;
    context = take(pool);
    CHECK_INT(fuel(context), 5000);
    CHECK_INT(instance_of(context), first + 1);
    CHECK_INT(prepared, 1);
    lines = 0;
    warn(context);
    CHECK_INT(lines, 1);
    CHECK_INT(others, 0);

    /* A context with an option of its own, and then one with another version of a plug-in, are replaced. */
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    context = take(pool);
    CHECK_INT(prepared, 2);
    NEED(VM_ContextInstantiate(context, count, NULL, &error));
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("versioned_2").text, NULL, &error));
    NEED(VM_PluginRegistryFind(registry, "versioned", &plugin, &error));
    CHECK_OK(VM_ContextUpdatePlugin(context, plugin, &error));
    VM_PluginRelease(plugin);
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    context = take(pool);
    CHECK_INT(prepared, 3);
    NEED(VM_ContextInstantiate(context, count, NULL, &error));
    CHECK_INT(run(context, "count", NO_VALUES), 2);
    CHECK_OK(VM_ContextPoolReturn(pool, context, &error));
    CHECK_INT(VM_ContextPoolGetIdleCount(pool), 1);

    VM_ModuleDelete(number);
    VM_ModuleDelete(count);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    context = take(pool);
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    VM_ContextPoolDelete(pool);
    VM_ContextDelete(context);
    return finish();
}
