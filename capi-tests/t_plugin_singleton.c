/* Singletons: one instance for each registry, created by the first context, destroyed before cleanup. */
#include "plugin_log.h"

static VM_PluginRegistry *registry_with(const char *plugin)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    return registry;
}

static VM_Context *named_context(VM_Engine *engine, const char *name)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, name, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    return context;
}

static VM_Context *context_with(VM_Engine *engine, VM_PluginRegistry *registry, const char *name)
{
    VM_Context *context = named_context(engine, name);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("kinds"));
    return context;
}

static void contexts_share_one(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_with("singleton");
    VM_Context *first, *second;
    CHECK_SAID("singleton initialize; ");
    first = context_with(engine, registry, NULL);
    CHECK_SAID("singleton create; ");
    second = context_with(engine, registry, "desk");
    CHECK_SAID("");
    CHECK_INT(run(first, "count", NO_VALUES), 1);
    CHECK_INT(run(second, "count", NO_VALUES), 2);
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    CHECK_SAID("");

    /* It waits for the next one. */
    first = context_with(engine, registry, NULL);
    CHECK_INT(run(first, "count", NO_VALUES), 3);
    VM_ContextDelete(first);
    CHECK_SAID("");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("singleton destroy; singleton cleanup; ");
}

/* Each context has one of a plug-in that is not a singleton. */
static void constructors_do_not_share(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_with("kinds");
    VM_Context *first = context_with(engine, registry, NULL), *second = context_with(engine, registry, NULL);
    CHECK_SAID("kinds initialize; kinds create; kinds create; ");
    CHECK_INT(run(first, "count", NO_VALUES), 1);
    CHECK_INT(run(second, "count", NO_VALUES), 1);
    VM_ContextDelete(second);
    VM_ContextDelete(first);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("kinds destroy; kinds destroy; kinds cleanup; ");
}

static void the_last_to_go_takes_it_along(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_with("singleton");
    VM_Context *first = context_with(engine, registry, NULL), *second = context_with(engine, registry, NULL);
    VM_Plugin *plugin = NULL;
    CHECK_SAID("singleton initialize; singleton create; ");
    NEED(VM_PluginRegistryFind(registry, "singleton", &plugin, &error));
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(first);
    CHECK_INT(run(second, "count", NO_VALUES), 1);
    VM_PluginRelease(plugin);
    CHECK_SAID("");
    VM_ContextDelete(second);
    CHECK_SAID("singleton destroy; singleton cleanup; ");
}

static void who_never_had_a_context_is_not_made(void)
{
    VM_PluginRegistryDelete(registry_with("singleton"));
    CHECK_SAID("singleton initialize; singleton cleanup; ");
}

static void each_registry_has_one(VM_Engine *engine)
{
    VM_PluginRegistry *one = registry_with("singleton"), *other = registry_with("singleton");
    VM_Context *first = context_with(engine, one, NULL), *second = context_with(engine, other, NULL);
    CHECK_SAID("singleton initialize; singleton initialize; singleton create; singleton create; ");
    CHECK_INT(run(first, "count", NO_VALUES), 1);
    CHECK_INT(run(second, "count", NO_VALUES), 1);
    VM_ContextDelete(first);
    VM_PluginRegistryDelete(one);
    CHECK_SAID("singleton destroy; singleton cleanup; ");
    CHECK_INT(run(second, "count", NO_VALUES), 2);
    VM_ContextDelete(second);
    VM_PluginRegistryDelete(other);
    CHECK_SAID("singleton destroy; singleton cleanup; ");
}

static char noted[100];

static void VM_CALL note(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    snprintf(noted, sizeof noted, "%s: %s", source, text);
}

/* State and log of a call are those of the calling context, and of its name. */
static void state_and_log_belong_to_the_context(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_with("singleton");
    VM_Context *first = context_with(engine, registry, "desk"), *second = context_with(engine, registry, NULL);
    VM_Context *third = context_with(engine, registry, "desk");
    VM_ContextConfig *config = NULL;
    CHECK_SAID("singleton initialize; singleton create; ");
    NEED(VM_ContextSetLogCallback(second, VM_LOG_INFO, note, NULL, NULL, &error));
    CHECK_INT(run(first, "keep", NO_VALUES), 1);
    CHECK_INT(run(second, "keep", NO_VALUES), 1);
    CHECK_INT(run(first, "keep", NO_VALUES), 2);
    CHECK_INT(run(third, "keep", NO_VALUES), 3);
    CHECK_SAID("singleton/desk keep; singleton/desk keep; singleton/desk keep; ");
    CHECK_TEXT(noted, "singleton: keep");
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_STATUS(VM_ContextConfigSetName(config, "", &error), VM_STATUS_INVALID_ARGUMENT, "at least one character");
    VM_ContextConfigDelete(config);
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    VM_ContextDelete(third);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("singleton destroy; singleton cleanup; ");
}

static void what_goes_wrong_is_said(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_with("singleton");
    VM_Context *context = new_context(engine), *other = new_context(engine);
    NEED(VM_ContextSetPluginOption(other, "singleton", "level", "2", &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(other, registry, &error), VM_STATUS_PLUGIN_OPTION,
                 "its option `level` cannot be set in a context or stream; set it in the registry's configuration");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "singleton");
    SURE(setenv("LIBVM_TEST_FAIL_CREATE", "1", 1) == 0);
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "no more of these");
    SURE(unsetenv("LIBVM_TEST_FAIL_CREATE") == 0);
    CHECK_SAID("singleton initialize; ");
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_SAID("singleton create; ");
    VM_ContextDelete(other);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("singleton destroy; singleton cleanup; ");
}

int main(void)
{
    VM_Engine *engine;
    make_scratch();
    engine = new_engine();
    start_listening();
    contexts_share_one(engine);
    constructors_do_not_share(engine);
    the_last_to_go_takes_it_along(engine);
    who_never_had_a_context_is_not_made();
    each_registry_has_one(engine);
    state_and_log_belong_to_the_context(engine);
    what_goes_wrong_is_said(engine);
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
