/* The life of plug-ins: once for each registry and context, in reverse order at the end, whatever is deleted first. */
#include "plugin_log.h"

static VM_PluginRegistry *registry_of_two(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, in_scratch("two").text, NULL, &error));
    CHECK_SAID("a initialize; b initialize; ");
    return registry;
}

static VM_Context *context_with(const VM_Engine *engine, const VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_SAID("a create; b create; ");
    return context;
}

static void the_registry_alone(void)
{
    VM_PluginRegistryDelete(registry_of_two());
    CHECK_SAID("b cleanup; a cleanup; ");
}

static void contexts_before_the_registry(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *first = context_with(engine, registry), *second = context_with(engine, registry);
    VM_ContextDelete(first);
    CHECK_SAID("b destroy; a destroy; ");
    VM_ContextDelete(second);
    CHECK_SAID("b destroy; a destroy; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("b cleanup; a cleanup; ");
}

static void the_registry_before_contexts(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *first = context_with(engine, registry), *second = context_with(engine, registry);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("");
    VM_ContextDelete(first);
    CHECK_SAID("b destroy; a destroy; ");
    VM_ContextDelete(second);
    CHECK_SAID("b destroy; b cleanup; a destroy; a cleanup; ");
}

/* A context that has one of two: the other goes with the registry. */
static void the_registry_before_a_context_with_one(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *context = new_context(engine);
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginFind(registry, "a", &plugin, &error));
    NEED(VM_ContextRegisterPlugin(context, plugin, &error));
    VM_PluginRelease(plugin);
    CHECK_SAID("a create; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("b cleanup; ");
    VM_ContextDelete(context);
    CHECK_SAID("a destroy; a cleanup; ");
}

static void who_holds_a_plugin_comes_last(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *context = context_with(engine, registry);
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryGet(registry, 1, &plugin, &error));
    VM_PluginRegistryDelete(registry);
    VM_ContextDelete(context);
    CHECK_SAID("b destroy; a destroy; a cleanup; ");
    context = new_context(engine);
    CHECK_OK(VM_ContextRegisterPlugin(context, plugin, &error));
    CHECK_SAID("b create; ");
    VM_PluginRelease(plugin);
    CHECK_SAID("");
    VM_ContextDelete(context);
    CHECK_SAID("b destroy; b cleanup; ");
}

/* Two registries have one file: it is mapped once, and lives twice. */
static void two_registries(const VM_Engine *engine)
{
    VM_PluginRegistry *one = registry_of_two(), *other = registry_of_two();
    VM_Context *context = context_with(engine, one);
    VM_PluginRegistryDelete(other);
    CHECK_SAID("b cleanup; a cleanup; ");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(one);
    CHECK_SAID("b destroy; a destroy; b cleanup; a cleanup; ");
}

/* The lines of an instance go to its context's log, where there is one. */
static void a_context_has_its_own_log(const VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine), *quiet = new_context(engine);
    NEED(VM_PluginLoadFromPath(registry, plugin_file("instances").text, NULL, &error));
    CHECK_SAID("instances initialize; ");
    NEED(VM_ContextSetLogCallback(context, VM_LOG_DEBUG, listen, NULL, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_ContextSetLogCallback(quiet, VM_LOG_INFO, listen, NULL, NULL, &error));
    NEED(VM_ContextRegisterPlugins(quiet, registry, &error));
    CHECK_SAID("instances create; ");
    VM_ContextDelete(context);
    VM_ContextDelete(quiet);
    CHECK_SAID("instances destroy; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("instances cleanup; ");
}

int main(void)
{
    VM_Engine *engine;
    make_scratch();
    make_folder("two");
    copy_plugin("logged", "two/a.so", "a", NULL);
    copy_plugin("logged", "two/b.so", "b", NULL);
    engine = new_engine();
    start_listening();
    the_registry_alone();
    contexts_before_the_registry(engine);
    the_registry_before_contexts(engine);
    the_registry_before_a_context_with_one(engine);
    who_holds_a_plugin_comes_last(engine);
    two_registries(engine);
    a_context_has_its_own_log(engine);
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
