/* Life cycle of plug-ins: once for each registry and context, in reverse order at the end, in any order of deletion. */
#include "plugin_log.h"

static VM_PluginRegistry *registry_of_two(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, in_scratch("two").text, NULL, &error));
    CHECK_SAID("a initialize; b initialize; ");
    return registry;
}

static VM_Context *context_with(VM_Engine *engine, VM_PluginRegistry *registry)
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

static void contexts_before_the_registry(VM_Engine *engine)
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

static void the_registry_before_contexts(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *first = context_with(engine, registry), *second = context_with(engine, registry);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("");
    VM_ContextDelete(first);
    CHECK_SAID("b destroy; a destroy; ");
    VM_ContextDelete(second);
    CHECK_SAID("b destroy; a destroy; b cleanup; a cleanup; ");
}

/* A context with one of two plug-ins: the other one ends with the registry. */
static void the_registry_before_a_context_with_one(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *context = new_context(engine);
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, "a", &plugin, &error));
    NEED(VM_ContextRegisterPlugin(context, plugin, &error));
    VM_PluginRelease(plugin);
    CHECK_SAID("a create; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("b cleanup; ");
    VM_ContextDelete(context);
    CHECK_SAID("a destroy; a cleanup; ");
}

static void who_holds_a_plugin_comes_last(VM_Engine *engine)
{
    VM_PluginRegistry *registry = registry_of_two();
    VM_Context *context = context_with(engine, registry);
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFindByIndex(registry, 1, &plugin, &error));
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
static void two_registries(VM_Engine *engine)
{
    VM_PluginRegistry *one = registry_of_two(), *other = registry_of_two();
    VM_Context *context = context_with(engine, one);
    VM_PluginRegistryDelete(other);
    CHECK_SAID("b cleanup; a cleanup; ");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(one);
    CHECK_SAID("b destroy; a destroy; b cleanup; a cleanup; ");
}

/* Ten at once: made in load order, and unmade in the reverse one. */
static void ten(VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *first = new_context(engine), *second = new_context(engine);
    char name[] = "ten/p0.so";
    make_folder("ten");
    for (char digit = '0'; digit <= '9'; digit++) {
        char own_name[] = { 'p', digit, '\0' };
        name[5] = digit;
        copy_plugin("logged", name, own_name, NULL);
    }
    NEED(VM_PluginLoadFromPath(registry, in_scratch("ten").text, NULL, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 10);
    CHECK_SAID("p0 initialize; p1 initialize; p2 initialize; p3 initialize; p4 initialize; p5 initialize; p6 initialize; "
               "p7 initialize; p8 initialize; p9 initialize; ");
    NEED(VM_ContextRegisterPlugins(first, registry, &error));
    CHECK_SAID("p0 create; p1 create; p2 create; p3 create; p4 create; p5 create; p6 create; p7 create; p8 create; p9 create; ");
    NEED(VM_ContextRegisterPlugins(second, registry, &error));
    said[0] = '\0';
    VM_ContextDelete(first);
    CHECK_SAID("p9 destroy; p8 destroy; p7 destroy; p6 destroy; p5 destroy; p4 destroy; p3 destroy; p2 destroy; p1 destroy; "
               "p0 destroy; ");
    VM_ContextDelete(second);
    said[0] = '\0';
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("p9 cleanup; p8 cleanup; p7 cleanup; p6 cleanup; p5 cleanup; p4 cleanup; p3 cleanup; p2 cleanup; p1 cleanup; "
               "p0 cleanup; ");
}

/* A create that fails: the others are registered, and instances stay until the context is deleted. */
static void a_failing_create(VM_Engine *engine)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine);
    make_folder("failing");
    copy_plugin("logged", "failing/a.so", "a", NULL);
    copy_plugin("kinds", "failing/b.so", "b", NULL);
    copy_plugin("logged", "failing/c.so", "c", NULL);
    NEED(VM_PluginLoadFromPath(registry, in_scratch("failing").text, NULL, &error));
    SURE(setenv("LIBVM_TEST_FAIL_CREATE", "1", 1) == 0);
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "no more of these");
    SURE(unsetenv("LIBVM_TEST_FAIL_CREATE") == 0);
    CHECK_SAID("a initialize; b initialize; c initialize; a create; c create; ");
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_SAID("b create; ");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("b destroy; c destroy; a destroy; c cleanup; b cleanup; a cleanup; ");
}

/* The lines of an instance go to its context's log, where there is one. */
static void a_context_has_its_own_log(VM_Engine *engine)
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
    ten(engine);
    a_failing_create(engine);
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
