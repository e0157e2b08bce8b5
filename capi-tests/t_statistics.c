/* The counters of a context and of its plug-ins: always those of traps, memory and fuel, by option those of calls. */
#include "plugin_files.h"

#define PAGE 65536

static VM_Context *counting_context(VM_Engine *engine, VM_PluginRegistry *registry, bool counts)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetStatistics(config, counts, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    return context;
}

static VM_Statistics statistics_of(VM_Context *context)
{
    VM_Statistics statistics = VM_STATISTICS_INIT;
    NEED(VM_ContextGetStatistics(context, &statistics, &error));
    CHECK_INT(statistics.size, sizeof statistics);
    return statistics;
}

static void fail(VM_Context *context)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "named", VALUES(VM_ValueI32(48), VM_ValueI32(1)), &result, 1, &error),
                 VM_STATUS_TRAP, "unreachable");
}

static void calls(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = counting_context(engine, registry, true);
    VM_PluginStatistics plugin = VM_PLUGINSTATISTICS_INIT;
    VM_Statistics statistics = statistics_of(context);
    CHECK(statistics.counts_calls);
    CHECK_INT(statistics.guest_calls, 0);
    instantiate(engine, context, GUEST("invoke"));
    /* A call of the guest, in it one of the plug-in, in it one of the guest. */
    for (int i = 0; i < 1000; i++)
        CHECK_INT(run(context, "by_name", VALUES(VM_ValueI32(21))), 42);
    statistics = statistics_of(context);
    CHECK_INT(statistics.guest_calls, 2000);
    CHECK_INT(statistics.host_calls, 1000);
    CHECK_INT(statistics.host_failures, 0);
    CHECK_INT(statistics.traps, 0);
    CHECK_INT(statistics.suspensions, 0);
    CHECK(statistics.host_nanoseconds > 0);
    CHECK(statistics.guest_nanoseconds > 0);
    CHECK_OK(VM_ContextGetPluginStatistics(context, "invoke", &plugin, &error));
    CHECK_INT(plugin.calls, 1000);
    CHECK_INT(plugin.guest_calls, 1000);
    CHECK_INT(plugin.failures, 0);
    CHECK_INT(plugin.nanoseconds, statistics.host_nanoseconds);
    CHECK_OK(VM_ContextGetPluginStatistics(context, "calc", &plugin, &error));
    CHECK_INT(plugin.calls, 0);
    CHECK_INT(plugin.nanoseconds, 0);

    fail(context);
    statistics = statistics_of(context);
    CHECK_INT(statistics.traps, 2);
    CHECK_INT(statistics.host_failures, 1);
    CHECK_OK(VM_ContextGetPluginStatistics(context, "invoke", &plugin, &error));
    CHECK_INT(plugin.failures, 1);
    CHECK_INT(run(context, "try_reference", VALUES(VM_ValueI32(0))), VM_STATUS_TRAP);
    CHECK_INT(statistics_of(context).traps, 3);
    CHECK_INT(statistics_of(context).host_failures, 1);

    CHECK_OK(VM_ContextReset(context, &error));
    statistics = statistics_of(context);
    CHECK(statistics.counts_calls);
    CHECK_INT(statistics.guest_calls, 0);
    CHECK_INT(statistics.guest_nanoseconds, 0);
    CHECK_INT(statistics.traps, 0);
    CHECK_INT(statistics.memory_high_water, 0);
    CHECK_OK(VM_ContextGetPluginStatistics(context, "invoke", &plugin, &error));
    CHECK_INT(plugin.calls, 0);
    VM_ContextDelete(context);
}

/* Without the option, what costs nothing is counted nevertheless. */
static void always(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = counting_context(engine, registry, false);
    VM_PluginStatistics plugin = VM_PLUGINSTATISTICS_INIT;
    VM_Statistics statistics;
    VM_Memory memory;
    instantiate(engine, context, GUEST("invoke"));
    CHECK_INT(run(context, "by_name", VALUES(VM_ValueI32(21))), 42);
    fail(context);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryGrow(context, memory, 3, NULL, &error));
    statistics = statistics_of(context);
    CHECK(!statistics.counts_calls);
    CHECK_INT(statistics.traps, 2);
    CHECK_INT(statistics.memory_bytes, 4 * PAGE);
    CHECK_INT(statistics.memory_high_water, 4 * PAGE);
    CHECK_INT(statistics.fuel, 0);
    CHECK_INT(statistics.guest_calls, 0);
    CHECK_INT(statistics.host_calls, 0);
    CHECK_INT(statistics.guest_nanoseconds, 0);
    CHECK_STATUS(VM_ContextGetPluginStatistics(context, "invoke", &plugin, &error), VM_STATUS_UNSUPPORTED,
                 "the context does not count calls; create it with VM_ContextConfigSetStatistics");
    CHECK_STATUS(VM_ContextGetPluginStatistics(context, "invokes", &plugin, &error), VM_STATUS_PLUGIN_NOT_FOUND,
                 "plug-in `invokes` is not registered in this context, which has `");
    VM_ContextDelete(context);
}

/* The structs may be those of another age of the library. */
static void sizes(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = counting_context(engine, registry, true);
    struct {
        VM_Statistics known;
        uint64_t later;
    } newer = { .later = 7 };
    VM_Statistics statistics = { 0 };
    newer.known.size = sizeof newer;
    CHECK_OK(VM_ContextGetStatistics(context, &newer.known, &error));
    CHECK_INT(newer.later, 0);
    CHECK_STATUS(VM_ContextGetStatistics(context, &statistics, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a VM_Statistics has at least 88 bytes; initialize it with VM_STATISTICS_INIT");
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("invoke").text, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    calls(engine, registry);
    always(engine, registry);
    sizes(engine, registry);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
