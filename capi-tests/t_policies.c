/* Two registries: different policies, one library with a plug-in in each, and concurrent load calls. */
#include "test.h"
#include <pthread.h>

#define PLUGIN(name) LIBVM_TEST_PLUGINS "/" name

enum { THREADS = 8 };

static VM_PluginRegistry *any;
static VM_PluginRegistry *named;

static VM_PluginRegistry *new_registry(void)
{
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    return registry;
}

static bool has(VM_PluginRegistry *registry, const char *name)
{
    VM_Plugin *plugin = NULL;
    VM_Status status = VM_PluginRegistryFind(registry, name, &plugin, NULL);
    CHECK_INT(status, plugin ? VM_STATUS_OK : VM_STATUS_PLUGIN_NOT_FOUND);
    VM_PluginRelease(plugin);
    return plugin != NULL;
}

/* Every thread loads both into both; the outcome is the same for each of them. */
static void *load_all(void *unused)
{
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    for (int round = 0; round < 5; round++) {
        CHECK_OK(VM_PluginLoadFromPath(any, PLUGIN("calc"), NULL, &error));
        CHECK_OK(VM_PluginLoadFromPath(any, PLUGIN("instances"), &report, &error));
        line = VM_PluginReportGetLine(report, 0);
        CHECK(line->loaded && strcmp(line->name, "instances") == 0);
        VM_PluginReportDelete(report);
        CHECK_OK(VM_PluginLoadFromPath(named, PLUGIN("instances"), NULL, &error));
        CHECK_STATUS(VM_PluginLoadFromPath(named, PLUGIN("calc"), &report, &error), VM_STATUS_PLUGIN_NOT_ALLOWED,
                     "may not be loaded: the registry allows instances; add its name to the policy if you trust it");
        CHECK_TEXT(VM_ErrorGetPluginName(error), "calc");
        line = VM_PluginReportGetLine(report, 0);
        CHECK(!line->loaded && line->status == VM_STATUS_PLUGIN_NOT_ALLOWED);
        VM_PluginReportDelete(report);
        CHECK_INT(VM_PluginRegistryGetCount(any), 2);
        CHECK_INT(VM_PluginRegistryGetCount(named), 1);
    }
    forget_error();
    return unused;
}

/* The number of the plug-in's instance in this context: they are counted for each registry. */
static int32_t number(VM_Context *context)
{
    return run(context, "number", NO_VALUES);
}

int main(void)
{
    const char *const names[] = { "instances" };
    VM_Engine *engine = new_engine();
    VM_Context *of_any[3], *of_named[2];
    pthread_t threads[THREADS];

    any = new_registry();
    named = new_registry();
    CHECK_OK(VM_PluginRegistrySetPolicy(any, VM_PLUGIN_POLICY_ANY, NULL, 0, &error));
    CHECK_OK(VM_PluginRegistrySetPolicy(named, VM_PLUGIN_POLICY_NAMED, names, 1, &error));
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, load_all, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK(has(any, "calc") && has(any, "instances"));
    CHECK(!has(named, "calc") && has(named, "instances"));

    for (int i = 0; i < 3; i++) {
        of_any[i] = new_context(engine);
        CHECK_OK(VM_ContextRegisterPlugins(of_any[i], any, &error));
        instantiate(engine, of_any[i], GUEST("number"));
        CHECK_INT(number(of_any[i]), i + 1);
    }
    for (int i = 0; i < 2; i++) {
        of_named[i] = new_context(engine);
        CHECK_OK(VM_ContextRegisterPlugins(of_named[i], named, &error));
        instantiate(engine, of_named[i], GUEST("number"));
        CHECK_INT(number(of_named[i]), i + 1);
    }

    /* A policy applies to later load calls; deleting a registry has no effect on the other one and its contexts. */
    CHECK_OK(VM_PluginRegistrySetPolicy(any, VM_PLUGIN_POLICY_NAMED, NULL, 0, &error));
    CHECK(has(any, "calc"));
    CHECK_STATUS(VM_PluginLoadFromPath(any, PLUGIN("shorter"), NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "the registry allows none");
    VM_PluginRegistryDelete(any);
    CHECK_INT(number(of_any[1]), 2);
    for (int i = 0; i < 3; i++)
        VM_ContextDelete(of_any[i]);
    CHECK(has(named, "instances"));
    CHECK_INT(number(of_named[1]), 2);
    for (int i = 0; i < 2; i++)
        VM_ContextDelete(of_named[i]);
    VM_PluginRegistryDelete(named);
    VM_EngineDelete(engine);
    return finish();
}
